/**
 * Every way a request can be refused: one row a code. Codes are stable; sentences may be improved. Each sentence says what happened and what to do
 * next, in words a clerk understands; `who` says who can mend it. Nothing here may depend on the input.
 */
type Who = 'clerk' | 'bank' | 'center' | 'operator'
interface Failure {
  status: number
  who: Who
  zh: string
  en: string
}

const row = (status: number, who: Who, zh: string, en: string): Failure => ({ status, who, zh, en })

export const failures = {
  // the platform itself
  internal: row(
    500,
    'operator',
    '平台出现故障，您的操作没有完成。请稍后重试；仍不行时把追踪码告诉客服。',
    'Something broke on our side and nothing was done. Try again shortly; if it stays, give support the trace code.',
  ),
  not_found: row(404, 'clerk', '没有这个页面。请从交易中心重新进入。', 'There is no such page. Please start again from the trading center.'),
  bad_request: row(
    400,
    'center',
    '收到的请求不完整或格式不对。请返回交易中心重新开始。',
    'The request was incomplete or malformed. Go back to the trading center and start again.',
  ),
  too_large: row(413, 'center', '提交的内容过大。请减小后重试。', 'What was sent is too large. Make it smaller and try again.'),
  too_many_requests: row(429, 'clerk', '操作太频繁。请等一分钟再试。', 'Too many requests. Wait a minute and try again.'),
  forbidden: row(
    403,
    'operator',
    '您没有权限做这件事。需要时请联系平台管理员。',
    'You are not allowed to do this. Ask the platform operator if you need it.',
  ),
  cross_site: row(
    403,
    'clerk',
    '这个请求来自别的网站，已拒绝。请从交易中心重新进入。',
    'This request came from another site and was refused. Start again from the trading center.',
  ),
  database_unavailable: row(
    503,
    'operator',
    '平台数据库暂时不可用。请稍后重试。',
    'The platform database is unavailable for the moment. Try again shortly.',
  ),

  // names and codes
  uscc_invalid: row(
    422,
    'bank',
    '统一社会信用代码校验不通过。请联系开户银行核对企业信息。',
    'The unified social credit code does not check out. Ask your bank to correct the company record.',
  ),
  subject_unreadable: row(
    422,
    'bank',
    '无法从证书中读出企业名称和代码。请联系发证银行。',
    'The company cannot be read out of this certificate. Contact the bank that issued it.',
  ),

  // certificates and signatures
  certificate_malformed: row(
    422,
    'bank',
    '证书内容无法识别。请更换盾或联系发证银行。',
    'The certificate cannot be read. Use another shield or contact the bank.',
  ),
  certificate_untrusted: row(
    403,
    'bank',
    '这张证书不是本平台认可的银行签发的。请换用已接入银行的盾。',
    'This certificate was not issued by a bank we recognise. Use the shield of a connected bank.',
  ),
  certificate_expired: row(
    403,
    'clerk',
    '盾里的证书已过期。请到开户银行办理续期后再登录。',
    'The certificate in the shield has expired. Renew it at your bank, then log in again.',
  ),
  certificate_not_yet_valid: row(
    403,
    'bank',
    '证书还没有到生效时间。请核对电脑时间或联系银行。',
    'The certificate is not valid yet. Check the clock or contact the bank.',
  ),
  certificate_revoked: row(
    403,
    'clerk',
    '这张证书已被银行吊销。请到开户银行换领新盾。',
    'The bank has revoked this certificate. Get a new shield from your bank.',
  ),
  certificate_wrong_use: row(
    403,
    'clerk',
    '这张证书不能用于登录签名。请选择盾里的签名证书。',
    'This certificate is not for signing. Choose the signing certificate in the shield.',
  ),
  certificate_chain_invalid: row(
    403,
    'bank',
    '证书链不符合要求。请联系发证银行。',
    'The certificate chain breaks the rules. Contact the issuing bank.',
  ),
  revocation_unknown: row(
    503,
    'bank',
    '暂时查不到证书是否被吊销，为安全起见没有放行。请稍后重试。',
    'We cannot learn whether the certificate was revoked, so it was not let in. Try again shortly.',
  ),
  algorithm_refused: row(
    422,
    'bank',
    '使用了不被接受的密码算法。请联系银行更换盾。',
    'An algorithm we do not accept was used. Ask your bank for a new shield.',
  ),
  signature_invalid: row(
    403,
    'clerk',
    '签名验证不通过。请重新插盾再试一次。',
    'The signature does not verify. Reinsert the shield and try once more.',
  ),
  shield_key_mismatch: row(403, 'bank', '盾里的证书与密钥不匹配。请联系银行。', 'Certificate and key in the shield do not match. Contact the bank.'),

  // the shield and the program that reaches it
  shield_file_malformed: row(422, 'bank', '盾文件无法识别。请向开户银行重新领取。', 'The shield file cannot be read. Ask your bank for a new one.'),
  shield_pin_wrong: row(403, 'clerk', 'PIN 码不正确。请核对后再输入。', 'The PIN is wrong. Check it and enter it again.'),
  shield_pin_unfit: row(422, 'clerk', 'PIN 码应为 6 至 16 个字符。', 'A PIN has 6 to 16 characters.'),
  shield_locked: row(
    423,
    'bank',
    'PIN 码连续输错次数过多，盾已锁定。请到开户银行解锁。',
    'Too many wrong PINs: the shield is locked. Have your bank unlock it.',
  ),
  shield_absent: row(
    404,
    'clerk',
    '没有找到这个盾，可能已被拔出。请插入后再试。',
    'This shield is not there; it may have been removed. Insert it and try again.',
  ),
  shield_closed: row(403, 'clerk', '盾还没有打开。请先输入 PIN 码。', 'The shield is not open. Enter its PIN first.'),
  shield_text_refused: row(
    422,
    'center',
    '要签名的内容不是可读的文字，盾助手没有签名。',
    'What was to be signed is not readable text, so the agent did not sign it.',
  ),
  shield_sign_declined: row(
    403,
    'clerk',
    '您没有确认签名，或确认超时，盾没有签名。',
    'You did not confirm, or confirming took too long; nothing was signed.',
  ),
  shield_request_refused: row(400, 'center', '盾助手不支持这个请求。', 'The shield agent does not accept this request.'),

  // login
  login_not_found: row(
    410,
    'clerk',
    '这次登录已结束或已过期。请从交易中心重新登录。',
    'This login has ended or expired. Start again from the trading center.',
  ),
  login_moved_on: row(409, 'clerk', '这一步已经做过了。请从交易中心重新登录。', 'This step was already done. Start again from the trading center.'),
  login_other_browser: row(
    403,
    'clerk',
    '登录必须在同一个浏览器里完成。请从交易中心重新登录。',
    'A login must be finished in the browser that began it. Start again from the trading center.',
  ),
  login_cancelled: row(403, 'clerk', '您取消了登录。需要时请重新登录。', 'You cancelled the login. Start again when you wish.'),
  challenge_used: row(409, 'clerk', '这个签名已经用过，不能再用。请重新登录。', 'This signature was already used. Log in again.'),
  challenge_expired: row(410, 'clerk', '签名用时太长，已超时。请重新登录。', 'Signing took too long. Log in again.'),
  challenge_mismatch: row(
    403,
    'clerk',
    '签名不是对本次登录做的，已拒绝。请重新登录。',
    'The signature is not for this login and was refused. Log in again.',
  ),
  company_not_offered: row(
    403,
    'clerk',
    '银行没有确认您可以代表这家企业。请另选企业或联系银行。',
    'The bank did not confirm that you act for this company. Choose another or ask the bank.',
  ),
  identity_conflict: row(
    409,
    'operator',
    '银行给出的身份与平台已有记录冲突，已停止登录。请联系平台客服。',
    'What the bank says conflicts with our record of you, so the login was stopped. Contact support.',
  ),
  membership_suspended: row(
    403,
    'operator',
    '您代表这家企业的资格已被暂停。请联系企业管理员或平台客服。',
    'Your acting for this company is suspended. Ask the company or support.',
  ),
  assurance_too_low: row(
    403,
    'clerk',
    '这项业务需要用盾登录。请插入盾后重新登录。',
    'This needs a login with the shield. Insert it and log in again.',
  ),
  consent_refused: row(
    403,
    'clerk',
    '您没有同意向交易中心提供信息，登录已取消。',
    'You did not agree to share the information, so the login was cancelled.',
  ),
  unknown_bank: row(404, 'clerk', '本平台没有接入这家银行。请选择列表中的银行。', 'This bank is not connected. Choose one from the list.'),

  // what banks answer
  bank_unreachable: row(
    503,
    'bank',
    '暂时连不上银行。请稍后重试，或改用另一家银行登录。',
    'The bank cannot be reached. Try again shortly, or log in through another bank.',
  ),
  bank_refused: row(
    403,
    'bank',
    '银行没有通过这次登录。请按银行页面提示处理后重试。',
    'The bank refused this login. Follow the bank’s instructions and try again.',
  ),
  bank_cancelled: row(
    403,
    'clerk',
    '在银行页面上没有完成登录：您取消了，或银行没有放行。可以再试一次，或换一家银行。',
    'The login was not finished at the bank: you cancelled, or the bank did not let it through. Try again, or choose another bank.',
  ),
  bank_wrong_issuer: row(
    403,
    'bank',
    '银行返回的身份信息来源不对，已拒绝。请联系平台客服。',
    'The bank’s answer names another issuer and was refused. Contact support.',
  ),
  bank_wrong_audience: row(
    403,
    'bank',
    '银行返回的身份信息不是给本平台的，已拒绝。',
    'The bank’s answer was meant for somebody else and was refused.',
  ),
  bank_wrong_nonce: row(
    403,
    'bank',
    '银行返回的信息与本次登录对不上，已拒绝。请重新登录。',
    'The bank’s answer does not belong to this login and was refused. Log in again.',
  ),
  bank_answer_expired: row(403, 'bank', '银行返回的信息已过期。请重新登录。', 'The bank’s answer has expired. Log in again.'),
  bank_wrong_key: row(
    403,
    'bank',
    '银行返回信息的签名密钥不对，已拒绝。请联系平台客服。',
    'The bank’s answer is signed with a key we do not know and was refused. Contact support.',
  ),
  bank_unsigned: row(403, 'bank', '银行返回的信息没有签名，已拒绝。', 'The bank’s answer is not signed and was refused.'),
  bank_wrapped: row(
    403,
    'bank',
    '银行返回的信息结构异常，已拒绝。请联系平台客服。',
    'The bank’s answer is built to mislead and was refused. Contact support.',
  ),
  bank_replayed: row(409, 'bank', '银行返回的信息已经用过，已拒绝。请重新登录。', 'The bank’s answer was already used. Log in again.'),
  bank_mixed_up: row(
    403,
    'bank',
    '应答的银行不是您选择的银行，已拒绝。请重新登录。',
    'Another bank answered than the one you chose; refused. Log in again.',
  ),
  bank_answer_malformed: row(
    400,
    'bank',
    '银行返回的信息无法识别。请稍后重试或联系客服。',
    'The bank’s answer cannot be read. Try again shortly or contact support.',
  ),
  bank_identity_mismatch: row(
    403,
    'bank',
    '银行所说的企业与盾证书里的企业不一致，已拒绝。请联系开户银行。',
    'The company the bank names is not the one in the shield’s certificate; refused. Contact your bank.',
  ),

  // trading centers
  client_unknown: row(400, 'center', '交易中心没有在本平台登记。请联系交易中心。', 'This trading center is not registered here. Tell the center.'),
  client_request_refused: row(
    400,
    'center',
    '交易中心发来的登录请求不符合要求。请把追踪码告诉交易中心。',
    'The trading center’s request was refused. Give the center the trace code.',
  ),
  redirect_uri_unregistered: row(
    400,
    'center',
    '交易中心的返回地址没有登记，为安全起见没有跳转。请把追踪码告诉交易中心。',
    'The trading center’s return address is not registered, so we did not go there. Give the center the trace code.',
  ),
  scope_refused: row(
    400,
    'center',
    '交易中心要求了它无权获得的信息。请把追踪码告诉交易中心。',
    'The trading center asked for information it may not have. Give the center the trace code.',
  ),
  pkce_mismatch: row(
    400,
    'center',
    '交易中心的登录校验码不匹配，登录没有完成。请从交易中心重新登录。',
    'The trading center’s proof key does not match, so the login was not completed. Log in again from the center.',
  ),
  client_unauthenticated: row(
    401,
    'center',
    '交易中心没有通过本平台的身份验证。请联系交易中心。',
    'The trading center did not authenticate itself to us. Tell the center.',
  ),
  code_unusable: row(
    400,
    'center',
    '登录凭据已过期、已使用或不是发给该中心的。请从交易中心重新登录。',
    'The login code has expired, was used, or belongs to another center. Log in again from the center.',
  ),
  refresh_unusable: row(
    400,
    'center',
    '续期凭据已失效。请从交易中心重新登录。',
    'The refresh token is no longer good. Log in again from the center.',
  ),
  token_reused: row(
    400,
    'center',
    '登录凭据被重复使用，为安全起见已全部作废。请重新登录。',
    'A credential came a second time, so all that came of it was revoked. Log in again.',
  ),
  token_unusable: row(
    401,
    'center',
    '访问凭据无效或已过期。请从交易中心重新登录。',
    'The access token is invalid or has expired. Log in again from the center.',
  ),
  login_needed: row(
    400,
    'center',
    '需要您本人操作才能继续登录。请从交易中心重新登录。',
    'This needs you to act before it can go on. Log in again from the trading center.',
  ),
  center_unreachable: row(
    504,
    'center',
    '暂时连不上交易中心，稍后会再通知它。',
    'The trading center cannot be reached; we shall tell it again later.',
  ),
  key_not_ready: row(
    409,
    'operator',
    '新密钥刚刚公布，各交易中心还可能使用旧密钥集，请稍后再启用。',
    'The new key was published only now and centers may still keep the old key set. Activate it later.',
  ),

  // operation
  config_invalid: row(500, 'operator', '配置有误，平台没有启动。', 'The configuration is wrong; the platform did not start.'),
  self_test_failed: row(500, 'operator', '密码模块自检未通过，平台没有启动。', 'The cryptographic self-test failed; the platform did not start.'),
  migration_failed: row(500, 'operator', '数据库升级失败，平台没有启动。', 'The database migration failed; the platform did not start.'),
  outbound_refused: row(500, 'operator', '目标地址不在允许名单内，没有发送。', 'The address is not on the allow-list; nothing was sent.'),
  audit_broken: row(500, 'operator', '审计记录校验不通过，请立即核查。', 'The audit record does not verify; investigate at once.'),
} as const satisfies Record<string, Failure>
