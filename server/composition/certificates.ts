import { readFile } from 'node:fs/promises'
import type { BankData } from '../../bank-adapters/bank-data.ts'
import type { Trail } from '../audit/events.ts'
import type { Config } from '../config.ts'
import { allowHosts, createOutboundFetch } from '../http/outbound.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { Meter } from '../kernel/meter.ts'
import { type Certificate, readPemBundle } from '../pki/certificate.ts'
import { type CertificateChecker, createCertificateChecker } from '../pki/checker.ts'
import type { Crl } from '../pki/crl.ts'
import { verifyChain } from '../pki/path.ts'
import { createRevocation, type Revocation } from '../pki/revocation.ts'
import type { Stores } from '../storage/stores.ts'
import { bankChanges } from '../trust/configured-banks.ts'
import { type OwnAuthority, ownAuthorityChanges } from '../trust/own-authority.ts'
import { createTrustRegister, type TrustRegister } from '../trust/register.ts'

/**
 * Joins what answers "is this certificate good?": the trust list, which takes the configured banks in; revocation, which may fetch from where the list says and tells the other processes
 * of what it fetched; and the checker of logins, which remembers paths for one version of the list.
 */
export interface Certificates {
  register: TrustRegister
  revocation: Revocation
  /** a login's whole question: path and revocation by the checker, then what the bank's row on the list says of use, dates and algorithm. @throws BrokerError with the exact reason */
  check: CertificateChecker['check']
  /** The company that a certificate for encryption names, once list and revocation have no objection now. @throws BrokerError with the exact reason */
  encryptsFor(certificate: Certificate): Promise<string | undefined>
  /** What shows later that it was good today: the certificates of its path, and the word about each below the anchor; nothing where there is no path. Never throws. */
  evidenceFor(certificate: Certificate): Promise<{ certificates: Buffer[]; crls: Buffer[]; ocsps: Buffer[] }>
  close(): void
}

export interface CertificateDeps {
  config: Config
  stores: Pick<Stores, 'trust' | 'signals'>
  trail: Trail
  meter: Pick<Meter, 'certificateVerdict'>
  /** our own authority for persons: on the list like any other, and its list of revoked certificates asked for without the network */
  own?: { authority: OwnAuthority; listUrl: string; list(): Promise<Buffer> }
  clock: Clock
  log: Log
}

/** a list of 200,000 entries has 8 MB, and a third more in base64 */
const LARGEST_LIST = 24 * 1024 * 1024

