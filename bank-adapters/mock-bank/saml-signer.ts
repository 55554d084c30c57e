/** Owns the key that signs a SAML bank's messages, and the metadata that publish it. */
import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hours } from '../../server/kernel/clock.ts'
import { issueCertificate } from '../../server/pki/issue.ts'
import { pem } from '../../server/pki/pem.ts'
import type { Bank } from './bank.ts'
import { pemKey, readPrivateKey } from './hierarchy.ts'
import { replaceFile } from './register.ts'
import { escapeXml, METADATA, PROTOCOL, type SamlSigner } from './saml-xml.ts'

export type KeySigner = Extract<SamlSigner, { privateKey: unknown }>

/** PEM of the certificate that verifies this bank's assertions. */
export const signingCertificateFile = (bank: Pick<Bank, 'shields'>): string => join(bank.shields.folder, 'signing.pem')

/** The bank's own, made the first time. */
export async function loadSigner(bank: Bank): Promise<KeySigner> {
  const [certificateFile, keyFile] = [signingCertificateFile(bank), join(bank.shields.folder, 'signing.key.pem')]
  try {
    const [certificatePem, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')])
    return { certificatePem, privateKey: readPrivateKey(key) }
  } catch {
    const made = newSamlSigner(`Mock ${bank.profile.id.toUpperCase()} assertions`, bank.clock.now())
    replaceFile(keyFile, pemKey(made.privateKey))
    replaceFile(certificateFile, made.certificatePem)
    return made
  }
}

/** A signing key with a certificate of its own, for a bank that is asked for one the first time, and for strangers. */
export function newSamlSigner(name: string, now: Date): KeySigner {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = issueCertificate({
    subject: [['CN', name]],
    issuer: { self: privateKey },
    publicKey,
    notBefore: new Date(now.getTime() - hours(24)),
    notAfter: new Date(now.getTime() + hours(24 * 3650)),
    profile: 'sign',
  })
  return { privateKey, certificatePem: pem(certificate) }
}

export function metadataXml({ entityId, base, certificatePem }: { entityId: string; base: string; certificatePem: string }): string {
  const e = escapeXml
  const certificate = certificatePem.replaceAll(/-----[^-]+-----|\s/g, '')
  const service = (name: string, binding: string, location: string) =>
    `<md:${name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${e(`${base}/saml/${location}`)}"/>`
  return (
    `<md:EntityDescriptor xmlns:md="${METADATA}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${e(entityId)}">` +
    `<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="${PROTOCOL}">` +
    `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
    service('SingleLogoutService', 'HTTP-Redirect', 'slo') +
    service('SingleLogoutService', 'HTTP-POST', 'slo') +
    '<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>' +
    service('SingleSignOnService', 'HTTP-Redirect', 'sso') +
    service('SingleSignOnService', 'HTTP-POST', 'sso') +
    '</md:IDPSSODescriptor></md:EntityDescriptor>'
  )
}
