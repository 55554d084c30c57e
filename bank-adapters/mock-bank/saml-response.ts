/** Owns the words of the identity provider's messages: response with assertion (Core 2 and 3.3, Profiles 4.1.4), logout request and response (Core 3.7). */
import { randomBytes } from 'node:crypto'
import { hours, minutes } from '../../server/kernel/clock.ts'
import { ASSERTION, escapeXml, PROTOCOL, type SamlSigner, signElement } from './saml-xml.ts'

export interface ResponseFacts {
  issuer: string
  audience: string
  /** where it is posted */
  destination: string
  inResponseTo: string
  now: Date
  nameId: string
  sessionIndex: string
  /** AuthnContextClassRef */
  context: string
  authenticatedAt: Date
  /** in order; several values of one name stand as several AttributeValue elements */
  attributes: Readonly<Record<string, readonly string[]>>
}

/** An NCName that nobody can guess. */
export const newSamlId = (): string => `_${randomBytes(20).toString('hex')}`

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
const at = (now: Date, shift = 0): string => new Date(now.getTime() + shift).toISOString()

export function assertionXml(facts: ResponseFacts, id: string): string {
  const e = escapeXml
  const { now } = facts
  const attributes = Object.entries(facts.attributes)
    .map(
      ([name, values]) =>
        `<saml:Attribute Name="${e(name)}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">${values
          .map(value => `<saml:AttributeValue>${e(value)}</saml:AttributeValue>`)
          .join('')}</saml:Attribute>`,
    )
    .join('')
  return (
    `<saml:Assertion xmlns:saml="${ASSERTION}" ID="${id}" Version="2.0" IssueInstant="${at(now)}"><saml:Issuer>${e(facts.issuer)}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="${PERSISTENT}">${e(facts.nameId)}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(now, minutes(5))}" ` +
    `Recipient="${e(facts.destination)}" InResponseTo="${e(facts.inResponseTo)}"/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${at(now, -minutes(1))}" NotOnOrAfter="${at(now, minutes(5))}"><saml:AudienceRestriction><saml:Audience>${e(facts.audience)}` +
    '</saml:Audience></saml:AudienceRestriction></saml:Conditions>' +
    `<saml:AuthnStatement AuthnInstant="${at(facts.authenticatedAt)}" SessionIndex="${e(facts.sessionIndex)}" SessionNotOnOrAfter="${at(now, hours(8))}">` +
    `<saml:AuthnContext><saml:AuthnContextClassRef>${e(facts.context)}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${attributes}</saml:AttributeStatement></saml:Assertion>`
  )
}

/** @param inside the assertion, or nothing where `status` is no success */
export function responseXml(
  facts: Pick<ResponseFacts, 'issuer' | 'destination' | 'inResponseTo' | 'now'>,
  id: string,
  inside: string,
  status: string[] = ['Success'],
): string {
  const e = escapeXml
  const codes = status.reduceRight(
    (within, code) => `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${code}">${within}</samlp:StatusCode>`,
    '',
  )
  return (
    `<samlp:Response xmlns:samlp="${PROTOCOL}" xmlns:saml="${ASSERTION}" ID="${id}" Version="2.0" IssueInstant="${at(facts.now)}" Destination="${e(facts.destination)}" ` +
    `InResponseTo="${e(facts.inResponseTo)}"><saml:Issuer>${e(facts.issuer)}</saml:Issuer><samlp:Status>${codes}</samlp:Status>${inside}</samlp:Response>`
  )
}

/** Response and assertion, each signed, as an honest bank sends them; one signature can be left out for an evil one. */
export function signedResponse(
  facts: ResponseFacts,
  signer: SamlSigner,
  which: { assertion: boolean; response: boolean } = { assertion: true, response: true },
): string {
  const [assertionId, responseId] = [newSamlId(), newSamlId()]
  const assertion = assertionXml(facts, assertionId)
  const response = responseXml(facts, responseId, which.assertion ? signElement(assertion, assertionId, signer) : assertion)
  return which.response ? signElement(response, responseId, signer) : response
}

export function logoutRequestXml(input: { issuer: string; destination: string; now: Date; nameId: string; sessions: readonly string[] }): string {
  const e = escapeXml
  const sessions = input.sessions.map(session => `<samlp:SessionIndex>${e(session)}</samlp:SessionIndex>`).join('')
  return (
    `<samlp:LogoutRequest xmlns:samlp="${PROTOCOL}" xmlns:saml="${ASSERTION}" ID="${newSamlId()}" Version="2.0" IssueInstant="${at(input.now)}" ` +
    `NotOnOrAfter="${at(input.now, minutes(5))}" Destination="${e(input.destination)}"><saml:Issuer>${e(input.issuer)}</saml:Issuer>` +
    `<saml:NameID Format="${PERSISTENT}">${e(input.nameId)}</saml:NameID>${sessions}</samlp:LogoutRequest>`
  )
}

export function logoutResponseXml(input: { issuer: string; destination: string; now: Date; inResponseTo: string }): string {
  const e = escapeXml
  return (
    `<samlp:LogoutResponse xmlns:samlp="${PROTOCOL}" xmlns:saml="${ASSERTION}" ID="${newSamlId()}" Version="2.0" IssueInstant="${at(input.now)}" ` +
    `Destination="${e(input.destination)}" InResponseTo="${e(input.inResponseTo)}"><saml:Issuer>${e(input.issuer)}</saml:Issuer>` +
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>'
  )
}
