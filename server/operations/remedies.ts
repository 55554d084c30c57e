import type { FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'

/**
 * How to mend a failure, for the integrator and for support. failures.ts speaks to the person at the screen; this speaks to the one who looks up the trace.
 * A code without a row of its own gets the advice for whoever can mend it.
 */
interface Words {
  zh: string
  en: string
}
const words = (zh: string, en: string): Words => ({ zh, en })

const byCode: Partial<Record<FailureCode, Words>> = {
  bad_request: words('对照“应当是”一栏补齐请求参数。', 'Complete the request as the expected column says.'),
  too_many_requests: words('减少重试，或请平台按您的出口地址调整限额。', 'Retry less, or ask the operator to raise the limit for your address.'),
  cross_site: words(
    '表单必须从本平台页面提交；检查反向代理是否改写了 Origin，以及平台公开地址的配置。',
    'Forms must come from our own pages. Check whether a proxy rewrites Origin, and the configured public address.',
  ),
  client_unknown: words('核对 client_id 与登记的一致。', 'Compare client_id with the one registered.'),
  redirect_uri_unregistered: words(
    '让请求里的 redirect_uri 与登记的逐字相同，或请平台登记新的地址。',
    'Make redirect_uri equal to a registered one, character by character, or have the new one registered.',
  ),
  client_unauthenticated: words(
    '核对客户端密钥与认证方式；密钥可能已轮换。',
    'Check the client secret and the authentication method; the secret may have been rotated.',
  ),
  pkce_mismatch: words(
    '保存发起登录时的 code_verifier，并在换取令牌时原样送回；方法必须是 S256。',
    'Keep the code_verifier of the authorize request and send it unchanged with the code; the method must be S256.',
  ),
  code_unusable: words(
    '收到授权码后立即换取令牌，只用一次，redirect_uri 与发起时相同。',
    'Redeem a code at once, only once, with the redirect_uri it was asked with.',
  ),
  refresh_unusable: words('总是保存最新的刷新令牌；旧的在使用后即作废。', 'Always store the newest refresh token; an older one is void once used.'),
  token_reused: words('检查是否有两个进程同时使用同一凭据，或凭据已泄露。', 'Look for two processes that use the same credential, or a leak.'),
  scope_refused: words('只请求登记过的 scope。', 'Ask only for scopes that are registered.'),
  login_needed: words('不要用 prompt=none，让人完成登录。', 'Let the person log in: leave out prompt=none.'),
  assurance_too_low: words(
    '请求里的 acr_values 要求用盾登录；让操作员插盾重登。',
    'The request’s acr_values asks for the shield; have the person log in with it.',
  ),
  login_not_found: words('登录有时限；从交易中心重新发起。', 'A login lives for minutes; start a new one from the center.'),
  login_other_browser: words(
    '登录链接不能转到别的浏览器或设备；检查页面是否被嵌入或转发。',
    'A login cannot move to another browser or device; check for embedding or forwarding of the page.',
  ),
  challenge_expired: words(
    '签名要在时限内完成；核对盾助手是否弹窗被挡。',
    'Sign within the time allowed; check whether the agent’s window was blocked.',
  ),
  signature_invalid: words(
    '盾签的内容与页面显示的不同，或签名算法不对；升级盾助手后重试。',
    'What the shield signed differs from what was shown, or the algorithm does; update the agent and try again.',
  ),
  certificate_revoked: words('请持证人到开户银行换领新盾。', 'Have the holder get a new shield from the bank.'),
  certificate_expired: words('请持证人到开户银行续期。', 'Have the holder renew at the bank.'),
  certificate_untrusted: words(
    '证书不是由该银行已登记的根签发；若银行换了 CA，请平台更新信任锚。',
    'The certificate does not lead to an anchor of this bank; if the bank changed its CA, the operator must update the anchors.',
  ),
  revocation_unknown: words(
    '平台取不到银行的 CRL 或 OCSP；检查银行吊销服务和出站允许名单。',
    'The bank’s CRL or OCSP could not be fetched; check the service and the outbound allow-list.',
  ),
  uscc_invalid: words(
    '银行登记的统一社会信用代码校验位不对；请银行更正。',
    'The company code at the bank fails its check character; the bank must correct it.',
  ),
  bank_unreachable: words(
    '看银行连接器状态；若只有一家不通，请银行检查，其他银行可用。',
    'See the connector’s state; if only one bank is down, it must look; others still work.',
  ),
  bank_wrong_issuer: words(
    '银行应答的 issuer 与接入数据不同；核对银行的发现文档与数据文件。',
    'The answer names another issuer than the bank’s data file; compare it with the bank’s discovery document.',
  ),
  bank_wrong_key: words(
    '银行可能更换了签名密钥；核对 JWKS 或元数据证书。',
    'The bank may have changed its signing key; compare JWKS or the metadata certificate.',
  ),
  bank_wrong_audience: words(
    '银行把应答发给了别的客户端；核对银行侧登记的 client_id 或 entityID。',
    'The answer is for another client; check the client_id or entityID registered at the bank.',
  ),
  bank_answer_expired: words('核对银行与平台的时钟。', 'Compare the clocks of bank and broker.'),
  bank_replayed: words(
    '同一应答来了两次：用户后退或刷新，或有人重放。',
    'The same answer came twice: somebody went back or reloaded, or replayed it.',
  ),
  identity_conflict: words(
    '两条身份记录需人工核实后合并或更正；不要让用户反复尝试。',
    'Two records of one person need a check by hand; trying again will not help.',
  ),
  outbound_refused: words('把目标主机加入出站允许名单(SHIELD_OUTBOUND_HOSTS)。', 'Add the host to the allow-list (SHIELD_OUTBOUND_HOSTS).'),
  database_unavailable: words('看就绪检查与数据库日志。', 'See the readiness checks and the database’s log.'),
  internal: words('按追踪码查日志中的 failed 行。', 'Find the line “failed” with this reference in the log.'),
}

const byOwner = {
  clerk: words('请操作员按页面提示重做一次。', 'Have the person follow the sentence on the page and try again.'),
  bank: words('把本页内容(已脱敏)发给银行的技术联系人。', 'Send this page, which is redacted, to the bank’s technical contact.'),
  center: words('对照“收到的”与“应当是”修改交易中心的请求。', 'Change the center’s request: compare received with expected.'),
  operator: words('由平台运维按追踪码查日志处理。', 'The operator finds the line with this reference in the log.'),
} as const

/** @returns advice for every code */
export const remedyFor = (code: FailureCode): Words => byCode[code] ?? byOwner[failures[code].who]
