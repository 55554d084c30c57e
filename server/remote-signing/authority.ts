import type { KeyObject } from 'node:crypto'
import { Router } from 'express'
import { type Clock, days, minutes } from '../kernel/clock.ts'
import { Certificate } from '../pki/certificate.ts'
import { issueCertificate } from '../pki/issue.ts'
import { issueCrl } from '../pki/issue-revocation.ts'
import { makeUnderOwnRoot, readUnderOwnRoot } from '../pki/own-root.ts'
import { pem } from '../pki/pem.ts'
import { generateSm2, importPrivateSm2, sm3 } from '../pki/sm2.ts'
import { holdSealedKey, type SealedKeyDeps } from '../storage/sealed-keys.ts'
import type { RemoteKeyStore } from '../storage/stores-remote-signing.ts'
import { OCSP_PATH, ocspRoutes } from './ocsp.ts'

/**
 * Our own issuing authority for persons who sign here: under a root of its own, whose key was forgotten. Owns its certificates and its list of revoked ones. What they are worth is the trust list's to say; for seals in
 * government affairs it is not qualified.
 */
export interface PersonAuthority {
  /** @throws Error when its key was sealed under another sealing key */
  certificates(): Promise<{ issuing: Certificate; root: Certificate }>
  /** Profile of GB/T 20518 for persons: name, a pseudonym of ours in place of an identity number, key usage critical, where the list is. */
  issue(holder: { personId: string; name: string; publicKey: KeyObject }): Promise<Certificate>
  /** DER of the list of revoked certificates */
  list(): Promise<Buffer>
  /** a revocation was written: the list that was made before is forgotten */
  changed(): void
  /** where the list is published */
  listUrl: string
  /** `GET /ca.pem`, `GET /persons.crl`, and OCSP (ocsp.ts): mount at a public path, no cookie is read */
  router: Router
}

export const AUTHORITY_ID = 'remote-signing'
const YEARS = 20
/** how long a list holds, and how long one that was made is given out again */
const LIST_HOLDS = days(1)
const LIST_AGAIN = 10_000
/** of an answer about one certificate */
const ANSWER_HOLDS = minutes(10)
const MOST_REVOKED = 100_000
/** a certificate is good a moment before it was made: clocks differ */
const EARLIER = 60_000

export function createPersonAuthority(
  deps: SealedKeyDeps & { keys: Pick<RemoteKeyStore, 'revokedSerials'>; publicUrl: string; certificateDays: number },
): PersonAuthority {
  const { clock, keys, publicUrl, certificateDays } = deps
  const listUrl = `${publicUrl}/remote-signing/persons.crl`
  let made: { at: number; der: Buffer } | undefined

  const authority = holdSealedKey(deps, {
    kid: 'remote-signing-ca-sm2-1',
    use: 'remote-signing-ca',
    make: async () => make(clock),
    read: text => readUnderOwnRoot(text, importPrivateSm2),
  })

  async function list(): Promise<Buffer> {
    const now = clock.now()
    if (made !== undefined && Math.abs(now.getTime() - made.at) < LIST_AGAIN) return made.der
    const { certificate, privateKey } = await authority()
    const revoked = await keys.revokedSerials(now, MOST_REVOKED)
    const der = issueCrl({
      issuer: { certificate, privateKey },
      entries: revoked.map(({ serial, at, reason }) => ({ serial, at: new Date(at), reason })),
      // grows, on every process, without anybody counting
      number: Math.floor(now.getTime() / 1000),
      thisUpdate: now,
      nextUpdate: new Date(now.getTime() + LIST_HOLDS),
    })
    made = { at: now.getTime(), der }
    return der
  }

  const router = Router()
  router.use(
    ocspRoutes({
      authority,
      revoked: async () => new Map((await keys.revokedSerials(clock.now(), MOST_REVOKED)).map(({ serial, ...gone }) => [serial, gone])),
      now: () => clock.now(),
      holds: ANSWER_HOLDS,
    }),
  )
  router.get('/ca.pem', async (_req, res) => {
    const { certificate, root } = await authority()
    res.type('application/x-pem-file').send(pem(certificate.der) + pem(root.der))
  })
  router.get('/persons.crl', async (_req, res) => {
    res.type('application/pkix-crl').send(await list())
  })

  return {
    listUrl,
    list,
    router,
    changed() {
      made = undefined
    },
    async certificates() {
      const { certificate, root } = await authority()
      return { issuing: certificate, root }
    },
    async issue({ personId, name, publicKey }) {
      const { certificate, privateKey } = await authority()
      const now = clock.now().getTime()
      const der = issueCertificate({
        subject: [
          ['C', 'CN'],
          ['OU', '评标专家云签 Remote signing'],
          ['serialNumber', sm3(Buffer.from(`remote-signing:${personId}`)).slice(0, 32)],
          ['CN', [...name].slice(0, 64).join('')],
        ],
        issuer: { certificate, privateKey },
        publicKey,
        notBefore: new Date(now - EARLIER),
        notAfter: new Date(now + days(certificateDays)),
        profile: 'sign',
        crlUrl: listUrl,
        ocspUrl: `${publicUrl}${OCSP_PATH}`,
      })
      return new Certificate(der)
    },
  }
}

const make = (clock: Clock): string =>
  makeUnderOwnRoot(
    { root: generateSm2().privateKey, holder: generateSm2().privateKey },
    { root: 'Remote Signing Root SM2', holder: 'Remote Signing Persons CA SM2' },
    { from: new Date(clock.now().getTime() - EARLIER), years: YEARS },
    [],
    'ca',
  )
