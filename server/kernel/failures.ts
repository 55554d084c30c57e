import { bondFailures } from './failures-bonds.ts'
import { channelFailures } from './failures-channel.ts'
import { contactFailures } from './failures-contacts.ts'
import { creditFailures } from './failures-credit.ts'
import { enforcementFailures } from './failures-enforcement.ts'
import { financingFailures } from './failures-financing.ts'
import { guaranteeFailures } from './failures-guarantees.ts'
import { ledgerFailures } from './failures-ledger.ts'
import { reconciliationFailures } from './failures-reconciliation.ts'
import { type Failure, row } from './failures-row.ts'

/**
 * Every way a request can be refused: one row a code. Codes are stable; sentences may be improved. Each sentence says what happened and what to do
 * next, in words a clerk understands; `who` says who can mend it. Nothing here may depend on the input.
 */
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
  message_malformed: row(
    422,
    'center',
    '报文无法识别：格式不对、不完整或超出限制。请让发送方重新生成后再发来。',
    'The message cannot be read: malformed, incomplete or beyond the limits. Ask the sender to make and send it again.',
  ),
  decryption_failed: row(
    403,
    'clerk',
    '无法解密。请确认这份文件是发给您这张加密证书的，并且没有被改动；仍不行时请发送方重新加密。',
    'It cannot be decrypted. Make sure it was encrypted to your encryption certificate and was not changed; otherwise ask the sender to encrypt it again.',
  ),
  shield_key_mismatch: row(403, 'bank', '盾里的证书与密钥不匹配。请联系银行。', 'Certificate and key in the shield do not match. Contact the bank.'),

  // time stamps and key files
  timestamp_malformed: row(422, 'center', '时间戳内容无法识别。请重新申请时间戳。', 'The time stamp cannot be read. Ask for a new one.'),
  timestamp_invalid: row(
    403,
    'center',
    '时间戳验证不通过，不能证明该时间。请重新申请时间戳。',
    'The time stamp does not verify and proves no time. Ask for a new one.',
  ),
  timestamp_refused: row(
    502,
    'operator',
    '时间戳服务拒绝了申请，没有加盖时间戳。请联系平台管理员。',
    'The time-stamp authority refused the request; nothing was stamped. Tell the platform operator.',
  ),
  timestamp_unreachable: row(
    503,
    'operator',
    '暂时连不上时间戳服务，没有加盖时间戳。请稍后重试。',
    'The time-stamp authority cannot be reached; nothing was stamped. Try again shortly.',
  ),
  key_file_malformed: row(
    422,
    'clerk',
    '密钥文件无法识别。请选择 PFX、SM2 或 PEM 格式的密钥文件。',
    'The key file cannot be read. Choose a PFX, SM2 or PEM key file.',
  ),
  key_password_wrong: row(
    403,
    'clerk',
    '密码不正确，或密钥文件已损坏。请核对密码后重试。',
    'The password is wrong, or the key file is damaged. Check the password and try again.',
  ),

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
  bank_proof_old: row(
    403,
    'bank',
    '交易中心要求重新验证身份，银行却沿用了以前的登录。请在银行退出登录后重试。',
    'The center asked for a new proof and the bank answered from an earlier login. Log out at the bank and try again.',
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
  device_code_unknown: row(404, 'clerk', '没有这个代码。请照设备上显示的重新输入。', 'There is no such code. Enter it again as the device shows it.'),
  device_code_expired: row(410, 'clerk', '这个代码已过期。请在设备上重新获取。', 'This code has expired. Get a new one on the device.'),
  device_code_used: row(409, 'clerk', '这个代码已经用过了。请在设备上重新获取。', 'This code was used already. Get a new one on the device.'),
  device_login_stopped: row(
    403,
    'clerk',
    '设备没有登录。需要时请在设备上重新获取代码。',
    'The device was not logged in. Get a new code on the device when you wish.',
  ),
  person_unknown: row(
    400,
    'center',
    '交易中心指定的人不在本平台，或不能代表企业办理。请联系交易中心。',
    'The person named by the trading center is not known here, or may not act. Tell the center.',
  ),
  binding_message_refused: row(
    400,
    'center',
    '交易中心给出的提示语不合要求。请把追踪码告诉交易中心。',
    'The trading center’s binding message is not acceptable. Give the center the trace code.',
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

  // the trust list
  trust_ca_unlisted: row(
    403,
    'operator',
    '颁发这张证书的机构不在信任列表中。请改用列表内机构或开户银行的证书，或联系平台客服。',
    'The issuer of this certificate is not on the trust list. Use a certificate of a listed CA or of your bank, or ask support.',
  ),
  trust_ca_not_in_force: row(
    403,
    'operator',
    '颁发机构在签名时尚未加入或已经退出互认。请改用其他机构的证书。',
    'The issuer had not joined, or had left, at the time of the signature. Use a certificate of another CA.',
  ),
  trust_ca_distrusted: row(
    403,
    'operator',
    '颁发机构的信任已被撤销，证书不再认可。请改用其他机构的证书。',
    'Trust in the issuer was withdrawn and its certificates no longer count. Use a certificate of another CA.',
  ),
  trust_scope: row(
    403,
    'clerk',
    '该机构的证书不被认可用于这项业务。请改用适用的证书。',
    'Certificates of this issuer are not recognised for this purpose. Use one that is.',
  ),
  trust_unqualified: row(
    403,
    'clerk',
    '颁发机构没有电子政务电子认证服务资质，政务用章不认可。请改用有资质机构的证书。',
    'The issuer is not qualified for government affairs, so a seal there does not count. Use a certificate of a qualified CA.',
  ),
  trust_algorithm_over: row(
    403,
    'bank',
    '该机构已切换密码算法，旧算法证书不再认可。请到发证机构换发新证书。',
    'The issuer has switched algorithms and certificates of the old one no longer count. Have yours reissued.',
  ),
  trust_entry_invalid: row(
    422,
    'operator',
    '信任列表条目填写有误。请按提示改正后重新提交。',
    'The entry for the trust list is wrong. Correct it and submit it again.',
  ),
  trust_needs_approval: row(
    403,
    'operator',
    '这项变更会扩大信任，需两人办理：请先提交提案，再由另一人批准。',
    'This change widens trust and takes two persons: propose it, and have another approve it.',
  ),
  trust_proposal_own: row(
    403,
    'operator',
    '提案人不能批准自己的提案。请由另一位管理员批准。',
    'The one who proposed cannot approve. Ask another operator.',
  ),
  trust_proposal_over: row(
    409,
    'operator',
    '提案已处理、已过期，或信任列表已变动。请重新提交提案。',
    'The proposal was decided, has expired, or the list has changed under it. Propose again.',
  ),
  trust_not_found: row(
    404,
    'operator',
    '信任列表中没有这一项。请用 shield trust list 或 trust pending 查看后再试。',
    'The trust list has no such entry or proposal. See shield trust list or trust pending and try again.',
  ),

  // centers that only ask: recognition as a service
  service_token_unusable: row(
    401,
    'center',
    '接口访问令牌缺失、无效或已过期。请交易中心重新获取令牌后再调用。',
    'The access token for this interface is missing, invalid or expired. Get a new one at the token endpoint and call again.',
  ),
  service_scope_missing: row(
    403,
    'center',
    '这个访问令牌没有调用此接口的权限。请交易中心申请并请求相应的权限范围（scope）。',
    'This access token may not call this interface. Have the scope registered, and ask for it when getting the token.',
  ),
  service_too_slow: row(
    503,
    'operator',
    '核验没有在规定时间内完成，没有给出结论。请稍后重试。',
    'Checking did not finish in time, and no answer was given. Try again shortly.',
  ),
  service_challenge_unknown: row(
    404,
    'center',
    '没有这个签名挑战，或它不属于本中心。请重新申请一个。',
    'There is no such challenge, or it belongs to another center. Ask for a new one.',
  ),

  // authorization: mandates and the one decision
  act_not_allowed: row(
    403,
    'clerk',
    '您没有为这家企业办理这项业务的授权。请法定代表人在企业工作台授权后再试。',
    'You have no power to do this for the company. Ask its legal representative for a mandate in the company workbench.',
  ),
  step_up_needed: row(
    403,
    'clerk',
    '这项业务需要用盾验证身份。请按提示用盾重新验证。',
    'This needs a proof by shield. Follow the page to prove yourself with it.',
  ),
  rich_request_invalid: row(
    400,
    'center',
    '交易中心请求授权的内容不符合规定。请联系交易中心。',
    'What the trading center asks you to agree to is not as it has to be. Tell the center.',
  ),
  rich_request_not_pushed: row(
    400,
    'center',
    '授权请求没有经过交易中心后台提交，已拒绝。请联系交易中心。',
    'The request for your agreement did not come from the center’s back end and was refused. Tell the center.',
  ),
  token_exchange_refused: row(
    400,
    'center',
    '访问凭据不能换取新的凭据。请从交易中心重新登录。',
    'The access token cannot be exchanged. Log in again from the center.',
  ),
  insufficient_user_authentication: row(
    401,
    'center',
    '登录时的身份验证强度不够或时间过久。请交易中心按提示引导您重新验证。',
    'The login behind this token is too weak or too old. Send the person through a new login as the challenge says.',
  ),
  approvals_needed: row(
    403,
    'clerk',
    '这项业务还需要企业其他人同意。已放入待办，请提醒他们处理。',
    'Others of the company must agree first. It waits in their inbox; remind them.',
  ),
  approvers_missing: row(
    409,
    'clerk',
    '企业里可以同意这项业务的人不够。请法定代表人登录一次，或另外授权同意人。',
    'Too few people of the company may agree to this. Have the legal representative log in once, or authorize others to agree.',
  ),
  mandate_out_of_scope: row(
    403,
    'clerk',
    '授权书不包括这个交易中心、项目或标段。请法定代表人另行授权。',
    'The mandate does not cover this center, project or section. Ask the legal representative for one that does.',
  ),
  mandate_over_limit: row(
    403,
    'clerk',
    '金额超过授权书的上限。请法定代表人办理或提高上限。',
    'The amount is above the limit of the mandate. Ask the legal representative to act or to raise it.',
  ),
  mandate_not_in_time: row(
    403,
    'clerk',
    '授权书尚未生效或已经过期。请法定代表人重新授权。',
    'The mandate has not begun or has expired. Ask the legal representative for a new one.',
  ),
  mandate_revoked: row(
    403,
    'clerk',
    '授权已被撤回。需要时请联系法定代表人。',
    'The mandate was revoked. Ask the legal representative if you need it.',
  ),
  mandate_suspended: row(
    403,
    'clerk',
    '授权已暂停。需要时请联系法定代表人恢复。',
    'The mandate is suspended. Ask the legal representative to resume it.',
  ),
  mandate_not_accepted: row(
    403,
    'clerk',
    '授权书还没有由被授权人接受。请先在企业工作台接受。',
    'The mandate has not been accepted yet. Accept it in the company workbench first.',
  ),
  mandate_frozen: row(
    403,
    'clerk',
    '企业的法定代表人已经变更，原授权冻结。请新的法定代表人重新授权。',
    'The company has a new legal representative and what the old one gave is frozen. Ask the new one for a mandate.',
  ),
  mandate_too_deep: row(
    403,
    'clerk',
    '授权书不允许继续转授权，或转授的范围超出原授权。请法定代表人直接授权。',
    'The mandate may not be passed on so far, or not so widely. Ask the legal representative directly.',
  ),
  mandate_self_grant: row(422, 'clerk', '不能把授权给自己。请填写另一个人。', 'Nobody can give a mandate to themself. Name another person.'),
  mandate_tampered: row(
    403,
    'operator',
    '授权书与签名不符，已停用。请联系平台客服核查。',
    'The stored mandate does not match its signature and is not honoured. Contact support.',
  ),
  mandate_invalid: row(
    422,
    'clerk',
    '授权书填写有误。请按提示改正后重新提交。',
    'The mandate is not filled in correctly. Correct it as shown and submit it again.',
  ),
  mandate_moved_on: row(409, 'clerk', '授权书已被处理过，状态已变化。请刷新后再看。', 'The mandate has changed meanwhile. Reload and look again.'),
  mandate_unknown: row(404, 'clerk', '没有这份授权书，或它与您无关。', 'There is no such mandate, or it does not concern you.'),
  mandate_wrong_person: row(
    403,
    'clerk',
    '这份授权书不是给您的。请用被授权人本人的身份登录。',
    'This mandate was given to somebody else. Log in as the person it names.',
  ),
  mandate_wrong_shield: row(
    403,
    'clerk',
    '签名用的盾不是您本人的，或还没有用它登录过。请先用这个盾登录一次，再签名。',
    'The shield that signed is not yours, or was never used to log in. Log in with it once, then sign.',
  ),
  binding_needs_shield: row(
    403,
    'clerk',
    '第一次代表这家企业办事，须用银行发的盾验证，或持有法定代表人的授权。',
    'To act for this company for the first time, prove yourself with its shield, or hold a mandate of its legal representative.',
  ),
  legal_representative_only: row(
    403,
    'clerk',
    '只有法定代表人可以办理。请由法定代表人登录后办理。',
    'Only the legal representative can do this. Have them log in.',
  ),
  workbench_login_needed: row(
    401,
    'clerk',
    '您的登录已经结束，这一步没有办理。请重新进入企业工作台，再做一次。',
    'Your session has ended and nothing was done. Enter the workbench again and repeat this step.',
  ),

  // questions that a person answers on a phone or in the inbox
  ask_unknown: row(404, 'clerk', '这个确认请求不存在。请回到电脑上重新开始。', 'There is no such request. Start again at the computer.'),
  ask_expired: row(410, 'clerk', '这个确认请求已过期。请回到电脑上重新开始。', 'This request has expired. Start again at the computer.'),
  ask_settled: row(409, 'clerk', '这个确认请求已经处理过了。', 'This request has been answered already.'),
  ask_refused: row(403, 'clerk', '请求已被拒绝，没有办理。', 'The request was refused and nothing was done.'),
  ask_wrong_person: row(403, 'clerk', '这个请求不是给您的，没有办理。', 'This request is not for you; nothing was done.'),
  ask_other_phone: row(
    409,
    'clerk',
    '这个请求已在另一部手机上打开。请在那部手机上处理，或重新开始。',
    'This request is already open on another phone. Answer it there, or start again.',
  ),
  ask_number_wrong: row(
    403,
    'clerk',
    '数字与电脑上显示的不一致，已停止。如果不是您本人在办理，请勿确认。',
    'The number is not the one on the computer, so this has stopped. If it was not you who began it, do not confirm.',
  ),

  // centers that ask for decisions
  subject_token_unusable: row(
    422,
    'center',
    '办事人的访问令牌无效、已过期，或不是发给本中心的。请让办事人重新登录后再办理。',
    'The person’s access token is unknown, over, or was issued to another center. Have the person log in again.',
  ),
  idempotency_key_reused: row(
    422,
    'center',
    '这个幂等键已用于另一项业务。请为每项业务使用新的键。',
    'This idempotency key stands for another act. Use a new key for each act.',
  ),
  evidence_unknown: row(404, 'center', '没有这份签名凭据，或它不属于本中心。', 'There is no such evidence, or it belongs to another center.'),

  // webhooks of centers
  webhook_invalid: row(
    422,
    'center',
    '回调地址设置有误。请使用 https 地址并检查事件名称。',
    'The webhook is not set up correctly. Use an https address and check the event names.',
  ),
  webhook_unknown: row(404, 'center', '没有这个回调或投递记录。', 'There is no such webhook or delivery.'),

  // seals
  seal_document_unusable: row(
    422,
    'clerk',
    '这个文件不能盖章或验章：格式不受支持、已损坏，或内容异常。请换一个完好的 PDF、OFD 或 XML 文件。',
    'This file cannot be sealed or verified: its format is not supported, or it is damaged. Use an intact PDF, OFD or XML file.',
  ),
  seal_shield_unfit: row(
    422,
    'clerk',
    '这种文件要用国密(SM2)盾盖章，这把盾是国际算法的。请换用国密盾，或把文件做成 PDF 再盖。',
    'This kind of file is sealed with an SM2 shield, and this shield is of another algorithm. Use an SM2 shield, or make the file a PDF.',
  ),
  seal_place_unusable: row(
    422,
    'clerk',
    '找不到盖章的位置：页码超出范围，或文件里没有这些文字。请重新选择位置。',
    'There is no such place: the page does not exist, or the words are not in the document. Choose another place.',
  ),
  seal_date_unusable: row(
    422,
    'clerk',
    '这里不能加盖日期：OFD 的印章图样和骑缝章不带日期。请去掉日期，或换成 PDF 文件、单页位置。',
    'No date can stand here: the seal of an OFD and one across page edges carry none. Leave the date out, or take a PDF and a place on one page.',
  ),
  seal_handwriting_unusable: row(
    422,
    'clerk',
    '手写签名只能签在 PDF 上。请换用印章，或把 OFD、XML 文件分开办理。',
    'A name by hand can be set on a PDF alone. Take a seal, or do OFD and XML documents apart.',
  ),
  seal_digest_missing: row(
    422,
    'center',
    '发起方没有给出这个盾要签的摘要：SM2 盾用 SM3，RSA 盾用 SHA-256。请换用国密盾，或请发起方重新发起并给出两种摘要。',
    'The digest that this shield signs was not handed in: SM3 for SM2, SHA-256 for RSA. Take an SM2 shield, or have the task opened again with both digests.',
  ),
  seal_file_elsewhere: row(
    409,
    'center',
    '这个文件没有交给本平台，这里只有它的摘要。请向发起方取原文件。',
    'The file was never handed in: only its digests are here. Get the file from whoever asked for the seal.',
  ),
  seal_malformed: row(
    422,
    'clerk',
    '电子印章或签章数据不符合标准，不能使用。',
    'The electronic seal or its signature does not follow the standard and cannot be used.',
  ),
  seal_picture_unusable: row(
    422,
    'clerk',
    '印章图样不能使用。请检查名称和字数，或换一张清晰的 PNG 图片。',
    'The picture of the seal cannot be used. Check its words, or choose a clear PNG picture.',
  ),
  seal_unknown: row(404, 'clerk', '没有这枚印章，或您不能查看它。', 'There is no such seal, or it is not yours to see.'),
  seal_wrong_state: row(
    409,
    'clerk',
    '这枚印章现在的状态不能这样办理。请刷新页面查看。',
    'The seal is not in a state for this. Reload the page and look.',
  ),
  seal_wrong_shield: row(
    403,
    'clerk',
    '这个盾不在印章的证书名单里，没有盖章。换过盾的，请先重新制章。',
    'This shield is not among those the seal was made for; nothing was sealed. After a new shield, have the seal remade.',
  ),
  seal_shield_unusable: row(
    422,
    'clerk',
    '选的盾里有不能用于这枚印章的：本人还没有登记，不是本企业的，或者个人名章选了别人的盾。请本人在“登记我的盾”签名一次，或者改选。',
    'One of the shields cannot be on this seal: not shown by its owner yet, of another company, or on a chop that is another person’s. Have it shown, or choose again.',
  ),
  seal_not_in_force: row(403, 'clerk', '这枚印章已停用、已过期或已作废，没有盖章。', 'The seal is suspended, over or revoked; nothing was sealed.'),
  seal_task_unknown: row(404, 'clerk', '没有这项盖章任务，或您不能查看它。', 'There is no such sealing task, or it is not yours to see.'),

  seal_asked_unknown: row(
    422,
    'center',
    '没有这个人或这家企业，或其未曾在本中心登录。请让其先登录一次。',
    'There is no such person or company, or it never logged in at your center. Have it log in once.',
  ),
  seal_upload_unknown: row(
    404,
    'center',
    '没有这个上传的文件，或已过保存期。请重新上传。',
    'There is no such document of your center, or its time is over. Upload it again.',
  ),
  seal_uploads_full: row(
    409,
    'center',
    '本中心暂存的文件已满。请删除不用的文件后再传。',
    'Your center keeps as many documents as it may. Delete those you do not need.',
  ),
  seal_verification_unknown: row(404, 'center', '没有这次验章，或已过保存期。', 'There is no such verification, or its time is over.'),
  seal_wrong_kind: row(
    403,
    'clerk',
    '对方要求的不是这种印章，没有盖章。请换一枚。',
    'Another kind of seal is asked for; nothing was sealed. Choose another one.',
  ),
  seal_task_over: row(409, 'center', '这项盖章任务已结束，不能再这样办理。', 'The sealing task is over, so this can no longer be done.'),

  // remote signing of persons
  remote_check_needed: row(
    403,
    'clerk',
    '需要银行刚刚核验过本人。请到银行做本人核验后再继续。',
    'Your bank has to have checked the person behind the shield just now. Have that done at the bank, then go on.',
  ),
  remote_pin_weak: row(
    422,
    'clerk',
    '签名 PIN 太容易被猜到。请用 8 位以上、同时有字母和数字的 PIN。',
    'The signing PIN is too easily guessed. Choose eight characters or more, with letters and digits.',
  ),
  remote_pin_differs: row(422, 'clerk', '两次输入的签名 PIN 不一样。请重新输入。', 'The two signing PINs differ. Enter them again.'),
  remote_factor_wrong: row(
    403,
    'clerk',
    '签名 PIN 或动态口令不正确，没有签名。错满六次就会锁定。',
    'The signing PIN or the one-time code is wrong; nothing was signed. After six wrong tries the key locks.',
  ),
  remote_key_locked: row(
    403,
    'clerk',
    '签名 PIN 错了六次，云签密钥已锁定。请做本人核验后启用新的密钥。',
    'The signing PIN was wrong six times and the key is locked. Have the person check done and activate a new key.',
  ),
  remote_key_needed: row(
    403,
    'clerk',
    '您还没有可用的云签密钥，或它已过期、已停用。请先启用。',
    'You have no remote key that can be used, or it has expired or was taken back. Activate one first.',
  ),
  remote_key_tampered: row(
    403,
    'operator',
    '存储的云签密钥与写入时不一致，没有使用。请联系平台管理员。',
    'The stored key is not as it was written and was not used. Contact the platform operator.',
  ),
  remote_approval_missing: row(
    409,
    'clerk',
    '手机还没有确认这份清单。请先在手机上核对并确认。',
    'The phone has not confirmed this list yet. Check and confirm it on the phone first.',
  ),
  remote_approval_over: row(
    409,
    'clerk',
    '这次确认已过期或已用过，没有签名。请重新开始签名。',
    'This approval has expired or was used; nothing was signed. Begin signing again.',
  ),
  remote_request_unknown: row(
    404,
    'clerk',
    '没有这项签名请求，或它不是请您签的。请核对收到的链接。',
    'There is no such request, or it is not for you. Check the link you were sent.',
  ),
  remote_request_over: row(409, 'clerk', '这项签名请求已结束，不能再办理。', 'This request is over and nothing more can be done with it.'),
  remote_person_unknown: row(
    404,
    'center',
    '没有在本中心登录过的这个人。请让专家先登录一次。',
    'Nobody of that name has logged in at your center. Have the expert log in once.',
  ),

  // sealed bids
  bid_envelope_malformed: row(
    422,
    'clerk',
    '投标文件信封已损坏或不完整，不能打开。请重新加密后上传。',
    'The bid envelope is damaged or incomplete and cannot be opened. Encrypt and upload it again.',
  ),
  bid_not_for_this_key: row(
    403,
    'clerk',
    '这份标书不是用这个盾的加密证书加密的，不能解密。请使用加密时的盾，或申请应急解密。',
    'This bid was not encrypted to this shield. Use the shield it was encrypted to, or ask for the rescue.',
  ),
  bid_app_other_company: row(
    403,
    'clerk',
    '手机银行给出的加密证书不是本企业的，没有采用。请在手机银行选本企业的盾，再试一次。',
    'The certificate that the app handed out is not this company’s and was not used. Choose this company’s shield in the app and try again.',
  ),
  bid_before_opening: row(403, 'clerk', '还没有到开标时间，不能解密。', 'The opening has not begun; nothing may be decrypted yet.'),
  bid_custodians_missing: row(
    403,
    'center',
    '应急解密需要的保管人还不够。请再请一位保管人到场。',
    'Too few custodians are present for a rescue. Have another one come.',
  ),
  bid_unknown: row(404, 'clerk', '没有这场开标或这份投标文件，或您不能查看它。', 'There is no such opening or bid, or it is not yours to see.'),
  bid_late: row(409, 'clerk', '投标截止时间已过，没有接收。', 'The deadline has passed; nothing was taken in.'),
  bid_not_for_this_opening: row(
    422,
    'clerk',
    '这份标书不是为这场开标加密的，没有接收。请用本项目的招标文件重新加密后上传。',
    'This bid was encrypted for another opening and was not taken in. Encrypt it again for this one, then upload it.',
  ),
  bid_wrong_state: row(
    409,
    'clerk',
    '开标或这份投标文件现在的状态不能这样办理。请刷新页面查看。',
    'The opening, or this bid, is not in a state for this. Reload the page and look.',
  ),
  bid_upload_out_of_step: row(
    409,
    'clerk',
    '上传的位置和已收到的对不上，这一段没有接收。请刷新页面，会从断开的地方继续。',
    'The piece does not follow on what was received and was not taken in. Reload the page; it goes on where it broke off.',
  ),
  bid_uploads_full: row(
    409,
    'clerk',
    '本企业在这场开标里待登记的文件太多或太大，没有接收。请先完成已上传的。',
    'Your company has announced too much for this opening. Finish what is being uploaded first.',
  ),
  bid_rescue_part_wrong: row(
    403,
    'center',
    '应急解密中有一份密钥不属于这份标书，没有解密。请核对是哪一位保管人、哪一份标书。',
    'A part of the rescue is not of this bid and nothing was decrypted. Check which custodian gave it, and for which bid.',
  ),

  // the data channel: its messages, its ledger, bid bonds
  ...channelFailures,
  ...ledgerFailures,
  ...bondFailures,
  ...creditFailures,
  ...enforcementFailures,
  ...guaranteeFailures,
  ...reconciliationFailures,
  ...financingFailures,

  // how persons are reached
  ...contactFailures,

  // operation
  config_invalid: row(500, 'operator', '配置有误，平台没有启动。', 'The configuration is wrong; the platform did not start.'),
  self_test_failed: row(500, 'operator', '密码模块自检未通过，平台没有启动。', 'The cryptographic self-test failed; the platform did not start.'),
  migration_failed: row(500, 'operator', '数据库升级失败，平台没有启动。', 'The database migration failed; the platform did not start.'),
  outbound_refused: row(500, 'operator', '目标地址不在允许名单内，没有发送。', 'The address is not on the allow-list; nothing was sent.'),
  audit_broken: row(500, 'operator', '审计记录校验不通过，请立即核查。', 'The audit record does not verify; investigate at once.'),
} as const satisfies Record<string, Failure>
