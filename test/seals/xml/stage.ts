import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { certificateFacts } from '../../../server/pki/certificate.ts'
import type { SealJudge, SealOrder, Stamp } from '../../../server/seals/contract.ts'
import type { Check } from '../../../server/seals/report.ts'
import { xml } from '../../../server/seals/xml/xml.ts'
import { xmlValue } from '../../../server/seals/xml/xml-value.ts'
import { type Algorithm, at, makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'

/** A signer of each kind, a document, and a judge who trusts whoever our own root issued. */
const root = makeRoot('演示根')
export const signers = {
  SM2: makeUnder(root, '演示公司'),
  RSA: makeUnder(root, 'RSA', {}, 'RSA'),
  ECDSA: makeUnder(root, 'ECDSA', {}, 'ECDSA'),
} satisfies Record<Algorithm, Party>
export const stranger = makeUnder(makeRoot('another'), '演示公司')

export const order: SealOrder = { id: 'one', at, places: [] }
export const DOCUMENT = `<?xml version="1.0" encoding="UTF-8"?>
<bid xmlns="urn:demo:bid" xmlns:p="urn:demo:price" Id="bid-1"><bidder>演示公司</bidder>\r\n<p:price p:currency='CNY'>1&#48;0</p:price><![CDATA[a<b]]></bid>
`

export async function sealed(
  party: Party = signers.SM2,
  document = DOCUMENT,
  more: { order?: Partial<SealOrder>; stamp?: Stamp } = {},
): Promise<string> {
  const value = xmlValue(party.certificate)
  const own = { ...order, ...more.order }
  const toSign = await xml.prepare(Buffer.from(document), own, value)
  const signature = algorithmFor(party.privateKey).sign(party.privateKey, toSign)
  return (await xml.build(Buffer.from(document), own, value, signature, more.stamp)).toString()
}

const line = (of: Check['of'], ok: Check['ok']): Check => ({ code: `judge-${of}`, of, ok, zh: '', en: '' })
const judge: SealJudge = {
  value: () => Promise.reject(new Error('XML has no value in DER')),
  signer: async ({ certificate, stamp }) => {
    const trusted = certificate.issuer.key === root.certificate.subject.key && certificate.authorityKeyId === root.certificate.subjectKeyId
    return {
      signer: { certificate: certificateFacts(certificate) },
      ...(stamp === undefined || stamp.token.length === 0 ? {} : { provenAt: Buffer.from(stamp.over).toString() }),
      checks: [line('trusted', trusted ? 'yes' : 'no'), line('valid', 'yes')],
    }
  },
}

export const verify = (text: string | Uint8Array) => xml.verify(Buffer.from(text), judge)

/** The report of the only signature. */
export async function only(text: string | Uint8Array) {
  const { seals } = await verify(text)
  const [seal] = seals
  if (seal === undefined || seals.length !== 1) throw new Error(`${seals.length} signatures`)
  return seal
}

/** Codes of the checks of `intact` that do not hold. */
export const failing = async (text: string | Uint8Array): Promise<string[]> =>
  (await only(text)).checks.filter(({ of, ok }) => of === 'intact' && ok !== 'yes').map(({ code }) => code)
