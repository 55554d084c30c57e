/** Owns the lines of a report on an XML signature: what each check is called and says, for either outcome. */
import { linesOf, type Words } from '../lines.ts'

export const check = linesOf({
  structure: {
    of: 'intact',
    yes: ['签名结构符合标准。', 'The signature has the structure of the standard.'],
    no: ['签名结构不符合标准，不能验证。', 'The signature has not the structure of the standard and cannot be verified.'],
  },
  place: {
    of: 'intact',
    yes: ['签名就在文件的根元素里。', 'The signature stands right in the root element.'],
    no: ['签名不在应在的位置，可能被移动过。', 'The signature is not where it belongs; it may have been moved.'],
  },
  references: {
    of: 'intact',
    yes: ['签名指向整个文件，不指向别处。', 'The signature refers to the whole document and to nothing else.'],
    no: ['签名没有指向整个文件，或者还指向别处。', 'The signature does not refer to the whole document, or refers to something else as well.'],
  },
  ids: {
    of: 'intact',
    yes: ['签名用到的标识在文件里各只出现一次。', 'Each identifier that the signature uses occurs once.'],
    no: ['签名用到的标识在文件里重复出现，不知指向哪一处。', 'An identifier that the signature uses occurs more than once.'],
  },
  transforms: {
    of: 'intact',
    yes: ['签名前只做了标准的规范化处理。', 'Nothing but the standard’s canonical form was made before signing.'],
    no: [
      '签名前做了不允许的变换，看到的和签的可能不同。',
      'Something was transformed in a way that is not allowed: what is seen may not be what was signed.',
    ],
  },
  algorithm: {
    of: 'intact',
    yes: ['签名和摘要算法可以接受。', 'The algorithms of signature and digest are accepted.'],
    no: ['签名或摘要算法不能接受。', 'An algorithm of signature or digest is not accepted.'],
  },
  digest: {
    of: 'intact',
    yes: ['文件内容没有改动。', 'The document has not been changed.'],
    no: ['文件内容在签名后改动过。', 'The document was changed after it was signed.'],
  },
  'split-text': {
    of: 'intact',
    yes: ['没有被注释断开的文字。', 'No words are split by a comment.'],
    no: [
      '注释把文字断开了：签名不保护注释，不同的软件会读出不同的内容。',
      'Words are split by a comment, which no signature covers: software may read different words.',
    ],
  },
  properties: {
    of: 'intact',
    yes: ['签名属性（时间、证书）没有改动。', 'The signed properties (time, certificate) have not been changed.'],
    no: ['签名属性被改动、替换，或者不在签名保护之内。', 'The signed properties were changed or exchanged, or the signature does not cover them.'],
  },
  certificate: {
    of: 'intact',
    yes: ['签名带有签名人的证书。', 'The signature carries the signer’s certificate.'],
    no: ['签名没有带签名人的证书，或者证书被替换。', 'The signature does not carry the signer’s certificate, or it was exchanged.'],
  },
  signature: {
    of: 'intact',
    yes: ['签名值正确。', 'The signature value holds.'],
    no: ['签名值不正确。', 'The signature value does not hold.'],
  },
  'signed-certificate': {
    of: 'note',
    yes: ['签名连同证书一起保护。', 'The signature covers which certificate it was made with.'],
    no: ['签名没有保护证书和时间（不含签名属性）。', 'The signature covers neither certificate nor time: it has no signed properties.'],
  },
  'evidence-added': {
    of: 'note',
    yes: ['签名里加入了长期验证材料。', 'Evidence for later verification was added to the signature.'],
  },
  'other-properties': {
    of: 'note',
    yes: ['没有未签名的其他附加信息。', 'There are no other unsigned properties.'],
    no: ['有签名不保护的附加信息，没有采信。', 'There are properties that the signature does not cover; they were not believed.'],
  },
  'signer-trust': {
    of: 'trusted',
    yes: ['签名人的证书可信。', 'The signer’s certificate is trusted.'],
    no: ['签名不成立，没有查询签名人是否可信。', 'The signature does not hold; whether its signer is trusted was not asked.'],
  },
  comments: {
    of: 'note',
    yes: ['文件里没有注释。', 'The document has no comments.'],
    no: ['文件里有注释，签名不保护注释。', 'The document has comments, which no signature covers.'],
  },
  'outside-root': {
    of: 'note',
    yes: ['根元素之外没有内容。', 'Nothing stands outside the root element.'],
    no: ['根元素之外还有指令，签名没有保护。', 'Instructions stand outside the root element, and a signature does not cover them.'],
  },
  'too-many': {
    of: 'note',
    yes: ['所有签名都验证了。', 'Every signature was verified.'],
    no: ['签名过多，只验证了前面的一部分。', 'There are too many signatures; only the first were verified.'],
  },
} as const satisfies Record<string, Words>)
