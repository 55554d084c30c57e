import { row } from './row.ts'

/** What can be refused about sealed bids. The rules are those of ../failures.ts. */
export const bidsFailures = {
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
}
