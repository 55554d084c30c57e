import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { days } from '../kernel/clock.ts'
import { Certificate } from './certificate.ts'
import { type CertificateProfile, type CertificateRequest, issueCertificate } from './issue.ts'
import { exportPrivate } from './sm2.ts'

/** A key of the platform's own with its certificate, under a root that signed this one and whose key was then forgotten: nobody can make a second one under it. */
export interface KeyUnderOwnRoot {
  privateKey: KeyObject
  certificate: Certificate
  root: Certificate
}

const stored = z.object({ key: z.string(), certificate: z.string(), root: z.string() })

/**
 * @param keys of the holder and of the root; of one algorithm
 * @param names the common names of both
 * @param validity from when, and how many years of 365 days
 * @param profile what the holder's key is for; a `ca` issues certificates, and no CA stands below it
 * @returns the text in which it is kept: it holds the private key, and is to be sealed
 */
export function makeUnderOwnRoot(
  keys: { holder: KeyObject; root: KeyObject },
  names: { holder: string; root: string },
  validity: { from: Date; years: number },
  extensions: CertificateRequest['extensions'] = [],
  profile: CertificateProfile = 'sign',
): string {
  const dates = { notBefore: validity.from, notAfter: new Date(validity.from.getTime() + days(validity.years * 365)) }
  const named = (name: string): [string, string][] => [
    ['C', 'CN'],
    ['O', '共享盾 Shared Shield'],
    ['CN', name],
  ]
  const root = issueCertificate({
    ...dates,
    subject: named(names.root),
    issuer: { self: keys.root },
    publicKey: createPublicKey(keys.root),
    profile: 'root',
    pathLength: profile === 'ca' ? 1 : 0,
  })
  const certificate = issueCertificate({
    ...dates,
    subject: named(names.holder),
    issuer: { certificate: root, privateKey: keys.root },
    publicKey: createPublicKey(keys.holder),
    profile,
    ...(profile === 'ca' ? { pathLength: 0 } : {}),
    extensions,
  })
  return JSON.stringify({
    key: exportPrivate(keys.holder).toString('base64'),
    certificate: certificate.toString('base64'),
    root: root.toString('base64'),
  })
}

/** What `makeUnderOwnRoot` wrote. @param importKey from PKCS#8 @throws Error where it is another text */
export function readUnderOwnRoot(text: string, importKey: (der: Buffer) => KeyObject): KeyUnderOwnRoot {
  const { key, certificate, root } = stored.parse(JSON.parse(text))
  return {
    privateKey: importKey(Buffer.from(key, 'base64')),
    certificate: new Certificate(Buffer.from(certificate, 'base64')),
    root: new Certificate(Buffer.from(root, 'base64')),
  }
}
