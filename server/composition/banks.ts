import type { BankData } from '../../bank-adapters/bank-data.ts'
import type { AdapterDeps } from '../../bank-adapters/contract.ts'
import { fillBank, loadBankFile, type OpenBank, openBank, shippedBanks } from '../../bank-adapters/registry.ts'
import type { Config } from '../config.ts'
import { allowHosts, createOutboundFetch, type OutboundFetch } from '../http/outbound.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Certificates } from './certificates.ts'

/**
 * From the banks' data to banks that log people in, and what may be fetched from whom.
 */
export interface Banks {
  open: ReadonlyMap<string, OpenBank>
  /** resolves when the bank's own address answers anything at all */
  probe(bank: string): Promise<void>
  close(): void
}

export interface BankDeps {
  config: Config
  once: AdapterDeps['once']
  seen: AdapterDeps['seen']
  keys: AdapterDeps['keys']
  /** what became of a call to a bank */
  report(bank: string, ok: boolean, seconds: number): void
  checkCertificate: Certificates['check']
  clock: Clock
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

export function openBanks(data: readonly BankData[], deps: BankDeps): Banks {
  const { config, checkCertificate, clock } = deps
  const sandbox = config.mode === 'sandbox'
  const allowPrivate = allowHosts(config.privateHosts, { plainHttp: true })
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
      checkCertificate,
      once: deps.once,
      seen: deps.seen,
      keys: deps.keys,
      publicUrl: config.publicUrl,
    }
    open.set(bank.id, openBank(bank, adapterDeps))
  }

  return {
    open,
    async probe(id) {
      const bank = open.get(id)?.data
      if (bank === undefined || bank.protocol === 'shield') return
      const address = bank.protocol === 'oidc' ? `${bank.issuer}/.well-known/openid-configuration` : bank.signOnUrl
      await fetches.get(id)?.(address)
    },
    close() {
      for (const bankFetch of fetches.values()) bankFetch.close()
    },
  }
}
