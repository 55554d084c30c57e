/** Owns the lines of a report on a signature beside a file: what each check is called and says, for either outcome. */
import { linesOf, type Words } from '../lines.ts'

export const check = linesOf({
  certificate: {
    of: 'intact',
    yes: ['签名带有签名人的证书。', 'The signature carries the signer’s certificate.'],
    no: ['签名没有带签名人的证书，不能验证。', 'The signature does not carry the signer’s certificate and cannot be verified.'],
  },
  algorithm: {
    of: 'intact',
    yes: ['签名和摘要算法可以接受。', 'The algorithms of signature and digest are accepted.'],
    no: ['签名或摘要算法不能接受。', 'An algorithm of signature or digest is not accepted.'],
  },
  signature: {
    of: 'intact',
    yes: ['签名正确，文件没有改动。', 'The signature holds; the file has not been changed.'],
    no: [
      '签名不成立：文件改动过，或者签名不是对这个文件做的。',
      'The signature does not hold: the file was changed, or the signature is of another file.',
    ],
  },
  'content-needed': {
    of: 'intact',
    unknown: [
      '这个签名是直接对文件内容做的，只凭摘要不能验证。请用 shield verify 文件 --signature 签名.p7s，或把文件和签名一起交来。',
      'This signature is made over the content itself and cannot be verified by digests alone. Use shield verify FILE --signature FILE.p7s, or hand in both.',
    ],
  },
  'digest-needed': {
    of: 'intact',
    unknown: [
      '没有给出这个签名所用的摘要，不能核对。请补上，或用 shield verify 文件 --signature 签名.p7s。',
      'The digest that this signature was made with was not given. Give it too, or use shield verify FILE --signature FILE.p7s.',
    ],
  },
  'file-elsewhere': {
    of: 'note',
    yes: [
      '文件本身没有交来，是按所给摘要验的：结论只对 SM3 与此相同的文件成立。大小是所给的，签名不保护它。',
      'The file itself was not handed in: the answer is about a file with exactly this SM3. Its size is as given, and no signature covers it.',
    ],
  },
  'signing-certificate': {
    of: 'intact',
    yes: ['签名写明了用的是哪张证书，与所带证书一致。', 'The signature says which certificate it was made with, and it is this one.'],
    no: ['签名写明的证书和所带证书不是同一张。', 'The certificate is not the one that the signature says it was made with.'],
  },
  'signer-trust': {
    of: 'trusted',
    yes: ['签名人的证书可信。', 'The signer’s certificate is trusted.'],
    no: ['没有确认签名成立，所以没有查询签名人是否可信。', 'The signature is not known to hold, so whether its signer is trusted was not asked.'],
  },
} as const satisfies Record<string, Words>)
