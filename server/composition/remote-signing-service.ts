import type { Config } from '../config.ts'
import { type Clock, hours, minutes } from '../kernel/clock.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { AUTHORITY_ID, createPersonAuthority, type PersonAuthority } from '../remote-signing/authority.ts'
import { createRemoteSigning, type RemoteSigning, type RemoteSigningDeps } from '../remote-signing/remote-signing.ts'
import type { Stores } from '../storage/stores.ts'
import type { Timestamps } from '../timestamps/timestamps.ts'
import type { Certificates, openCertificates } from './certificates.ts'
import { joinPersonDocuments } from './remote-signing-documents.ts'
import type { SealService } from './seal-service.ts'

/** Joins what remote signing needs of the house: the trust list, the seal room's formats, time stamps, phones, logins. Owns nothing but the joining. */
interface Persons {
  authority: PersonAuthority
  own: NonNullable<Parameters<typeof openCertificates>[1]['own']>
}

/** The authority first: it stands on the trust list before anybody asks. */
export async function openPersonAuthority(deps: { config: Config; stores: Stores; sealing: Sealing; clock: Clock }): Promise<Persons> {
  const { config, stores, sealing, clock } = deps
  const { publicUrl, remoteSigning } = config
  const { certificateDays } = remoteSigning
  const authority = createPersonAuthority({ store: stores.signingKeys, keys: stores.remoteKeys, sealing, publicUrl, certificateDays, clock })
  const { issuing, root } = await authority.certificates()
  const name = { zh: '本平台云签 CA（个人）', en: 'Remote signing of persons' }
  return {
    authority,
    own: { authority: { id: AUTHORITY_ID, name, issuing, root, host: new URL(publicUrl).host }, listUrl: authority.listUrl, list: authority.list },
  }
}

export function openRemoteSigning(
  deps: Omit<RemoteSigningDeps, 'documents' | 'authority' | 'terms' | 'publicUrl' | 'signatures'> & {
    config: Config
    persons: Persons
    seals: Pick<SealService, 'formats' | 'judge'>
    timestamps: Pick<Timestamps, 'stamp' | 'authority'>
    evidenceFor: Certificates['evidenceFor']
    signatures: RemoteSigningDeps['signatures']
  },
): RemoteSigning {
  const { config, persons, seals, timestamps, clock } = deps
  const { certificateDays, activationMinutes, reviewHours } = config.remoteSigning
  return createRemoteSigning({
    ...deps,
    authority: persons.authority,
    publicUrl: config.publicUrl,
    terms: { certificateDays, activationCheck: minutes(activationMinutes), reviewCheck: hours(reviewHours) },
    documents: joinPersonDocuments({
      formats: seals.formats,
      judge: seals.judge,
      stamp: trace => signature => timestamps.stamp('sm2', Buffer.from(signature), trace),
      async evidence(certificate) {
        const [{ certificates, crls, ocsps }, stamper] = await Promise.all([deps.evidenceFor(certificate), timestamps.authority('sm2')])
        return { certificates: [...certificates, stamper.certificate.der, stamper.root.der], crls, ocsps }
      },
      clock,
    }),
  })
}
