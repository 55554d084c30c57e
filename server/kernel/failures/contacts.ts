import { row } from './row.ts'

/** What can be refused about how a person is reached. The rules are those of ../failures.ts. */
export const contactFailures = {
  contact_gateway_missing: row(
    409,
    'operator',
    '本平台没有开通短信和邮件通知，没有发送验证码。请经常登录企业工作台查看，或联系平台管理员。',
    'This installation sends no text messages and no e-mail, so no code was sent. Look into the workbench often, or ask the operator.',
  ),
  contact_address_invalid: row(
    422,
    'clerk',
    '手机号码或邮箱地址填写有误，没有发送验证码。手机号码是以 1 开头的 11 位数字；邮箱形如 name@example.cn。请改正后重试。',
    'The mobile number or e-mail address is not one; no code was sent. A number has 11 digits and begins with 1; an address looks like name@example.cn. Correct it and try again.',
  ),
  contact_code_wrong: row(
    422,
    'clerk',
    '验证码不对。请核对最新收到的六位数字后再试。',
    'The code is not right. Compare the six digits of the newest message and try again.',
  ),
  contact_code_over: row(
    409,
    'clerk',
    '验证码已过期、已用过或试错太多，没有确认。请重新获取验证码。',
    'The code is over, was used, or was tried too often; nothing was confirmed. Ask for a new one.',
  ),
  contact_codes_too_many: row(
    429,
    'clerk',
    '验证码发送太频繁，没有发送。请一小时后再试；这个号码或邮箱今天可能已收到多次验证码。',
    'Codes were asked for too often and none was sent. Try again in an hour; this number or address may have had many today.',
  ),
  contact_gateway_unreachable: row(
    502,
    'operator',
    '短信和邮件网关没有接收通知，平台会再试。请稍后查看，或联系平台管理员。',
    'The gateway for text messages and e-mail did not take the notice; it will be tried again. Look again later, or ask the operator.',
  ),
} as const
