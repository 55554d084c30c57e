import { readFile } from 'node:fs/promises'
import type { BankData } from '../bank-adapters/bank-data.ts'
import type { AdapterDeps } from '../bank-adapters/contract.ts'
import { fillBank, loadBankFile, type OpenBank, openBank, shippedBanks } from '../bank-adapters/registry.ts'
import type { Config } from './config.ts'
import { allowHosts, createOutboundFetch, type OutboundFetch } from './http/outbound.ts'
import { type Clock, seconds } from './kernel/clock.ts'
import { BrokerError } from './kernel/errors.ts'
import type { Log } from './kernel/log.ts'
import type { Meter } from './kernel/meter.ts'
import { type Certificate, readPemBundle } from './pki/certificate.ts'
import { createCertificateChecker } from './pki/checker.ts'
import { createRevocation, type Revocation } from './pki/revocation.ts'

/**
 * From the banks' data to banks that log people in: their anchors, what may be fetched from whom, and the checks of certificates and revocation they share.
 */
export interface Banks {
  open: ReadonlyMap<string, OpenBank>
  revocation: Revocation
  /** resolves when the bank's own address answers anything at all */
  probe(bank: string): Promise<void>
  close(): void
}

export interface BankDeps {
  config: Config
  once: AdapterDeps['once']
  keys: AdapterDeps['keys']
  /** what became of a call to a bank */
  report(bank: string, ok: boolean, seconds: number): void
  meter: Meter
  clock: Clock
  log: Log
}

/** Reads every bank's data. @throws BrokerError config_invalid */
export async function readBanks(config: Config): Promise<BankData[]> {
  const shipped = Object.entries(config.banks).map(([id, settings]) => {
    const template = shippedBanks[id]
    if (template === undefined) throw new BrokerError('config_invalid', `no data ships for bank "${id}": give its file in SHIELD_BANK_FILES`)
    return fillBank(template, { ...settings, agentUrl: config.agentUrl })
  })
  const banks = [...shipped, ...(await Promise.all(config.bankFiles.map(loadBankFile)))]
  const ids = banks.map(({ id }) => id)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw new BrokerError('config_invalid', `two banks are called "${twice}"`)
  return banks
}

export async function openBanks(data: readonly BankData[], deps: BankDeps): Promise<Banks> {
  const { config, clock, log, meter } = deps
  const sandbox = config.mode === 'sandbox'
  const hosts = [...new Set(data.flatMap(bank => bank.hosts))]
  const allowPrivate = allowHosts(config.privateHosts, { plainHttp: true })

  // CRL and OCSP answers are signed, so plain HTTP serves them everywhere; a bank's own endpoints only in the sandbox
  const revocationFetch = createOutboundFetch({
    allow: allowHosts(hosts, { plainHttp: true }),
    allowPrivate,
    timeoutMs: seconds(5),
    maxBytes: 10 * 1024 * 1024,
  })
  const named = new Set(hosts)
  const revocation = createRevocation({
    fetch: revocationFetch,
    clock,
    log,
    allowHosts: host => named.has(host),
    recheckAfter: config.revocationSeconds,
  })

  const anchors = new Map<string, readonly Certificate[]>(await Promise.all(data.map(async bank => [bank.id, await readAnchors(bank)] as const)))
  const checker = createCertificateChecker({ anchors: async bank => anchors.get(bank) ?? [], revocation, clock, meter })

  const fetches = new Map<string, OutboundFetch>()
  const open = new Map<string, OpenBank>()
  for (const bank of data) {
    const bankFetch = createOutboundFetch({
      allow: allowHosts(bank.hosts, { plainHttp: sandbox }),
      allowPrivate,
      timeoutMs: seconds(10),
      maxBytes: 1024 * 1024,
      onDone: (_url, ok, took) => deps.report(bank.id, ok, took),
    })
    fetches.set(bank.id, bankFetch)
    const adapterDeps: AdapterDeps = {
      clock,
      fetch: bankFetch,
      checkCertificate: question => checker.check(question),
      once: deps.once,
      keys: deps.keys,
      publicUrl: config.publicUrl,
    }
    open.set(bank.id, openBank(bank, adapterDeps))
  }

  return {
    open,
    revocation,
    async probe(id) {
      const bank = open.get(id)?.data
      if (bank === undefined || bank.protocol === 'shield') return
      const address = bank.protocol === 'oidc' ? `${bank.issuer}/.well-known/openid-configuration` : bank.signOnUrl
      await fetches.get(id)?.(address)
    },
    close() {
      revocationFetch.close()
      for (const bankFetch of fetches.values()) bankFetch.close()
    },
  }
}

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
