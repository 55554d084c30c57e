import { openApiOf } from '../web/interface/openapi.ts'
import type { Described } from '../web/interface/operation.ts'
import * as answers from './answers.ts'
import { COMMON, OPERATIONS } from './operations.ts'
import type { Scope } from './ports.ts'
import * as schemas from './schemas.ts'

/** The interface as its document and page tell it. @param publicUrl scheme, host and port of this site */
export const interfaceDocument = (publicUrl: string): Described => ({
  base: '/api/trust',
  publicUrl,
  title: { zh: '认证互认接口', en: 'Recognition' },
  lead: {
    zh: '只想问一句“这张证书、这个签名是否有效”的中心，用这些接口。',
    en: 'For centers that only want to ask whether a certificate or a signature is good.',
  },
  info: {
    title: '共享盾 认证互认接口 Shared Shield recognition',
    version: '1.0.0',
    description:
      'Whether a certificate or a signature is good, for centers that only want to ask. A question that was answered is 200, whatever the answer; a refused one is a problem (RFC 9457) with a stable code. All times are RFC 3339, all bytes base64 unless said otherwise.',
  },
  operations: OPERATIONS,
  commonRefusals: COMMON,
  scopes: scopeWords,
  aboutRefusals: {
    zh: '请求本身有误时返回 application/problem+json，代码不变。证书或签名不好不算错误：那是答复，同样带有代码和说明。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable. A certificate or signature that is no good is no error: that is an answer, with a code and a sentence of its own.',
  },
  named: [schemas.CmsSignature, schemas.CmsDigestSignature, schemas.RawSignature, schemas.DigestSignature, answers.SignerAnswer, answers.Reason],
  problem: answers.Problem,
})

/** The OpenAPI 3.1 document. */
export const openApi = (publicUrl: string): Record<string, unknown> => openApiOf(interfaceDocument(publicUrl))

const scopeWords: Record<Scope, string> = {
  'trust.verify': 'ask whether certificates and signatures are good',
  'trust.challenge': 'have texts signed at a page of your own',
}
