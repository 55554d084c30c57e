import type { FailureCode } from '../kernel/errors.ts'
import { COMMON_REFUSALS, type Operation as Row } from '../web/interface/operation.ts'
import type { Words } from '../web/words.ts'
import { CertificateAnswer, CertificateBatchAnswer, ChallengeAnswer, ChallengeIssued, SignatureAnswer, SignatureBatchAnswer } from './answers.ts'
import type { Scope } from './ports.ts'
import { CertificateBatch, CertificateQuestion, ChallengeQuestion, ChallengeResponse, SignatureBatch, SignatureQuestion } from './schemas.ts'

/** Every operation of the interface, one row each: the OpenAPI document and the page for people are both made from it. */
type Operation = Row & { scope: Scope }

/** What any operation may be refused with. */
export const COMMON: readonly FailureCode[] = [...COMMON_REFUSALS, 'service_too_slow']

const batchAbout: Words = {
  zh: '最多一千项，请求体不超过 10 MiB。结果与各项同序；一项有误不影响其他项。',
  en: 'Up to 1,000 items in a body of at most 10 MiB. Results come in the order of the items; a bad item does not touch the others.',
}

export const OPERATIONS: readonly Operation[] = [
  {
    path: '/api/trust/certificates:verify',
    name: 'verifyCertificate',
    title: { zh: '核验一张证书', en: 'Verify a certificate' },
    about: {
      zh: '回答证书在指定时间、用于指定用途是否有效，持有人是谁，签发机构在信任列表中的位置。同一张证书，任何中心问到的答案都相同。',
      en: 'Whether a certificate is good for a use at a time, who holds it, and where its issuer stands in the trust list. The same certificate gets the same answer at every center.',
    },
    scope: 'trust.verify',
    request: CertificateQuestion,
    status: 200,
    answer: CertificateAnswer,
    refusals: ['algorithm_refused'],
    example: { certificate: 'MIIC…', use: 'login' },
  },
  {
    path: '/api/trust/certificates:verifyBatch',
    name: 'verifyCertificates',
    title: { zh: '批量核验证书', en: 'Verify many certificates' },
    about: batchAbout,
    scope: 'trust.verify',
    request: CertificateBatch,
    status: 200,
    answer: CertificateBatchAnswer,
    refusals: [],
    example: { items: [{ id: 'row-1', certificate: 'MIIC…', use: 'encryption' }] },
  },
  {
    path: '/api/trust/signatures:verify',
    name: 'verifySignature',
    title: { zh: '核验一个签名', en: 'Verify a signature' },
    about: {
      zh: '签名报文（CMS、GB/T 35275）或裸签名（SM2、RSA、ECDSA），对原文或摘要。每个签名人分别判断；签名有效且证书有效才算有效。',
      en: 'A signed message (CMS, GB/T 35275) or a bare signature (SM2, RSA, ECDSA), over data or a digest. Every signer is judged by itself; valid means a good signature by a good certificate.',
    },
    scope: 'trust.verify',
    request: SignatureQuestion,
    status: 200,
    answer: SignatureAnswer,
    refusals: ['algorithm_refused'],
    example: { format: 'raw', algorithm: 'SM2-SM3', certificate: 'MIIC…', signature: 'MEUC…', data: 'aGVsbG8=', use: 'seal' },
  },
  {
    path: '/api/trust/signatures:verifyBatch',
    name: 'verifySignatures',
    title: { zh: '批量核验签名', en: 'Verify many signatures' },
    about: batchAbout,
    scope: 'trust.verify',
    request: SignatureBatch,
    status: 200,
    answer: SignatureBatchAnswer,
    refusals: [],
    example: { items: [{ format: 'cms', message: 'MIIF…', use: 'seal' }] },
  },
  {
    path: '/api/trust/challenges',
    name: 'createChallenge',
    title: { zh: '申请一个签名挑战', en: 'Ask for a challenge' },
    about: {
      zh: '给自有登录页面的中心：一段写明中心、用途和时间的文字，由办事人用盾签名。五分钟内有效，只能用一次，只属于申请的中心。',
      en: 'For a center with a login page of its own: a text that names the center, the purpose and the time, for the person to sign with the shield. Good for five minutes, once, and for the center that asked.',
    },
    scope: 'trust.challenge',
    request: ChallengeQuestion,
    status: 201,
    answer: ChallengeIssued,
    refusals: [],
    example: { purpose: 'login' },
  },
  {
    path: '/api/trust/challenges/{id}:verify',
    name: 'verifyChallenge',
    title: { zh: '核验对挑战的签名', en: 'Verify the signature under a challenge' },
    about: {
      zh: '先作废挑战，再核验签名：一个挑战只有一次机会，签错了请重新申请。',
      en: 'The challenge is used up before the signature is looked at: one try each. After a failed one ask for another.',
    },
    scope: 'trust.challenge',
    request: ChallengeResponse,
    status: 200,
    answer: ChallengeAnswer,
    refusals: ['service_challenge_unknown', 'challenge_used', 'challenge_expired', 'challenge_mismatch', 'algorithm_refused'],
    example: { purpose: 'login', format: 'cms', message: 'MIIF…' },
  },
]
