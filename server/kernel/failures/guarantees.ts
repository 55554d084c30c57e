import { row } from './row.ts'

/** What can be refused about guarantees for bid bonds. The rules are those of ../failures.ts. */
export const guaranteeFailures = {
  guarantee_unknown: row(
    404,
    'clerk',
    '没有这份保函、申请或验真码，或现在不能查看。请核对编号；开标前任何保函都不能查验。',
    'There is no such guarantee, application or verification code, or it may not be seen now. Check the number; before the opening no guarantee can be looked up.',
  ),
  guarantee_wrong_state: row(
    409,
    'clerk',
    '保函现在的状态不能这样办理。请刷新页面查看它的进度。',
    'The guarantee is not in a state for this. Reload the page and look how far it is.',
  ),
  guarantee_event_conflict: row(
    409,
    'bank',
    '同一编号以前收到过不同的内容，没有处理。请核对流水号，新的事项请用新的编号。',
    'Something else came under this number before; nothing was done. Check the number, and give a new matter a new one.',
  ),
  guarantee_evidence_missing: row(
    422,
    'center',
    '缺少办理这件事需要的凭证。请补充后重新提交。',
    'The evidence that this takes is missing. Add it and send it again.',
  ),
  guarantee_offer_over: row(
    409,
    'clerk',
    '这份报价已经过期。请重新申请，或选择其他机构的报价。',
    'This offer stands no longer. Apply again, or take another issuer’s offer.',
  ),
  guarantee_offer_changed: row(
    409,
    'clerk',
    '出具人已更换报价，您看到的不是最新的，没有接受。请刷新页面，核对费用、条款和期限后再接受。',
    'The issuer has replaced its offer; what you saw is not the newest, and nothing was accepted. Reload the page and look at premium, terms and time again before you accept.',
  ),
  guarantee_over: row(
    409,
    'center',
    '保函的有效期已经结束，不能再索赔。请通过其他途径主张。',
    'The guarantee’s validity is over; it can be claimed no more. Pursue the matter another way.',
  ),
  guarantee_amount_wrong: row(
    422,
    'center',
    '金额或期限超出了这份保函，没有办理。请核对后重新提交。',
    'The amount or period is not one that this guarantee bears; nothing was done. Check it and send it again.',
  ),
  guarantee_issuer_unavailable: row(
    503,
    'bank',
    '这家机构现在不能受理保函申请。请选择其他已接入的机构。',
    'This issuer takes no applications now. Choose another connected one.',
  ),
  guarantee_too_many: row(
    409,
    'clerk',
    '这笔保证金的保函申请已达上限。请先在已有的申请中选择。',
    'This bond has as many applications as it may have. Choose among those first.',
  ),
  guarantee_document_malformed: row(
    422,
    'bank',
    '保函文件无法识别：应为出具机构签名的 CMS 文件，内容符合公布的格式。请按格式重新生成。',
    'The guarantee document cannot be read: it is to be CMS signed by the issuer around the published format. Make it anew.',
  ),
  guarantee_document_forged: row(
    422,
    'bank',
    '保函文件的签名验证不通过，或签名的不是出具机构，没有接收。请用登记的证书重新签名。',
    'The document’s signature does not verify, or is not its issuer’s; it was not taken. Sign it with a registered certificate.',
  ),
  guarantee_document_altered: row(
    422,
    'bank',
    '保函文件与报文或申请不一致（编号、申请码、验真码、文本摘要），没有接收。请核对后重新出具。',
    'The document is not what its message or the application says (number, codes, digest of the text); it was not taken. Check it and issue it anew.',
  ),
} as const
