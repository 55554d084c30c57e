import { row } from './row.ts'

/** What can be refused about deals and financing. The rules are those of ../failures.ts. */
export const financingFailures = {
  deal_unknown: row(404, 'center', '没有这笔成交，或它不属于您。请核对编号。', 'There is no such deal, or it is not yours. Check the id.'),
  deal_conflict: row(
    409,
    'center',
    '这个合同编号已报送过不同的内容，没有处理。更正请用新的合同编号报送。',
    'Something else was reported under this contract number; nothing was done. Report a correction under a number of its own.',
  ),
  deal_winner_unknown: row(
    422,
    'center',
    '找不到中标人：请核对标段和保证金编号，并先解封投标人名单；或直接填写中标人的名称和代码。',
    'The winner cannot be found: check section and bond, and release the names first; or name the winner itself.',
  ),
  financing_unknown: row(
    404,
    'clerk',
    '没有这份融资申请。请核对编号，或从融资页面重新进入。',
    'There is no such application for financing. Check its number, or enter again from the financing page.',
  ),
  financing_wrong_state: row(
    409,
    'clerk',
    '这份融资申请现在的状态不能这样办理。请刷新页面查看进度。',
    'The application is not in a state for this. Reload the page and look how far it is.',
  ),
  financing_event_conflict: row(
    409,
    'bank',
    '同一编号以前收到过不同的内容，没有处理。请核对流水号，新的事项请用新的编号。',
    'Something else came under this number before; nothing was done. Check the number, and give a new matter a new one.',
  ),
  financing_offer_over: row(
    409,
    'clerk',
    '这份报价已经过期，不能接受。请选择其他银行的报价，或等银行重新报价。',
    'This offer has expired and cannot be accepted. Take another bank’s offer, or wait for a new one.',
  ),
  financing_offer_changed: row(
    409,
    'clerk',
    '银行已更换报价，您看到的不是最新的。请刷新页面，核对后再接受。',
    'The bank has replaced its offer; what you saw is not the newest. Reload the page and look again before you accept.',
  ),
  financing_offer_invalid: row(
    422,
    'bank',
    '报价无效：有效期应在将来，金额不超过申请的金额。请核对后重新报价。',
    'The offer is not valid: it has to stand for some time yet, and for no more than was asked. Correct it and send it again.',
  ),
  financing_running: row(
    409,
    'clerk',
    '已有一份进行中的融资申请。请先在那份申请里选择，或撤回它。',
    'An application for this is under way. Choose there first, or withdraw it.',
  ),
  financing_too_many: row(
    409,
    'clerk',
    '融资申请的次数已达上限。请在已有的申请中选择，或联系银行。',
    'There are as many applications for this as there may be. Choose among those, or talk to a bank.',
  ),
  financing_amount_wrong: row(
    422,
    'clerk',
    '金额或期限不对：不能超过成交金额或保证金金额。请核对后重新申请。',
    'Amount or term is wrong: no more than the deal or the bond is worth. Check it and apply again.',
  ),
  financing_bank_unavailable: row(
    503,
    'clerk',
    '选择的银行现在不能受理融资申请，或没有选择银行。请选择已接入的银行。',
    'A bank that was chosen takes no applications now, or none was chosen. Choose among the connected ones.',
  ),
} as const
