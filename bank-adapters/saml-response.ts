import type { Element } from '@xmldom/xmldom'
import { BrokerError } from '../server/kernel/errors.ts'
import { checkSignatureShapes, childOf, children, childrenOf, countOf, decodeBase64, is, NS, parseXml, textOf } from './saml-xml.ts'

/**
 * The shape of a SAML response before its signatures are verified, and the reading of the assertion after: SAML 2.0 Core 2 and 3.3, Profiles 4.1.4. What is read
 * for the login comes only from the bytes that the verified signature covers (readAssertion is given those).
 */
export interface ResponseShape {
  assertionId: string
  /** for telling apart whose mistake a refusal is; not to be believed */
  issuer: string
  destination: string | null
}

/** @throws BrokerError bank_cancelled, bank_refused, bank_unsigned, bank_wrapped, bank_answer_malformed, algorithm_refused */
export function checkResponseShape(base64: string | undefined): ResponseShape {
  const root = parseXml(decodeBase64(base64))
  if (!is(root, NS.protocol, 'Response'))
    throw new BrokerError('bank_answer_malformed', 'not a SAML response', { received: (root.localName ?? '').slice(0, 60) })
  checkStatus(root)
  const assertion = onlyAssertion(root)
  checkSignatureShapes(root, [root, assertion])
  return {
    assertionId: assertion.getAttribute('ID') ?? '',
    issuer: textOf(childOf(root, NS.assertion, 'Issuer')),
    destination: root.getAttribute('Destination'),
  }
}

function checkStatus(root: Element): void {
  const status = childOf(root, NS.protocol, 'Status')
  const code = status && childOf(status, NS.protocol, 'StatusCode')
  if (status === undefined || code === undefined) throw new BrokerError('bank_answer_malformed', 'a response without a status')
  const value = code.getAttribute('Value') ?? ''
  if (value === 'urn:oasis:names:tc:SAML:2.0:status:Success') return
  const inner = childOf(code, NS.protocol, 'StatusCode')?.getAttribute('Value') ?? ''
  // SAML has no word for a person who cancelled: these two are what banks say then, and also when they do not let somebody in
  const cancelled = inner.endsWith(':AuthnFailed') || inner.endsWith(':RequestDenied')
  const said = [value, inner].map(urn => urn.slice(urn.lastIndexOf(':') + 1)).join(' ')
  throw new BrokerError(cancelled ? 'bank_cancelled' : 'bank_refused', 'the bank’s status is not Success', {
    received: `${said} ${textOf(childOf(status, NS.protocol, 'StatusMessage'))}`.trim().slice(0, 200),
  })
}

function onlyAssertion(root: Element): Element {
  const [assertion] = childrenOf(root, NS.assertion, 'Assertion')
  const all = countOf(root, 'Assertion')
  if (countOf(root, 'EncryptedAssertion') > 0) throw new BrokerError('bank_answer_malformed', 'an encrypted assertion; we published no key for one')
  if (all === 0) throw new BrokerError('bank_answer_malformed', 'a response without an assertion')
  if (assertion === undefined || all > 1 || countOf(root, 'Response') > 1)
    throw new BrokerError('bank_wrapped', 'other than one assertion in one response')
  return assertion
}

export interface Assertion {
  id: string
  issuer: string
  nameId: string
  inResponseTo: string | null
  recipient: string | null
  notOnOrAfter: Date
  authenticatedAt: Date
  level: string
  sessionIndex: string | undefined
  attributes: ReadonlyMap<string, readonly string[]>
}

/**
 * @param xml the canonical bytes that the signature covers, and nothing else
 * @throws BrokerError bank_answer_malformed
 */
export function readAssertion(xml: string): Assertion {
  const root = parseXml(Buffer.from(xml))
  const must = <T>(value: T | undefined | null, what: string): T => {
    if (value === undefined || value === null || value === '') throw new BrokerError('bank_answer_malformed', `an assertion without ${what}`)
    return value
  }
  if (!is(root, NS.assertion, 'Assertion')) throw new BrokerError('bank_answer_malformed', 'the signature covers no assertion')
  const subject = must(childOf(root, NS.assertion, 'Subject'), 'a subject')
  const confirmation = must(childOf(subject, NS.assertion, 'SubjectConfirmation'), 'a subject confirmation')
  if (confirmation.getAttribute('Method') !== 'urn:oasis:names:tc:SAML:2.0:cm:bearer')
    throw new BrokerError('bank_answer_malformed', 'a subject confirmed otherwise than as bearer')
  const data = must(childOf(confirmation, NS.assertion, 'SubjectConfirmationData'), 'confirmation data')
  const statement = must(childOf(root, NS.assertion, 'AuthnStatement'), 'an authentication statement')
  const context = must(childOf(statement, NS.assertion, 'AuthnContext'), 'an authentication context')
  return {
    id: must(root.getAttribute('ID'), 'an ID'),
    issuer: textOf(childOf(root, NS.assertion, 'Issuer')),
    nameId: must(textOf(childOf(subject, NS.assertion, 'NameID')), 'a name identifier'),
    inResponseTo: data.getAttribute('InResponseTo'),
    recipient: data.getAttribute('Recipient'),
    notOnOrAfter: instant(must(data.getAttribute('NotOnOrAfter'), 'an end')),
    authenticatedAt: instant(must(statement.getAttribute('AuthnInstant'), 'an instant of authentication')),
    level: textOf(childOf(context, NS.assertion, 'AuthnContextClassRef')),
    sessionIndex: statement.getAttribute('SessionIndex') ?? undefined,
    attributes: readAttributes(root),
  }
}

/** SAML Core 1.3.3: UTC, with a Z. */
export function instant(text: string): Date {
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text) ? new Date(text) : undefined
  if (date === undefined || Number.isNaN(date.getTime()))
    throw new BrokerError('bank_answer_malformed', 'a time that is none', { received: text.slice(0, 40) })
  return date
}

function readAttributes(assertion: Element): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const attribute of childrenOf(assertion, NS.assertion, 'AttributeStatement').flatMap(children)) {
    const name = attribute.getAttribute('Name') ?? ''
    // two readers could each believe another one
    if (!is(attribute, NS.assertion, 'Attribute') || found.has(name))
      throw new BrokerError('bank_answer_malformed', 'an attribute twice, or something else among attributes', { received: name.slice(0, 60) })
    found.set(name, childrenOf(attribute, NS.assertion, 'AttributeValue').map(textOf))
  }
  return found
}
