import { BrokerError } from '../kernel/errors.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { EvidenceStore } from '../storage/stores-authorization.ts'
import type { RemoteRecord, RemoteSigning } from '../storage/stores-remote-signing.ts'
import { recordCode } from './sign-documents.ts'

/** What proves one signature, to keep and to show: the list in its words, each document before and after, who, by which factors, when; and what the phone signed. */
export interface SigningEvidence extends Omit<RemoteRecord, 'integrity' | 'factors'> {
  signing: string
  request: string
  text: string
  factors: { pin: true; totp?: { step: number }; phone?: { ask: string; thumbprint: string; cms: string } }
}
/** @throws BrokerError remote_request_unknown (nothing was signed), remote_key_tampered (the record is not as it was written) */
export type EvidenceOf = (signing: RemoteSigning) => Promise<SigningEvidence>

export function createEvidence({ store, sealing }: { store: Pick<EvidenceStore, 'find'>; sealing: Pick<Sealing, 'code'> }): EvidenceOf {
  return async signing => {
    const { record, requestId } = signing
    if (record === undefined || requestId === undefined) throw new BrokerError('remote_request_unknown', 'nothing was signed by it')
    if (recordCode(sealing, signing, record) !== record.integrity)
      throw new BrokerError('remote_key_tampered', `the record of ${signing.id} is not as it was written`)
    const { integrity: _, factors, ...rest } = record
    const { phone, totp } = factors
    const words = phone === undefined ? undefined : await store.find(phone.evidence)
    return {
      signing: signing.id,
      request: requestId,
      text: signing.text,
      ...rest,
      factors: {
        pin: true,
        ...(totp === undefined ? {} : { totp }),
        ...(phone === undefined ? {} : { phone: { ask: phone.ask, thumbprint: phone.thumbprint, cms: words?.cms ?? '' } }),
      },
    }
  }
}

export const evidenceFile = (evidence: SigningEvidence) => ({
  type: 'application/json',
  name: `云签凭据-${evidence.signing}.json`,
  bytes: Buffer.from(JSON.stringify(evidence, undefined, 2)),
})