/** @throws BrokerError config_invalid where a bank's anchors cannot be read */
export async function openCertificates(data: readonly BankData[], deps: CertificateDeps): Promise<Certificates> {
  const { config, stores, trail, meter, own, clock, log } = deps
  const sandbox = config.mode === 'sandbox'
  const banks = await Promise.all(data.map(async bank => ({ ...bank, certificates: await readAnchors(bank) })))

  const register = await createTrustRegister({
    stores,
    clock,
    audit: trail,
    log,
    approval: sandbox ? 'at-once' : 'two-persons',
    revocation: { check: (certificate, issuer, question) => revocation.check(certificate, issuer, question) },
  })
  const adopted = await register.adopt('配置中的银行 the banks of the configuration', snapshot => [
    ...bankChanges(snapshot, banks, sandbox ? 'all' : 'file'),
    ...(own === undefined ? [] : ownAuthorityChanges(snapshot, own.authority)),
  ])
  if (adopted === 'proposed')
    log.warn('the configuration names other anchors than the trust list: they count once two persons agreed (shield trust pending)')

  const outside = createOutboundFetch({
    // which host may be asked about which CA is the list's to say, and `revocation` asks it first; answers are signed, so plain HTTP serves
    allow: () => true,
    allowPrivate: allowHosts(config.privateHosts, { plainHttp: true }),
    timeoutMs: seconds(30),
    maxBytes: LARGEST_LIST,
  })
  const fetch = async (url: URL | RequestInfo, init?: RequestInit): Promise<Response> =>
    own !== undefined && String(url) === own.listUrl ? new Response(new Uint8Array(await own.list())) : await outside(url, init)
  const revocation = createRevocation({
    fetch,
    clock,
    log,
    allowHosts: register.allowsHost,
    ruleFor: register.ruleFor,
    recheckAfter: config.revocationSeconds,
    signersFor: (crl, issuer) => listSigners(register, crl, issuer, clock.now()),
  })
  const checker = createCertificateChecker({
    anchors: async (bank, use) => register.trustOf(bank, use === 'sign' ? 'login' : 'encryption'),
    revocation,
    clock,
    meter,
  })
  const deaf = shareLists(revocation, stores.signals, log)

  return {
    register,
    revocation,
    async check(question) {
      const certificate = await checker.check(question)
      const verdict = register.standingOf(certificate, {
        at: clock.now(),
        use: question.use === 'sign' ? 'login' : 'encryption',
        bank: question.bank,
      })
      if (verdict.ok) return certificate
      meter.certificateVerdict(verdict.code)
      throw new BrokerError(verdict.code, `${verdict.reasons[0]?.facts ?? ''} (${verdict.clause})`, { received: `serial ${certificate.serial}` })
    },
    async encryptsFor(certificate) {
      const verdict = await register.verdictOf(certificate, { at: clock.now(), use: 'encryption' })
      if (verdict.ok) return verdict.subject?.uscc
      throw new BrokerError(verdict.code, `${verdict.reasons[0]?.facts ?? ''}`, { received: `serial ${certificate.serial}` })
    },
    async evidenceFor(certificate) {
      const at = clock.now()
      const found = verifyChain({ leaf: certificate, ...register.current().candidatesFor(certificate, { at }), at })
      const path = found.ok ? found.path : []
      const words = await Promise.all(
        path.slice(1).flatMap((issuer, i) => {
          const of = path[i]
          return of === undefined ? [] : [revocation.evidence(of, issuer, i === 0 ? 'seal' : 'authority')]
        }),
      )
      return { certificates: path.map(({ der }) => der), crls: words.flatMap(({ crls }) => crls), ocsps: words.flatMap(({ ocsps }) => ocsps) }
    },
    close() {
      deaf()
      register.close()
      outside.close()
    },
  }
}

/** A list that one process fetched counts on all: each tells its address, and whoever has an older one asks for itself. */
function shareLists(revocation: Revocation, signals: Stores['signals'], log: Log): () => void {
  const self = newId()
  const quiet = revocation.onListChanged(({ url, thisUpdate }) => signals.send('revocation', `${self} ${thisUpdate.toISOString()} ${url}`))
  const deaf = signals.listen('revocation', text => {
    const [, sender, issued = '', url = ''] = /^(\S+) (\S+) (.+)$/.exec(text) ?? []
    if (sender === undefined || sender === self) return
    revocation
      .noteChanged(url, undefined, new Date(issued))
      .catch((error: unknown) => log.warn({ err: error, url }, 'a newer revocation list of another process was not taken'))
  })
  return () => {
    quiet()
    deaf()
  }
}

/**
 * RFC 5280 6.3.3 (f): a list may be signed by another key of the CA, or by the signer of an indirect list. Whoever the trust list names so, whose own path allows signing lists and ends at the
 * anchor of the CA's path.
 */
function listSigners(register: TrustRegister, crl: Crl, issuer: Certificate, at: Date): Certificate[] {
  const { roots, intermediates } = register.current().anchorsFor({ at })
  const anchorOf = (leaf: Certificate, keyUsage?: 'cRLSign'): string | undefined => {
    const result = verifyChain({ leaf, roots, intermediates, at, ...(keyUsage === undefined ? {} : { keyUsage: [keyUsage] }) })
    return result.ok ? result.path.at(-1)?.thumbprint : undefined
  }
  const anchor = anchorOf(issuer)
  const named = register
    .current()
    .named(crl.issuer.key)
    .map(({ certificate }) => certificate)
  return anchor === undefined ? [] : named.filter(each => anchorOf(each, 'cRLSign') === anchor).slice(0, MOST_SIGNERS)
}
const MOST_SIGNERS = 8

async function readAnchors(bank: BankData): Promise<Certificate[]> {
  let certificates: Certificate[]
  try {
    certificates = readPemBundle(await readFile(bank.anchors))
  } catch (cause) {
    throw new BrokerError('config_invalid', `bank ${bank.id}: its anchors ${bank.anchors} cannot be read`, { cause })
  }
  if (certificates.length === 0) throw new BrokerError('config_invalid', `bank ${bank.id}: ${bank.anchors} holds no certificate`)
  return certificates
}
