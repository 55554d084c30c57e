import { row } from './row.ts'

/** What can be refused about seals. The rules are those of ../failures.ts. */
export const sealsFailures = {
  seal_document_unusable: row(
    422,
    'clerk',
    '这个文件不能盖章或验章：格式不受支持、已损坏，或内容异常。请换一个完好的 PDF、OFD 或 XML 文件。',
    'This file cannot be sealed or verified: its format is not supported, or it is damaged. Use an intact PDF, OFD or XML file.',
  ),
  seal_signature_unusable: row(
    422,
    'clerk',
    '这不是文件旁的签名（.p7s）：格式不符、已损坏，或者里面已经带着文件内容。请选和文件一起得到的 .p7s。',
    'This is no signature beside a file (.p7s): it is of another form, damaged, or carries its content. Choose the .p7s that came with the file.',
  ),
  seal_pair_incomplete: row(
    422,
    'clerk',
    '验文件旁的签名要有两样：签名（.p7s），和它旁边的文件或文件的大小与摘要。请一起选好再验。',
    'A signature beside a file takes two things: the .p7s, and the file or its size and digests. Choose both and try again.',
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
}
