/** Owns what the identity provider reads in the broker's messages, whose signature is verified already (saml-binding.ts): login and logout requests. */
import type { Element } from '@xmldom/xmldom'
import { minutes } from '../../server/kernel/clock.ts'
import type { Bank, Method } from './bank.ts'
import { refusals } from './refusal.ts'
import { ASSERTION, childrenNamed, PROTOCOL, textIn } from './saml-xml.ts'

export interface AuthnRequest {
  id: string
  consumer: string
  audience: string
  relayState: string | undefined
  wants: Method | undefined
  forced: boolean
  until: number
}

/** Core 3.4.1. @throws Refusal 400, 403 */
export function readAuthnRequest(
  root: Element,
  input: { audience: string; consumer: string; destination: string; bank: Bank },
): Omit<AuthnRequest, 'relayState' | 'until'> {
  if (root.namespaceURI !== PROTOCOL || root.localName !== 'AuthnRequest') throw refusals.badRequest('Not an authentication request.')
  const id = checkEnvelope(root, { from: input.audience, destination: input.destination, now: input.bank.clock.now() })
  const consumer = root.getAttribute('AssertionConsumerServiceURL')
  if (consumer !== null && consumer !== input.consumer) throw refusals.unknownPartner('The request names an address that the metadata do not.')
  const asked = childrenNamed(root, PROTOCOL, 'RequestedAuthnContext').flatMap(context =>
    childrenNamed(context, ASSERTION, 'AuthnContextClassRef').map(ref => ref.textContent?.trim()),
  )
  const { id: bank } = input.bank.profile
  return {
    id,
    consumer: input.consumer,
    audience: input.audience,
    wants: asked.includes(`${bank}:shield`) && !asked.includes(`${bank}:password`) ? 'shield' : undefined,
    forced: ['true', '1'].includes(root.getAttribute('ForceAuthn') ?? ''),
  }
}

/** Core 3.7.1. @throws Refusal 400, 403 */
export function readLogoutRequest(
  root: Element,
  input: { from: string; destination: string; now: Date },
): { id: string; nameId: string; indexes: string[] } {
  if (root.namespaceURI !== PROTOCOL || root.localName !== 'LogoutRequest') throw refusals.badRequest('Not a logout request.')
  const id = checkEnvelope(root, input)
  const nameId = textIn(root, ASSERTION, 'NameID')
  if (nameId === undefined || nameId === '') throw refusals.badRequest('A logout of nobody.')
  return { id, nameId, indexes: childrenNamed(root, PROTOCOL, 'SessionIndex').flatMap(({ textContent }) => textContent?.trim() ?? []) }
}

/** What every message of the partner must say: who it is from, for whom, of now. */
function checkEnvelope(root: Element, { from, destination, now }: { from: string; destination: string; now: Date }): string {
  const id = root.getAttribute('ID') ?? ''
  if (!/^[A-Za-z_][\w.-]{7,200}$/.test(id)) throw refusals.badRequest('A message without an ID.')
  if (textIn(root, ASSERTION, 'Issuer') !== from) throw refusals.unknownPartner('The message is of another issuer.')
  if ((root.getAttribute('Destination') ?? destination) !== destination) throw refusals.badRequest('The message is for another address.')
  const age = now.getTime() - new Date(root.getAttribute('IssueInstant') ?? '').getTime()
  if (!(Math.abs(age) < minutes(5))) throw refusals.badRequest('The message is of another time.')
  return id
}
