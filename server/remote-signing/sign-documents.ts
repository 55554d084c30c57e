import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { Certificate } from '../pki/certificate.ts'
import { sm3 } from '../pki/sm2.ts'
import type { Stores } from '../storage/stores.ts'
import type { RemoteDocument, RemoteKey, RemoteRecord, RemoteRequest, RemoteSigning } from '../storage/stores-remote-signing.ts'
import type { PersonAuthority } from './authority.ts'
import type { Unlocked } from './keys.ts'
import type { PersonDocuments, Signer } from './ports.ts'
import { KEPT, type RemoteRequests } from './requests.ts'

/** Signs the documents of an approved list and keeps what proves it: the record first, so that no signature leaves the house without its evidence. Owns the record. */
export type SignDocuments = (order: {
  by: Signer
  signing: RemoteSigning
  key: RemoteKey
  request: RemoteRequest
  unlocked: Unlocked
  /** of the phone, where it approved */
  answer: Record<string, string> | undefined
}) => Promise<RemoteSigning>

export interface SignDocumentsDeps {
  stores: Pick<Stores, 'remoteSignings' | 'remoteRequests' | 'blobs'>
  requests: RemoteRequests
  documents: PersonDocuments
  /** news was written with a change */
  wake(): void
  authority: Pick<PersonAuthority, 'certificates'>
  sealing: Pick<Sealing, 'code'>
  trail: Trail
  clock: Clock
}

/** The code over a record: whoever changes one in the database cannot make it anew. */
export const recordCode = (sealing: Pick<Sealing, 'code'>, signing: RemoteSigning, { integrity: _, ...record }: RemoteRecord): string =>
  sealing.code(JSON.stringify([signing.id, signing.personId, signing.keyId, signing.requestId ?? null, signing.text, record]), 'remote-signing')

export function createSignDocuments(deps: SignDocumentsDeps): SignDocuments {
  const { stores, requests, documents, authority, sealing, trail, clock } = deps

  return async ({ by, signing, key, request, unlocked, answer }) => {
    const at = clock.now()
    const certificate = new Certificate(Buffer.from(key.certificate ?? '', 'base64'))
    const { issuing, root } = await authority.certificates()
    const until = new Date(Date.parse(request.expiresAt) + KEPT)
    const signed: (RemoteDocument & Required<Pick<RemoteDocument, 'signed'>>)[] = []
    const forget = async () => {
      for (const each of signed) await stores.blobs.drop(each.signed.blob)
    }
    const kept = await signAll()
      .then(keep)
      .catch(async thrown => {
        await forget()
        throw thrown
      })
    // from here on the signed documents may be known to the center, whatever becomes of this call: what nobody fetches expires
    const saved = await stores.remoteRequests.save({ ...request, state: 'signed', documents: signed, signing: signing.id }, at)
    if (saved === undefined) {
      await forget()
      const { record: _, ...bare } = kept
      await stores.remoteSignings.save({ ...bare, state: 'used' })
      throw new BrokerError('remote_request_over', 'it was ended while it was being signed')
    }
    deps.wake()
    await told(kept)
    return kept

    async function signAll(): Promise<void> {
      for (const document of request.documents) {
        const bytes = await requests.bytes(document, 'original')
        if (sm3(bytes) !== document.digest) throw new BrokerError('seal_document_unusable', 'a stored document is not the one on the list')
        const order = { bytes, format: document.format, person: key.personName, certificate, chain: [issuing, root], at, trace: by.trace }
        const { words } = document
        const built = await documents.sign({ ...order, ...(words === undefined ? {} : { words }), privateKey: unlocked.privateKey })
        const blob = newId()
        await stores.blobs.put(blob, built, until)
        signed.push({ ...document, signed: { blob, size: built.length, digest: sm3(built) } })
      }
    }

    async function keep(): Promise<RemoteSigning> {
      const phone =
        answer === undefined ? undefined : { ask: signing.ask ?? '', evidence: answer['evidence'] ?? '', thumbprint: answer['thumbprint'] ?? '' }
      const bare: RemoteRecord = {
        list: sm3(Buffer.from(signing.text)),
        certificate: key.certificate ?? '',
        thumbprint: certificate.thumbprint,
        factors: {
          pin: true,
          ...(phone === undefined ? {} : { phone }),
          ...(unlocked.step === undefined ? {} : { totp: { step: unlocked.step } }),
        },
        personCheck: { proof: by.proof.id, bank: by.proof.bank, at: by.proof.authenticatedAt },
        documents: signed.map(({ n, name, digest, signed: { digest: result } }) => ({ n, name, digest, signed: result })),
        at: at.toISOString(),
        integrity: '',
      }
      const record = { ...bare, integrity: recordCode(sealing, signing, bare) }
      const saved = await stores.remoteSignings.save({ ...signing, state: 'signed', record })
      if (saved === undefined) throw new BrokerError('remote_approval_over', 'the record was written by somebody else')
      return saved
    }

    async function told({ record }: RemoteSigning): Promise<void> {
      await trail.append({
        code: 'remote.signed',
        trace: by.trace,
        facts: {
          signing: signing.id,
          request: request.id,
          client: request.center.id,
          key: key.id,
          serial: key.serial ?? '',
          list: record?.list ?? '',
          documents: signed.length,
          factors: `pin ${signing.factor}`,
          proof: by.proof.id,
        },
      })
    }
  }
}
