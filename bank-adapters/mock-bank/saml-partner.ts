/** Owns what the identity provider knows of its one service provider, the broker: read from the broker's own metadata, and read again when something does not fit. */
import { minutes } from '../../server/kernel/clock.ts'
import { pem } from '../../server/pki/pem.ts'
import type { Bank } from './bank.ts'
import { refusals } from './refusal.ts'
import { childrenNamed, METADATA, parseXml } from './saml-xml.ts'

export interface Partner {
  entityId: string
  /** where responses go */
  consumer: string
  /** where logout messages go; undefined when it has no single logout */
  logout: string | undefined
  /** PEM; what its messages may be signed with */
  certificates: readonly string[]
}

const LIFE = minutes(5)
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'

/** @returns a reader; with `fresh`, what was read before is not good enough. It throws Refusal 502 when the broker cannot be read. */
export function createPartner(bank: Bank): (options?: { fresh?: boolean }) => Promise<Partner> {
  let held: { partner: Partner; at: number } | undefined
  return async ({ fresh = false } = {}) => {
    const now = bank.clock.now().getTime()
    if (!fresh && held !== undefined && Math.abs(now - held.at) < LIFE) return held.partner
    const address = `${bank.brokerUrl()}/banks/${bank.profile.id}/metadata`
    const partner = readPartner(await fetchText(address), new URL(address).origin)
    held = { partner, at: now }
    return partner
  }
}

async function fetchText(address: string): Promise<string> {
  try {
    const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(5000) })
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    return await answer.text()
  } catch (cause) {
    throw refusals.brokerAway(cause)
  }
}

/** @param origin every address must lie there */
function readPartner(xml: string, origin: string): Partner {
  const root = parseXml(xml)
  const [descriptor] = childrenNamed(root, METADATA, 'SPSSODescriptor')
  const entityId = root.getAttribute('entityID')
  if (descriptor === undefined || entityId === null) throw refusals.unknownPartner('The metadata describe no service provider.')
  const locations = (name: string) =>
    childrenNamed(descriptor, METADATA, name).flatMap(service => {
      const location = service.getAttribute('Location') ?? ''
      return URL.canParse(location) && new URL(location).origin === origin ? [location] : []
    })
  const certificates = childrenNamed(descriptor, METADATA, 'KeyDescriptor')
    .filter(key => (key.getAttribute('use') ?? 'signing') === 'signing')
    .flatMap(key => childrenNamed(key, SIGNATURE, 'KeyInfo'))
    .flatMap(info => childrenNamed(info, SIGNATURE, 'X509Data'))
    .flatMap(data => childrenNamed(data, SIGNATURE, 'X509Certificate'))
    .map(({ textContent }) => pem(Buffer.from(textContent ?? '', 'base64')))
  const [consumer] = locations('AssertionConsumerService')
  if (consumer === undefined || certificates.length === 0)
    throw refusals.unknownPartner('The metadata name no consumer address or no signing certificate.')
  return { entityId, consumer, logout: locations('SingleLogoutService')[0], certificates }
}
