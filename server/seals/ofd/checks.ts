/** Owns the checks that belong to OFD, each with its words for each answer it can have; what belongs to a signature value, the judge says. */
import { linesOf, type Words } from '../lines.ts'

const ROWS = {
  'signature-file': {
    of: 'intact',
    no: ['签名列表所指的签名文件不存在或无法读取', 'The signature file that the list names is missing or cannot be read'],
  },
  'value-file': { of: 'intact', no: ['签名值文件不存在或无法读取', 'The file with the signature value is missing or cannot be read'] },
  'value-unreadable': { of: 'intact', no: ['签名值无法识别', 'The signature value cannot be understood'] },
  'digest-method': {
    of: 'intact',
    yes: ['保护文件所用的摘要算法可靠', 'The digest that protects the parts is strong'],
    unknown: [
      '保护文件所用的摘要算法（MD5 或 SHA-1）过弱，不足为凭',
      'The digest that protects the parts (MD5 or SHA-1) is weak and proves too little',
    ],
    no: ['保护文件所用的摘要算法无法识别', 'The digest that protects the parts is not known'],
  },
  references: {
    of: 'intact',
    yes: ['受保护的文件都在，且没有改动', 'All protected parts are there and unchanged'],
    unknown: [
      '受保护的文件中，只有签名列表变了：其后又加盖了签章',
      'Of the protected parts only the list of signatures changed: later seals were added',
    ],
    no: ['受保护的文件有改动、缺失，或没有保护任何文件', 'Protected parts were changed or removed, or nothing is protected'],
  },
  'reference-changed': { of: 'intact', no: ['受保护的文件被改动', 'A protected part was changed'] },
  'reference-missing': { of: 'intact', no: ['受保护的文件不在了', 'A protected part is gone'] },
  'reference-outside': { of: 'intact', no: ['签名引用了文件包以外的位置', 'The signature refers to a place outside the package'] },
  'reference-malformed': { of: 'intact', no: ['签名所记的摘要值不合格式', 'A digest in the signature is malformed'] },
  coverage: {
    of: 'intact',
    yes: ['看得见的内容都受这枚签章保护', 'All that can be seen is protected by this seal'],
    no: ['有看得见的内容不受这枚签章保护', 'Some of what can be seen is not protected by this seal'],
  },
  'seal-copy': {
    of: 'intact',
    yes: ['随附的印章与签章值中的印章一致', 'The seal kept beside the signature is the one in it'],
    no: ['随附的印章与签章值中的印章不一致或缺失', 'The seal kept beside the signature is not the one in it, or is missing'],
  },
  'list-changed': {
    of: 'note',
    unknown: [
      '盖章之后签名列表变了：去掉后来加盖的签章，正是盖章时的列表，所以只是增加了签章',
      'The list of signatures changed after this seal: without the later seals it is exactly the list that was sealed, so seals were only added',
    ],
  },
  'list-rewritten': {
    of: 'intact',
    no: ['盖章之后签名列表变了，且不能证明只是增加了签章', 'The list of signatures changed after this seal, and not provably by adding seals alone'],
  },
  'later-parts': { of: 'note', no: ['盖章之后又加入了文件，不受这枚签章保护', 'Parts were added after this seal, which it does not protect'] },
  'evidence-added': { of: 'note', yes: ['盖章之后加入了长期验证材料', 'Evidence for later verification was added after this seal'] },
  'evidence-refused': {
    of: 'note',
    no: [
      '长期验证材料被改动过、属于别的签章或无法识别，没有采信',
      'Evidence for later verification was changed, is for another signature or cannot be read; it was not believed',
    ],
  },
  'type-differs': { of: 'note', no: ['签名列表所说的类型与签名值的类型不同', 'The list says another type than the signature value has'] },
  'stamp-page': { of: 'note', no: ['印章指向不存在的页', 'The seal is placed on a page that does not exist'] },
  'stamp-outside': { of: 'note', no: ['印章位于页面之外或超出页面', 'The seal lies outside the page or reaches beyond it'] },
  'stamp-invisible': { of: 'note', no: ['印章没有可见的部分', 'Nothing of the seal can be seen'] },
  'stamp-covered': { of: 'note', no: ['印章被其他印章或注释遮盖', 'The seal is covered by another seal or an annotation'] },
  'stamp-twice': { of: 'note', no: ['印章外观的标识重复', 'Two places of the seal have the same ID'] },
  unprotected: { of: 'intact', no: ['文件包中有不受任何签章保护的文件', 'The package has parts that no seal protects'] },
  'part-damaged': { of: 'intact', no: ['文件包中有损坏、无法读取的文件', 'The package has parts that are damaged'] },
  'signature-hidden': { of: 'intact', no: ['文件包中有未列入签名列表的签名', 'The package has signatures that the list does not name'] },
  'signature-twice': { of: 'intact', no: ['签名列表中有重复的标识或重复的签名', 'The list names an ID or a signature twice'] },
  'signatures-shared': { of: 'intact', no: ['几份文档共用一个签名列表', 'Several documents share one list of signatures'] },
  'list-missing': { of: 'intact', no: ['签名列表不存在或无法读取', 'The list of signatures is missing or cannot be read'] },
  'list-empty': { of: 'note', no: ['签名列表是空的：签章可能已被移除', 'The list of signatures is empty: seals may have been removed'] },
  structure: { of: 'intact', no: ['文档结构无法读取', 'The structure of the document cannot be read'] },
  'page-twice': { of: 'intact', no: ['不同的页使用相同的标识', 'Two pages have the same ID'] },
  'page-missing': { of: 'intact', no: ['文档列出的页不存在', 'A page that the document names is missing'] },
  versions: { of: 'note', unknown: ['文档另有版本，阅读器可能显示其中之一', 'The document has versions, of which a reader may show any'] },
  'several-documents': { of: 'note', unknown: ['文件包中有多份文档，各有各的签章', 'The package has several documents, each with its own seals'] },
  'seals-too-many': { of: 'intact', unknown: ['签章太多，只检验了一部分', 'There are too many seals; only some were judged'] },
} as const satisfies Record<string, Words>

/** facts are paths and numbers, cut to a length that a page can show */
export const check = linesOf(ROWS, 2_000)

const NAMED = 20

/** The first paths, and how many more. */
export const named = (paths: readonly string[]): string =>
  paths.length <= NAMED ? paths.join(' ') : `${paths.slice(0, NAMED).join(' ')} +${paths.length - NAMED}`
