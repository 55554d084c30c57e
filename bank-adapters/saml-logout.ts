import { verify } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { minutes } from '../server/kernel/clock.ts'
import { BrokerError } from '../server/kernel/errors.ts'
import type { SamlBank } from './bank-data.ts'
import type { AdapterDeps, LoggedOut } from './contract.ts'
import { endOnce } from './logout-once.ts'
import { instant } from './saml-response.ts'
import { checkSignatureShapes, childOf, childrenOf, decodeBase64, is, NS, parseXml, textOf } from './saml-xml.ts'

/**
 * Logout messages of a SAML bank: Single Logout, Profiles 4.4. By redirect the signature is over the query as it was sent (Bindings 3.4.4.1), so the raw
 * query is needed; node-saml would let a query without a signature pass, which is why the check is here.
 */
export type LogoutMessage = { kind: 'request'; id: string; subject: string } | { kind: 'response' }

export interface LogoutDeps extends Pick<AdapterDeps, 'clock' | 'once' | 'seen'> {
  certificates: readonly string[]
  /** our single-logout address: a message for somebody else is refused */
  location: string
  /** whether an enveloped signature over the whole posted document verifies */
  verifyPosted(base64: string): Promise<boolean>
  end(who: LoggedOut): Promise<void>
}

const SIGNATURES: Record<string, string> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512',
}
const LARGEST = 64 * 1024
const OLDEST = minutes(5)
const SKEW = minutes(1)

/**
 * @param message a posted form's fields, or `query`: the query of the address as the browser sent it, without the question mark
 * @throws BrokerError bank_unsigned, bank_wrong_key, bank_wrong_issuer, bank_wrong_audience, bank_answer_expired, bank_replayed, bank_answer_malformed …
 */
export async function readLogoutMessage(message: Record<string, string>, bank: SamlBank, deps: LogoutDeps): Promise<LogoutMessage> {
  const root = parseXml(message['query'] === undefined ? await posted(message, deps) : byRedirect(message['query'], deps))
  const kind = is(root, NS.protocol, 'LogoutRequest') ? 'request' : is(root, NS.protocol, 'LogoutResponse') ? 'response' : undefined
  if (kind === undefined) throw new BrokerError('bank_answer_malformed', 'not a logout message', { received: (root.localName ?? '').slice(0, 60) })
  const issuer = textOf(childOf(root, NS.assertion, 'Issuer'))
  if (issuer !== bank.entityId)
    throw new BrokerError('bank_wrong_issuer', 'a logout message of another issuer', { received: issuer.slice(0, 200), expected: bank.entityId })
  const destination = root.getAttribute('Destination')
  if (destination !== deps.location)
    throw new BrokerError('bank_wrong_audience', 'a logout message for another address', {
      received: (destination ?? 'none').slice(0, 200),
      expected: deps.location,
    })
  const id = root.getAttribute('ID') ?? ''
  if (!/^[\w.-]{8,200}$/.test(id)) throw new BrokerError('bank_answer_malformed', 'a logout message without an ID')
  const now = deps.clock.now().getTime()
  const issued = instant(root.getAttribute('IssueInstant') ?? '').getTime()
  const end = root.getAttribute('NotOnOrAfter')
  if (issued < now - OLDEST || issued > now + SKEW || (end !== null && instant(end).getTime() <= now - SKEW)) {
    throw new BrokerError('bank_answer_expired', 'a logout message of another time', { received: new Date(issued).toISOString() })
  }
  const once = (end: () => Promise<void>) => endOnce(`saml-logout:${bank.id}:${id}`, new Date(now + OLDEST + SKEW), deps, end)
  if (kind === 'response') {
    await once(async () => undefined)
    return { kind }
  }
  const subject = textOf(childOf(root, NS.assertion, 'NameID'))
  if (subject === '' || subject.length > 255) throw new BrokerError('bank_answer_malformed', 'a logout of nobody')
  const sessions = childrenOf(root, NS.protocol, 'SessionIndex').map(textOf)
  // of several sessions named, or none: whoever is meant is logged out everywhere
  const [only, ...others] = sessions
  await once(() => deps.end({ subject, ...(only === undefined || others.length > 0 ? {} : { bankSession: only }) }))
  return { kind, id, subject }
}

function byRedirect(query: string, { certificates }: LogoutDeps): Buffer {
  if (query.length > 2 * LARGEST) throw new BrokerError('bank_answer_malformed', 'a logout message too long')
  const parts = new Map<string, string>()
  for (const part of query.split('&')) {
    const name = part.slice(0, part.indexOf('='))
    if (parts.has(name)) throw new BrokerError('bank_wrapped', 'one parameter twice in a signed query', { received: name.slice(0, 40) })
    parts.set(name, part)
  }
  const value = (name: string) => {
    const part = parts.get(name)
    return part === undefined ? undefined : decodeURIComponent(part.slice(name.length + 1).replaceAll('+', ' '))
  }
  const [algorithm, signature] = [value('SigAlg'), value('Signature')]
  if (signature === undefined || signature === '' || algorithm === undefined)
    throw new BrokerError('bank_unsigned', 'a logout message without a signature')
  const hash = Object.hasOwn(SIGNATURES, algorithm) ? SIGNATURES[algorithm] : undefined
  if (hash === undefined)
    throw new BrokerError('algorithm_refused', 'SigAlg of a logout message', { received: algorithm.slice(0, 120), expected: 'RSA with SHA-256' })
  const name = parts.has('SAMLRequest') ? 'SAMLRequest' : 'SAMLResponse'
  // in the order and with the escapes of the standard's text, whatever order they came in
  const covered = [name, 'RelayState', 'SigAlg'].flatMap(part => parts.get(part) ?? []).join('&')
  const bytes = decodeBase64(signature)
  if (!certificates.some(pem => verify(hash, Buffer.from(covered), pem, bytes)))
    throw new BrokerError('bank_wrong_key', 'the signature of a logout message does not verify')
  try {
    return inflateRawSync(decodeBase64(value(name)), { maxOutputLength: LARGEST })
  } catch (cause) {
    if (cause instanceof BrokerError) throw cause
    throw new BrokerError('bank_answer_malformed', 'a logout message that does not unpack', { cause })
  }
}

async function posted(message: Record<string, string>, deps: LogoutDeps): Promise<Buffer> {
  const text = message['SAMLRequest'] ?? message['SAMLResponse']
  const bytes = decodeBase64(text)
  const root = parseXml(bytes)
  checkSignatureShapes(root, [root])
  if (!(await deps.verifyPosted(text ?? ''))) throw new BrokerError('bank_wrong_key', 'the signature of a logout message does not verify')
  return bytes
}
