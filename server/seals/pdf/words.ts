/** Owns the checks that a PDF's report can have: which question each belongs to, and what it says to people, in both languages and both ways. The judge's own checks about values are not here. */
import { linesOf, type Pair, type Words } from '../lines.ts'

const row = (of: Words['of'], no: Pair, yes: Pair = no): Words => ({ of, yes, no })

const ROWS = {
  // what the signature covers
  'byte-range': row(
    'intact',
    ['签名范围不正确', 'The signed range is wrong'],
    ['签名范围正好是签名值以外的全部内容', 'The signed range is everything but the value itself'],
  ),
  'byte-range-missing': row('intact', ['签名没有说明它保护的范围', 'The signature does not say which bytes it protects']),
  'byte-range-form': row('intact', ['签名范围的写法不合规定', 'The signed range is not written as the standard says']),
  'byte-range-count': row('intact', ['签名范围不是两段', 'The signed range does not have two parts']),
  'byte-range-start': row('intact', ['签名范围不从文件开头开始', 'The signed range does not begin with the file']),
  'byte-range-order': row('intact', ['签名范围的两段重叠或颠倒', 'The parts of the signed range overlap']),
  'byte-range-beyond': row('intact', ['签名范围超出文件', 'The signed range is longer than the file']),
  'byte-range-gap': row('intact', ['签名范围留出的空隙不正好是签名值', 'The gap in the signed range is not exactly the value']),
  contents: row(
    'intact',
    ['签名值的写法不合规定', 'The value is not written as the standard says'],
    ['签名值完整，后面只有补零', 'The value is whole, with zeros after it alone'],
  ),
  'signature-dictionary': row('intact', ['签名字典里有重复的条目', 'The signature dictionary has an entry twice']),
  revision: row(
    'intact',
    ['签名保护的部分不是文件的一个完整版本', 'What is signed is not a whole revision of the file'],
    ['签名保护文件的一个完整版本', 'A whole revision of the file is signed'],
  ),
  'tail-uncovered': row('intact', ['签名之后还有不受保护的内容', 'Bytes after the signed range are protected by nothing']),
  'value-unreadable': row('intact', ['签名值无法识别', 'The value cannot be read']),
  imprint: row(
    'intact',
    ['时间戳与文件内容不符', 'The time stamp is over something else'],
    ['时间戳与文件内容相符', 'The time stamp is over this document'],
  ),
  // what came after
  changes: row(
    'intact',
    ['盖章后的变化无法核对', 'What was changed after it cannot be told'],
    ['盖章后所见内容没有改变', 'What one sees has not changed since'],
  ),
  'changed-after': row('intact', ['盖章后文件内容被改动', 'The document was changed after it']),
  'form-filled-after': row('intact', ['盖章后又填写了表单', 'Form fields were filled in after it']),
  'annotated-after': row('intact', ['盖章后又加了批注或图形', 'Annotations were added or changed after it']),
  'tags-changed-after': row('intact', [
    '盖章后改过文件的结构标记，朗读的内容可能不同',
    'The tags by which the document is read aloud were changed after it',
  ]),
  'further-signature-forbidden': row('intact', [
    '文件已声明不许再签名，之后却又签了名',
    'Another signature was added although the author allows none',
  ]),
  'later-signature-broken': row('intact', [
    '之后加入的签名无效，其图样可能遮盖内容',
    'A signature added later does not hold, and what it shows may cover the content',
  ]),
  'later-signature-untrusted': row('intact', [
    '之后加入的签名不受信任或无法核验，其图样可能改变所见内容',
    'A signature added later is not trusted or cannot be verified, and what it shows may change what one sees',
  ]),
  'form-filled-allowed': row('note', ['盖章后按文件的许可填写了表单', 'Forms were filled in after it, as its author allows']),
  'annotated-allowed': row('note', ['盖章后按文件的许可加了批注', 'Annotations were added after it, as its author allows']),
  'further-signatures': row('note', ['之后又加盖了其他印章或签名', 'Others have sealed or signed after it']),
  'evidence-added': row('note', ['之后加入了长期验证材料', 'Evidence for later verification was added after it']),
  'metadata-changed': row('note', [
    '之后改过文件属性（不影响内容）',
    'Properties of the file were changed after it, which show nowhere on its pages',
  ]),
  // how it stands in the document
  'no-field': row('note', ['没有签名域指向这个签名，阅读器不会显示它', 'No field leads to this signature: viewers do not show it']),
  'sub-filter-unknown': row('note', [
    '签名的子格式名称不在标准之内，已按签名值本身判断',
    'The name of its format is in no standard; it was judged by the value itself',
  ]),
  'signature-type-missing': row('note', ['签名字典没有写明类型', 'The signature dictionary does not say what it is']),
  'seal-not-shown': row('note', ['这个签名没有可见的印章', 'This signature shows no seal']),
  'seal-hidden': row('note', ['印章被设为不显示', 'The seal is marked as hidden']),
  'seal-off-page': row('note', ['印章在页面之外', 'The seal is outside its page']),
  'seal-covered': row('note', ['印章被其他内容遮盖', 'The seal is covered by something else']),
  'seal-on-no-page': row('note', ['没有页面显示这枚印章', 'No page shows this seal']),
  // the document
  structure: row('note', ['文件结构损坏，阅读器各自修复后所见可能不同', 'The file is damaged, and viewers that repair it may show different things']),
  encrypted: row('note', ['文件已加密，不能核对内容', 'The file is encrypted, so what was changed cannot be told']),
  'seals-too-many': row('note', ['签名太多，没有全部核验', 'There are too many signatures; not all were judged']),
  'unknown-entries': row('note', ['文件里有标准之外的条目', 'The file has entries that are in no standard']),
  'after-last-seal': row('note', ['最后一个签名之后还有内容', 'The file goes on after its last signature']),
} as const satisfies Record<string, Words>

export type CheckCode = keyof typeof ROWS

export const check = linesOf(ROWS, 500)
