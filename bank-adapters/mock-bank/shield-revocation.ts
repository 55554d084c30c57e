/** Owns what a bank says about revocation: CRLs, made anew when something changed or a quarter of their life is over, and OCSP answers (RFC 5280 5, RFC 6960). */
import { type Clock, hours } from '../../server/kernel/clock.ts'
import {
  certificateId,
  issueCrl,
  issueOcspError,
  issueOcspResponse,
  type OcspAnswer,
  type OcspQuestion,
  readOcspRequest,
} from '../../server/pki/issue-revocation.ts'
import type { Authority, Hierarchy } from './hierarchy.ts'
import type { Register, ShieldRecord } from './register.ts'

export interface RevocationService {
  /** DER; undefined when there is no such CA */
  crl(authority: string): Buffer | undefined
  ocsp(authority: string, request: Uint8Array): Buffer | undefined
  /** something was revoked: the next CRL is a new one */
  changed(): void
}

const CRL_HOURS = 24
const OCSP_HOURS = 1

export function createRevocationService(input: {
  hierarchies: readonly Hierarchy[]
  register: Register
  clock: Clock
  save(): void
}): RevocationService {
  const { hierarchies, register, clock, save } = input
  const made = new Map<string, { der: Buffer; at: number }>()
  const find = (name: string): { authority: Authority; hierarchy: Hierarchy } | undefined => {
    for (const hierarchy of hierarchies) {
      const authority = [hierarchy.root, hierarchy.issuing].find(one => one.name === name)
      if (authority !== undefined) return { authority, hierarchy }
    }
    return undefined
  }
  /** what an issuing CA issued; a root has issued no shield */
  const issuedBy = ({ name }: Authority): ShieldRecord[] => register.shields.filter(({ kind }) => (kind === 'SM2-dual' ? 'sm2' : 'rsa') === name)

  function statusOf(serial: string, { authority, hierarchy }: { authority: Authority; hierarchy: Hierarchy }): OcspAnswer['status'] {
    if (authority === hierarchy.root) return serial === hierarchy.issuing.certificate.serial ? 'good' : 'unknown'
    const record = issuedBy(authority).find(one => serialsOf(one).includes(serial))
    if (record === undefined) return 'unknown'
    return record.revokedAt === undefined ? 'good' : { revokedAt: new Date(record.revokedAt), reason: record.reason ?? 'unspecified' }
  }

  return {
    changed: () => made.clear(),

    crl(name) {
      const found = find(name)
      if (found === undefined) return undefined
      const now = clock.now()
      const ready = made.get(name)
      const age = ready === undefined ? Number.NaN : now.getTime() - ready.at
      // younger than nothing: the clock was set back
      if (ready !== undefined && age >= 0 && age < hours(CRL_HOURS / 4)) return ready.der
      const number = (register.crlNumbers[name] ?? 0) + 1
      register.crlNumbers[name] = number
      save()
      const der = issueCrl({
        issuer: found.authority,
        entries: issuedBy(found.authority).flatMap(record => {
          const { revokedAt, reason = 'unspecified' } = record
          return revokedAt === undefined ? [] : serialsOf(record).map(serial => ({ serial, at: new Date(revokedAt), reason }))
        }),
        number,
        thisUpdate: now,
        nextUpdate: new Date(now.getTime() + hours(CRL_HOURS)),
      })
      made.set(name, { der, at: now.getTime() })
      return der
    },

    ocsp(name, request) {
      const found = find(name)
      if (found === undefined) return undefined
      let question: OcspQuestion
      try {
        question = readOcspRequest(request)
      } catch {
        return issueOcspError('malformedRequest')
      }
      const now = clock.now()
      const answers = question.ids.map((id): OcspAnswer => {
        const ours = certificateId(found.authority.certificate, id.serial, id.hash)
        const isOurs = ours.issuerNameHash.equals(id.issuerNameHash) && ours.issuerKeyHash.equals(id.issuerKeyHash)
        return { id, status: isOurs ? statusOf(id.serial, found) : 'unknown' }
      })
      const times = { producedAt: now, thisUpdate: now, nextUpdate: new Date(now.getTime() + hours(OCSP_HOURS)) }
      return issueOcspResponse({ responder: found.authority, answers, ...times, nonce: question.nonce, includeCertificate: false })
    },
  }
}

const serialsOf = ({ serial, encryptSerial }: ShieldRecord): string[] => [serial, ...(encryptSerial === undefined ? [] : [encryptSerial])]
