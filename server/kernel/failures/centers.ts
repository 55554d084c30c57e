import { row } from './row.ts'

/** What can be refused about trading centers: their requests, decisions, recognition and webhooks. The rules are those of ../failures.ts. */
export const centersFailures = {
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
}
