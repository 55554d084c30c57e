import { BrokerError } from '../../kernel/errors.ts'
import { Certificate } from '../../pki/certificate.ts'
import { verifyCms } from '../../pki/cms.ts'
import type { AuthorityFacts } from '../../storage/stores-authorization.ts'
import type { CompanyShield, SealRow } from '../../storage/stores-seals.ts'
import type { Signed } from './ports.ts'
import type { LifeRoom } from './room.ts'

/** Which certificates may use a seal: shields that have logged in for the company, each shown by its owner's own signature, so that we have the very bytes that the seal must hold. */
/** a shield agent shows some 4,000 characters of what is signed, and each of these is a line */
const MOST_LISTED = 30
const MOST_SHIELDS = 500

/** @throws BrokerError seal_shield_unusable: not a shield of the company's people, or for a person's own chop of somebody else; bad_request: none, or too many */
export async function chosenShields(
  { store }: LifeRoom,
  seal: Pick<SealRow, 'kind' | 'ownerId' | 'enterpriseId'>,
  wanted: readonly string[],
): Promise<CompanyShield[]> {
  if (wanted.length === 0 || wanted.length > MOST_LISTED || new Set(wanted).size !== wanted.length)
    throw new BrokerError('bad_request', 'a seal is made for certain shields', {
      received: `${wanted.length}`,
      expected: `1 to ${MOST_LISTED}, each once`,
    })
  const known = new Map((await store.shieldsOf(seal.enterpriseId, MOST_SHIELDS)).map(shield => [shield.thumbprint, shield]))
  return wanted.map(thumbprint => {
    const shield = known.get(thumbprint)
    if (shield === undefined) throw new BrokerError('seal_shield_unusable', 'not a shield of the company', { received: thumbprint.slice(0, 16) })
    if (seal.kind === 'person' && shield.membershipId !== seal.ownerId)
      throw new BrokerError('seal_shield_unusable', 'a person’s chop is for that person’s shields alone', { received: thumbprint.slice(0, 16) })
    return shield
  })
}

export const companyShields = ({ store }: Pick<LifeRoom, 'store'>, enterpriseId: string): Promise<CompanyShield[]> =>
  store.shieldsOf(enterpriseId, MOST_SHIELDS)

/**
 * The certificates that a seal will be made for.
 * @throws BrokerError seal_shield_unusable: one was not shown yet; certificate_expired; certificate_wrong_use: its CA may not issue for seals
 */
export async function usableCertificates({ usesOf, clock }: LifeRoom, shields: readonly CompanyShield[]): Promise<Certificate[]> {
  const certificates: Certificate[] = []
  for (const { der, thumbprint, personName, notAfter } of shields) {
    if (der === undefined)
      throw new BrokerError('seal_shield_unusable', `the shield of ${personName} was not shown yet`, { received: thumbprint.slice(0, 16) })
    const certificate = new Certificate(Buffer.from(der, 'base64'))
    // the database may be edited: what goes into a seal is what its thumbprint says
    if (certificate.thumbprint !== thumbprint) throw new BrokerError('seal_shield_unusable', 'the certificate kept is not the one named')
    if (Date.parse(notAfter) <= clock.now().getTime()) throw new BrokerError('certificate_expired', `the certificate of ${personName} ended`)
    if (!(await usesOf(certificate)).includes('seal'))
      throw new BrokerError('certificate_wrong_use', `the CA of the certificate of ${personName} is not on the trust list for seals`)
    certificates.push(certificate)
  }
  return certificates
}

/** Whose shield signed these words; its certificate is kept, for it was shown with this. @param onPhone a bank's app did. @returns the signature, and whether the shield was new here */
export async function signedWith(
  { words, store, now }: LifeRoom,
  facts: AuthorityFacts,
  signed: Signed,
  onPhone = false,
): Promise<{ signed: Signed & { thumbprint: string }; first: boolean }> {
  const thumbprint = await words.signedBy(facts, signed, true)
  const { signer } = verifyCms({ cms: signed.cms })
  if (signer.thumbprint !== thumbprint) throw new BrokerError('signature_invalid', 'the message names another signer')
  const first = await store.present(thumbprint, signer.der.toString('base64'), now(), onPhone)
  return { signed: { ...signed, thumbprint }, first }
}
