import { open } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { BrokerError } from '../server/kernel/errors.ts'
import { type BankData, type BankInput, bankData } from './bank-data.ts'
import { abc } from './banks/abc.ts'
import { ccb } from './banks/ccb.ts'
import { icbc } from './banks/icbc.ts'
import type { AdapterDeps, AdapterKind, BankAdapter } from './contract.ts'
import { oidcKind } from './oidc.ts'
import { samlKind } from './saml.ts'
import { samlAddresses, samlMetadata } from './saml-metadata.ts'
import { shieldKind } from './shield.ts'

/** Owns which protocols and banks there are. A new protocol is one entry in `kinds`; a new bank is one data file and no entry anywhere. */
const kinds = { oidc: oidcKind, saml: samlKind, shield: shieldKind } as const satisfies Record<BankData['protocol'], AdapterKind>

/** The banks whose data ships with the product, with placeholders for what only the configuration knows. */
export const shippedBanks: Readonly<Record<string, BankInput>> = { ccb, icbc, abc }

/** A bank ready to log people in. */
export interface OpenBank {
  data: BankData
  adapter: BankAdapter
  /** what the bank reads of us, where its protocol has such a thing */
  metadata?: () => Promise<string>
  /** where a form that begins a login at this bank may lead the browser */
  origins: readonly string[]
}

export function openBank(data: BankData, deps: AdapterDeps): OpenBank {
  const adapter = kinds[data.protocol](data, deps)
  const origins = [...new Set([...addressesOf(data), ...data.pageOrigins].map(address => new URL(address).origin))]
  if (data.protocol !== 'saml') return { data, adapter, origins }
  const metadata = async () => samlMetadata(samlAddresses(deps.publicUrl, data.id), (await deps.keys.saml()).certificatePem)
  return { data, adapter, origins, metadata }
}

function addressesOf(data: BankData): string[] {
  switch (data.protocol) {
    case 'oidc':
      return [data.issuer]
    case 'saml':
      return [data.signOnUrl, data.logoutUrl]
    case 'shield':
      return []
  }
}

/** What the configuration says of a shipped bank. */
export interface BankSettings {
  url: string
  anchors: string
  signingCertificates?: string | undefined
  agentUrl: string
}

/**
 * Fills `{url}`, `{host}`, `{anchors}`, `{signingCertificates}` and `{agentUrl}` in a shipped bank's data, and checks the whole.
 * @throws BrokerError config_invalid, naming every place that is wrong
 */
export function fillBank(template: BankInput, settings: BankSettings): BankData {
  const words: Record<string, string | undefined> = { ...settings, host: new URL(settings.url).host }
  const missing = new Set<string>()
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill)
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]))
    if (typeof value !== 'string') return value
    return value.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => {
      const word = words[name]
      if (word === undefined) missing.add(name)
      return word ?? whole
    })
  }
  const filled = fill(template)
  if (missing.size > 0) throw new BrokerError('config_invalid', `bank ${template.id}: the configuration lacks ${[...missing].join(', ')}`)
  return readBank(filled, `bank ${template.id}`)
}

const LARGEST = 64 * 1024

/**
 * Reads a bank's data file: JSON or YAML (which JSON is), at most 64 KiB.
 * @throws BrokerError config_invalid, naming every place that is wrong
 */
export async function loadBankFile(path: string): Promise<BankData> {
  let value: unknown
  try {
    // no aliases: a small file must not unfold into a large one
    value = parseYaml(await readBounded(path), { maxAliasCount: 0, schema: 'core' })
  } catch (cause) {
    throw new BrokerError('config_invalid', `bank file ${path}: ${cause instanceof Error ? cause.message : 'unreadable'}`, { cause })
  }
  return readBank(value, `bank file ${path}`)
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size > LARGEST) throw new Error(`larger than ${LARGEST} bytes`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

function readBank(value: unknown, what: string): BankData {
  const parsed = bankData.safeParse(value)
  if (parsed.success) return parsed.data
  throw new BrokerError('config_invalid', `${what}:\n${z.prettifyError(parsed.error)}`)
}
