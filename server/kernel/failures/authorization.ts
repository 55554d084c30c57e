import { row } from './row.ts'

/** What can be refused about mandates and the one decision, and questions that a person answers on a phone or in the inbox. The rules are those of ../failures.ts. */
export const authorizationFailures = {
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
}
