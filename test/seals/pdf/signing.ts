/** Owns sealing and judging as these tests need it: values that sign with a key at hand, and a judge that checks digest and signature, and trusts the certificates made here. */
import type { Certificate } from '../../../server/pki/certificate.ts'
import { judgeSigner, openSigner } from '../../../server/pki/cms-judge.ts'
import { signCmsBy } from '../../../server/pki/cms-sign.ts'
import { readSignedData } from '../../../server/pki/cms-signed-data.ts'
import type { SealJudge, SealOrder, SealPicture, SignatureValue } from '../../../server/seals/contract.ts'
import { pdf } from '../../../server/seals/pdf/pdf.ts'
import type { Answer, Check, DocumentReport, SealReport } from '../../../server/seals/report.ts'
import { at, makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'

const ca = makeRoot('演示 CA')
const parties = {
  RSA: makeUnder(ca, '演示公司 RSA', {}, 'RSA'),
  ECDSA: makeUnder(ca, '演示公司 ECDSA', {}, 'ECDSA'),
  SM2: makeUnder(ca, '演示公司 SM2'),
}

function cmsValue(party: Party, digest: 'sm3' | 'sha256'): SignatureValue {
  return {
    kind: 'cms',
    digest,
    room: 4096,
    toSign: of => Buffer.from(of.digest),
    write: of => signCmsBy({ content: new Map([[digest, of.digest]]), detached: true, signers: [party] }),
  }
}
export const values = { RSA: cmsValue(parties.RSA, 'sha256'), ECDSA: cmsValue(parties.ECDSA, 'sha256'), SM2: cmsValue(parties.SM2, 'sm3') }
/** as an electronic seal's signature names itself */
export const sesValue: SignatureValue = { ...values.SM2, kind: 'ses' }

/** whom the judge does not know */
export const stranger = cmsValue(makeUnder(ca, '另一示例公司', {}, 'ECDSA'), 'sha256')

/** Digest and signature, as any judge must; the value's own words otherwise. */
export const judge: SealJudge = {
  async value(value, { digestOf }) {
    const [ok, facts] = holds(Buffer.from(value), digestOf)
    const check: Check = { code: 'digest', of: 'intact', ok, zh: '内容与签名相符', en: 'The content is what was signed', facts }
    const known = [...Object.values(parties)].some(({ certificate }) => Buffer.from(value).includes(certificate.der))
    const trusted: Check = { code: 'chain', of: 'trusted', ok: known ? 'yes' : 'no', zh: '签名人可信', en: 'The signer is known' }
    return { kind: 'cms', checks: [check, trusted] }
  },
}

function holds(value: Buffer, digestOf: (digest: string) => Uint8Array): [Answer, string] {
  try {
    const message = readSignedData(value)
    if (message.carried !== undefined) throw new Error('a detached message that carries content')
    const known: readonly Certificate[] = message.certificates
    for (const der of message.signers) {
      const digests = { get: (digest: string) => Buffer.from(digestOf(digest)) }
      judgeSigner(openSigner(der, known), { type: message.contentType, digests, looksSigned: false, signedDirectly: () => false })
    }
    return ['yes', '']
  } catch (thrown) {
    return ['no', thrown instanceof Error ? thrown.message : '']
  }
}

/** A red disc of 40 mm with a hole, so that a pixel in its ring is red. */
export const picture: SealPicture = {
  width: 40,
  height: 40,
  shapes: [
    { fill: [220, 0, 0], outline: disc(20, 20, 20) },
    { fill: [255, 255, 255], outline: disc(20, 20, 8) },
  ],
}

function disc(x: number, y: number, r: number): SealPicture['shapes'][number]['outline'] {
  const k = r * 0.5523
  return [
    ['M', x + r, y],
    ['C', x + r, y + k, x + k, y + r, x, y + r],
    ['C', x - k, y + r, x - r, y + k, x - r, y],
    ['C', x - r, y - k, x - k, y - r, x, y - r],
    ['C', x + k, y - r, x + r, y - k, x + r, y],
    ['Z'],
  ]
}

export const orderOf = (wishes: Partial<SealOrder> = {}): SealOrder => ({
  id: 'one',
  at,
  places: [{ kind: 'at', page: 1, x: 50, y: 35 }],
  picture,
  reason: '演示盖章',
  ...wishes,
})

export async function seal(document: Uint8Array, wishes: Partial<SealOrder> = {}, value: SignatureValue = values.RSA): Promise<Buffer> {
  const order = orderOf(wishes)
  return pdf.build(document, order, value, await pdf.prepare(document, order, value))
}

export const verify = (document: Uint8Array): Promise<DocumentReport> => pdf.verify(document, judge)

/** The one seal of a report. */
export async function verifyOne(document: Uint8Array): Promise<SealReport> {
  const { seals } = await verify(document)
  const [only, another] = seals
  if (only === undefined || another !== undefined) throw new Error(`${seals.length} seals`)
  return only
}

/** Codes of the checks that did not go well. */
export const wrong = ({ checks }: { checks: readonly Check[] }): string[] => checks.filter(({ ok }) => ok !== 'yes').map(({ code }) => code)
export const codes = ({ checks }: { checks: readonly Check[] }): string[] => checks.map(({ code }) => code)
