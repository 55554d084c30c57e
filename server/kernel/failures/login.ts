import { row } from './row.ts'

/** What can be refused about the login. The rules are those of ../failures.ts. */
export const loginFailures = {
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
}
