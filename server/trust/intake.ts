/**
 * Owns taking certificates of holders in: reading each, finding its CA on the list, checking that the CA signed it, reading the company, and writing them many at a time. It judges nothing
 * else: an expired one is taken in as well, for its holder may still have seals and bids under it.
 */
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import { isUscc } from '../kernel/uscc.ts'
import { CERTIFICATE_LIMIT, Certificate } from '../pki/certificate.ts'
import { toDer } from '../pki/pem.ts'
import { isSignedBy } from '../pki/signed-by.ts'
import { sm3 } from '../pki/sm2.ts'
import type { ImportProgress, KnownCertificate, KnownCertificateStore } from '../storage/stores-trust.ts'
import type { TrustSnapshot } from './snapshot.ts'
import { readBy } from './verdict.ts'

export interface IntakeItem {
  /** DER in base64, bare base64 or PEM */
  certificate: string
  /** the row of the list that it belongs to, where the importer knows; otherwise the first that fits */
  ca?: string
  /** what the importer believes; it must not contradict the certificate */
  uscc?: string
}
export type IntakeOutcome =
  | { kind: 'added' | 'known' /** its CA is on the list */; listed: boolean }
  /** another certificate of this issuer has the serial number */
  | { kind: 'taken' }
  | { kind: 'bad'; code: FailureCode; facts: string }

export interface Intake {
  /** Outcomes in the order given; the progress is written with the rows. @param items at most 1000 */
  take(items: readonly IntakeItem[], progress?: ImportProgress): Promise<IntakeOutcome[]>
  progress(source: string): Promise<ImportProgress | undefined>
}

/** Reading one takes up to a millisecond: after so many, whoever else waits for this process has a turn. */
const BREATH = 16

export function createIntake(deps: { store: Pick<KnownCertificateStore, 'add' | 'progress'>; current(): TrustSnapshot }): Intake {
  return {
    async take(items, progress) {
      const snapshot = deps.current()
      const outcomes: IntakeOutcome[] = []
      const rows: { at: number; row: KnownCertificate }[] = []
      const within = new Map<string, number>()
      for (const [at, item] of items.entries()) {
        if (at % BREATH === BREATH - 1) await new Promise(resolve => setImmediate(resolve))
        try {
          const row = knownOf(item, snapshot)
          outcomes[at] = { kind: 'known', listed: row.caId !== undefined }
          // twice in one statement would count as new twice
          if (within.has(row.thumbprint)) continue
          within.set(row.thumbprint, at)
          rows.push({ at, row })
        } catch (thrown) {
          const { code, facts } = asBrokerError(thrown)
          outcomes[at] = { kind: 'bad', code: code === 'internal' ? 'certificate_malformed' : code, facts }
        }
      }
      if (rows.length === 0 && progress === undefined) return outcomes
      const written = await deps.store.add(
        rows.map(({ row }) => row),
        progress,
      )
      for (const [i, { at, row }] of rows.entries()) {
        const kind = written[i] ?? 'taken'
        outcomes[at] = kind === 'taken' ? { kind } : { kind, listed: row.caId !== undefined }
      }
      return outcomes
    },
    progress: source => deps.store.progress(source),
  }
}

/** @throws BrokerError certificate_malformed, certificate_untrusted, certificate_wrong_use, trust_not_found, bank_identity_mismatch */
function knownOf({ certificate: given, ca, uscc }: IntakeItem, snapshot: TrustSnapshot): KnownCertificate {
  // not readCertificate: a hundred thousand would push out those that log in
  const certificate = new Certificate(toDer(given, CERTIFICATE_LIMIT))
  if (certificate.basicConstraints?.ca === true)
    throw new BrokerError('certificate_wrong_use', 'a CA certificate: it belongs on the list, not among the holders')
  if (ca !== undefined && snapshot.ca(ca) === undefined) throw new BrokerError('trust_not_found', `the list has no row ${ca.slice(0, 50)}`)
  const named = snapshot.named(certificate.issuer.key)
  const fitting = ca === undefined ? named : named.filter(listing => listing.ca.id === ca)
  if (ca !== undefined && fitting.length === 0)
    throw new BrokerError('certificate_untrusted', `its issuer ${certificate.issuer.text} is not in the row ${ca}`)
  const signers = fitting
    .filter((listing, i) => isFirstOfKey(fitting, i) && isSignedBy(certificate, listing.certificate))
    .map(each => each.certificate.spki)
  if (fitting.length > 0 && signers.length === 0)
    throw new BrokerError('certificate_untrusted', `it names ${certificate.issuer.text} as its issuer, whose key did not sign it`)
  const rows = fitting.filter(({ certificate: issuer }) => signers.some(spki => spki.equals(issuer.spki))).map(listing => listing.ca)
  const read = rows.map(row => ({ row, found: readBy(row, certificate) }))
  // of the banks that share a CA, the one whose profile reads it
  const best = read.find(({ found }) => found !== undefined && 'uscc' in found) ?? read[0]
  const own = best?.found !== undefined && 'uscc' in best.found ? best.found.uscc : undefined
  const claimed = uscc === undefined || uscc === '' ? undefined : uscc.trim().toUpperCase()
  if (claimed !== undefined && !isUscc(claimed)) throw new BrokerError('uscc_invalid', `"${claimed.slice(0, 24)}" is no unified social credit code`)
  if (claimed !== undefined && own !== undefined && claimed !== own)
    throw new BrokerError('bank_identity_mismatch', 'the code beside the certificate is not the one in it', { received: claimed, expected: own })
  const code = own ?? claimed
  return {
    thumbprint: certificate.thumbprint,
    issuer: issuerDigest(certificate),
    serial: certificate.serial,
    // NUL has no place in a database's text
    subjectName: certificate.subject.text.replaceAll('\0', '').slice(0, 2000),
    ...(code === undefined ? {} : { uscc: code }),
    ...(best === undefined ? {} : { caId: best.row.id }),
    notAfter: certificate.notAfter.toISOString(),
    algorithm: certificate.keyName,
  }
}

/** One check a key, however many rows name it. */
const isFirstOfKey = (listings: readonly { certificate: Certificate }[], i: number): boolean => {
  const spki = listings[i]?.certificate.spki
  return spki !== undefined && listings.findIndex(each => each.certificate.spki.equals(spki)) === i
}

/** What `issuer` of a known certificate holds. */
const issuerDigest = ({ issuer }: Certificate): string => sm3(Buffer.from(issuer.key)).slice(0, 32)
