import { BrokerError } from '../../kernel/errors.ts'
import { type Certificate, readCertificate } from '../../pki/certificate.ts'
import type { FixedOrder, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import { besideFile, digestedFile } from '../cms/by-digest.ts'
import type { Evidence, SealFormat, SealJudge, SealOrder, SignatureValue, Stamp } from '../contract.ts'
import type { DocumentReport } from '../report.ts'
import type { SealTasks } from './tasks.ts'

/**
 * One document of a task as sealing takes it, whether we hold it and the seal stands inside, or its center does and the seal stands beside. Owns that difference, which value stands in which, and the look at what was
 * just made before anybody gets it. When it is done, and by whom, is sealing.ts.
 */
export interface Sealable {
  prepare(order: SealOrder, value: SignatureValue): Promise<Buffer>
  build(order: SealOrder, value: SignatureValue, signature: Uint8Array, stamp: Stamp): Promise<Buffer>
  addEvidence(built: Buffer, evidence: Evidence): Buffer
  verify(built: Buffer, judge: SealJudge): Promise<DocumentReport>
}

/** @throws BrokerError seal_task_unknown where the bytes are not kept any more */
export async function sealableOf(
  document: SealTaskDocument,
  { formats, tasks }: { formats: readonly SealFormat[]; tasks: Pick<SealTasks, 'bytes'> },
): Promise<Sealable> {
  if (document.format === 'cms') return besideFile(digestedFile(document))
  const format = formats.find(({ name }) => name === document.format)
  if (format === undefined) throw new BrokerError('seal_document_unusable', `no format ${document.format}`)
  const bytes = await tasks.bytes(document, 'original')
  return {
    prepare: (order, value) => format.prepare(bytes, order, value),
    build: (order, value, signature, stamp) => format.build(bytes, order, value, signature, stamp),
    addEvidence: (built, evidence) => format.addEvidence?.(built, evidence) ?? built,
    verify: (built, judge) => format.verify(built, judge),
  }
}

/** What stands in a document as the signature. An older shield cannot sign an electronic seal of GB/T 38540, which knows SM2 alone. */
export function valueKind({ format }: Pick<SealTaskDocument, 'format'>, certificate: Certificate, byHand: boolean): FixedOrder['value'] {
  if (format === 'cms') return 'detached'
  if (format === 'xml') return 'xmldsig'
  return !byHand && certificate.keyName === 'SM2' ? 'ses' : 'cms'
}

/** What the shield will sign, and the digest that the list shows and the shield's agent finds in it. */
export async function lookedAt(sealable: Sealable, order: SealOrder, value: SignatureValue): Promise<{ hash: string }> {
  const seen = watching(value)
  const toSign = await sealable.prepare(order, seen.value)
  return { hash: value.kind === 'xmldsig' ? hashInXml(toSign) : seen.hash() }
}

function watching(value: SignatureValue): { value: SignatureValue; hash(): string } {
  let seen: string | undefined
  return {
    value: {
      ...value,
      toSign(of) {
        seen = Buffer.from(of.digest).toString('hex')
        return value.toSign(of)
      },
    },
    hash() {
      if (seen === undefined) throw new BrokerError('internal', 'a format prepared without asking what is signed')
      return seen
    },
  }
}

/** Where the shield signs a canonical SignedInfo, its first digest is the document's. */
function hashInXml(signedInfo: Buffer): string {
  const found = /DigestValue>([A-Za-z0-9+/]{43}=)</.exec(signedInfo.toString('utf8'))?.[1]
  if (found === undefined) throw new BrokerError('internal', 'a SignedInfo without a digest of 32 bytes')
  return Buffer.from(found, 'base64').toString('hex')
}

/** Nothing leaves the house that it would not accept itself. @throws BrokerError seal_malformed */
export async function demandGood(sealable: Sealable, built: Buffer, { thumbprint }: Certificate, { at }: SealOrder, judge: SealJudge): Promise<void> {
  const { seals: found } = await sealable.verify(built, judge)
  const ours = found.find(
    ({ signer: by, claimedAt }) => by?.certificate.thumbprint === thumbprint && claimedAt !== undefined && Date.parse(claimedAt) === at.getTime(),
  )
  if (ours === undefined) throw new BrokerError('internal', 'the seal that was just set is not found')
  const bad = ours.checks.find(({ ok, of }) => ok === 'no' && of !== 'note')
  if (ours.intact !== 'yes' || bad !== undefined)
    throw new BrokerError('seal_malformed', 'the seal that was just set does not verify', {
      received: bad === undefined ? 'not intact' : `${bad.code} ${bad.facts ?? ''}`,
    })
}

/** @returns the certificate of the shield that a document was fitted for */
export const shieldOf = ({ certificate }: Pick<FixedOrder, 'certificate'>): Certificate => readCertificate(Buffer.from(certificate, 'base64'))
