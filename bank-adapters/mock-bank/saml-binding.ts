/** Owns how SAML messages travel: HTTP-Redirect, whose signature is over the query as sent (Bindings 3.4.4.1), and HTTP-POST, whose signature is in the XML (3.5). */
import { sign, verify } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Element } from '@xmldom/xmldom'
import type { Request } from 'express'
import { refusals } from './refusal.ts'
import type { Partner } from './saml-partner.ts'
import { parseXml, RSA_SHA256, type SamlSigner, verifiedRoot } from './saml-xml.ts'

export interface Received {
  root: Element
  relayState: string | undefined
}

type MessageName = 'SAMLRequest' | 'SAMLResponse'

/**
 * A message of the partner, of either binding, its signature verified.
 * @param partner asked once more for fresh keys where the first answer does not verify
 * @throws Refusal 400, 403
 */
export async function receive(req: Request, partner: (options?: { fresh?: boolean }) => Promise<Partner>): Promise<Received> {
  const open = req.method === 'POST' ? posted(req) : byRedirect(req)
  try {
    return open((await partner()).certificates)
  } catch {
    return open((await partner({ fresh: true })).certificates)
  }
}

function posted(req: Request): (certificates: readonly string[]) => Received {
  const field = (name: string): string | undefined => {
    const value: unknown = req.body?.[name]
    return typeof value === 'string' ? value : undefined
  }
  const text = field('SAMLRequest') ?? field('SAMLResponse')
  if (text === undefined) throw refusals.badRequest('No SAML message.')
  const xml = Buffer.from(text, 'base64').toString('utf8')
  return certificates => ({ root: verifiedRoot(xml, certificates), relayState: field('RelayState') })
}

function byRedirect(req: Request): (certificates: readonly string[]) => Received {
  const query = req.originalUrl.split('?')[1] ?? ''
  const parts = new Map(query.split('&').map(part => [part.slice(0, part.indexOf('=')), part]))
  const value = (name: string): string | undefined => {
    const part = parts.get(name)
    return part === undefined ? undefined : decodeURIComponent(part.slice(name.length + 1).replaceAll('+', ' '))
  }
  const name: MessageName = parts.has('SAMLRequest') ? 'SAMLRequest' : 'SAMLResponse'
  const [message, signature, algorithm] = [value(name), value('Signature'), value('SigAlg')]
  if (message === undefined) throw refusals.badRequest('No SAML message.')
  if (signature === undefined || algorithm !== RSA_SHA256) throw refusals.unknownPartner('The message is not signed with RSA and SHA-256.')
  const covered = [name, 'RelayState', 'SigAlg'].flatMap(part => parts.get(part) ?? []).join('&')
  const root = parseXml(inflate(message))
  return certificates => {
    const valid = certificates.some(pem => verify('sha256', Buffer.from(covered), pem, Buffer.from(signature, 'base64')))
    if (!valid) throw refusals.unknownPartner('The signature of the message does not verify.')
    return { root, relayState: value('RelayState') }
  }
}

function inflate(base64: string): string {
  try {
    return inflateRawSync(Buffer.from(base64, 'base64'), { maxOutputLength: 64 * 1024 }).toString('utf8')
  } catch (cause) {
    throw refusals.badRequest('The message does not unpack.', cause)
  }
}

/** The address that carries this message, signed. */
export function redirectTo(location: string, input: { name: MessageName; xml: string; relayState?: string | undefined; signer: SamlSigner }): string {
  const { name, xml, relayState, signer } = input
  if (!('privateKey' in signer)) throw new Error('only a private key signs a redirect')
  const pairs: [string, string][] = [
    [name, deflateRawSync(Buffer.from(xml)).toString('base64')],
    ...(relayState === undefined ? [] : [['RelayState', relayState] satisfies [string, string]]),
    ['SigAlg', RSA_SHA256],
  ]
  const query = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
  const signature = sign('sha256', Buffer.from(query), signer.privateKey).toString('base64')
  return `${location}${location.includes('?') ? '&' : '?'}${query}&Signature=${encodeURIComponent(signature)}`
}
