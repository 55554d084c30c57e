/**
 * Owns one certificate hierarchy of a bank: a root and the CA below it that issues shields, their keys on disk, what they sign. Which shields exist and which are
 * revoked is the register's (shields.ts). The keys lie in the clear: nothing real hangs on them.
 */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { days } from '../../server/kernel/clock.ts'
import { type Certificate, readCertificate } from '../../server/pki/certificate.ts'
import { type CertificateProfile, type Issuer, issueCertificate } from '../../server/pki/issue.ts'
import { pem, pemBlocks } from '../../server/pki/pem.ts'
import { generateSm2 } from '../../server/pki/sm2.ts'
import type { BankProfile } from './bank-profile.ts'
import type { Naming } from './naming.ts'

export type KeyKind = 'sm2' | 'rsa'

export interface Authority {
  /** last part of its CRL and OCSP addresses */
  name: string
  certificate: Certificate
  privateKey: KeyObject
  crlUrl: string
  ocspUrl: string
}

export interface Hierarchy {
  kind: KeyKind
  root: Authority
  issuing: Authority
}

const generateRsa = promisify(generateKeyPair)

/** A key pair of this kind; RSA in the thread pool, since it takes a tenth of a second. */
async function newKeys(kind: KeyKind): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return kind === 'sm2' ? generateSm2() : await generateRsa('rsa', { modulusLength: 2048 })
}

/** Makes a hierarchy, valid for twenty years from the day before `now`, and writes its files into `folder`. */
export async function createHierarchy(kind: KeyKind, bank: BankProfile, input: { base: string; folder: string; now: Date }): Promise<Hierarchy> {
  const [rootKeys, issuingKeys] = await Promise.all([newKeys(kind), newKeys(kind)])
  const [root, issuing] = [`${kind}-root`, kind]
  const notBefore = new Date(input.now.getTime() - days(1))
  const name = (what: string) =>
    [
      ['C', 'CN'],
      ['O', `Mock ${bank.id.toUpperCase()}`],
      ['CN', `Mock ${bank.id.toUpperCase()} ${kind.toUpperCase()} ${what}`],
    ] as const
  const rootCertificate = issueCertificate({
    subject: name('Root CA'),
    issuer: { self: rootKeys.privateKey },
    publicKey: rootKeys.publicKey,
    notBefore,
    notAfter: new Date(notBefore.getTime() + days(7300)),
    profile: 'root',
  })
  const issuingCertificate = issueCertificate({
    subject: name('Shield CA'),
    issuer: { certificate: rootCertificate, privateKey: rootKeys.privateKey },
    publicKey: issuingKeys.publicKey,
    notBefore,
    notAfter: new Date(notBefore.getTime() + days(5475)),
    profile: 'ca',
    pathLength: 0,
    crlUrl: crlUrl(input.base, root),
    ocspUrl: ocspUrl(input.base, root),
  })
  await Promise.all([
    writeFile(join(input.folder, `${root}.pem`), pem(rootCertificate)),
    writeFile(join(input.folder, `${root}.key.pem`), pemKey(rootKeys.privateKey), { mode: 0o600 }),
    writeFile(join(input.folder, `${issuing}.pem`), pem(issuingCertificate)),
    writeFile(join(input.folder, `${issuing}.key.pem`), pemKey(issuingKeys.privateKey), { mode: 0o600 }),
  ])
  return loadHierarchy(kind, input)
}

export async function loadHierarchy(kind: KeyKind, { base, folder }: { base: string; folder: string }): Promise<Hierarchy> {
  const load = async (name: string): Promise<Authority> => ({
    name,
    certificate: readCertificate(await readFile(join(folder, `${name}.pem`))),
    privateKey: readPrivateKey(await readFile(join(folder, `${name}.key.pem`), 'utf8')),
    crlUrl: crlUrl(base, name),
    ocspUrl: ocspUrl(base, name),
  })
  return { kind, root: await load(`${kind}-root`), issuing: await load(kind) }
}

const crlUrl = (base: string, name: string): string => `${base}/ca/${name}.crl`
const ocspUrl = (base: string, name: string): string => `${base}/ca/${name}/ocsp`

/** The keys and certificates of one shield, made together: of a dual pair the serials are neighbours. */
export async function issuePair(
  { kind, issuing }: Hierarchy,
  input: Naming & { serial: Buffer; notBefore: Date; notAfter: Date },
): Promise<{ sign: KeyAndCertificate; encrypt?: KeyAndCertificate }> {
  const issuer: Issuer = { certificate: issuing.certificate, privateKey: issuing.privateKey }
  const make = async (profile: CertificateProfile, serial: Buffer): Promise<KeyAndCertificate> => {
    const { publicKey, privateKey } = await newKeys(kind)
    const { subject, extensions, notBefore, notAfter } = input
    const certificate = issueCertificate({
      subject,
      issuer,
      publicKey,
      serial,
      notBefore,
      notAfter,
      profile,
      crlUrl: issuing.crlUrl,
      ocspUrl: issuing.ocspUrl,
      extensions,
    })
    return { certificate, privateKeyPkcs8: privateKey.export({ type: 'pkcs8', format: 'der' }) }
  }
  if (kind === 'rsa') return { sign: await make('single', input.serial) }
  return { sign: await make('sign', input.serial), encrypt: await make('encrypt', nextSerial(input.serial)) }
}

export interface KeyAndCertificate {
  certificate: Buffer
  privateKeyPkcs8: Buffer
}

export function nextSerial(serial: Buffer): Buffer {
  return Buffer.from((BigInt(`0x${serial.toString('hex')}`) + 1n).toString(16).padStart(serial.length * 2, '0'), 'hex')
}

export const pemKey = (key: KeyObject): string => pem(key.export({ type: 'pkcs8', format: 'der' }), 'PRIVATE KEY')

/** SM2 keys have to come in as DER (server/pki/sm2-key.ts); this does for every kind. */
export function readPrivateKey(text: string): KeyObject {
  const [der] = pemBlocks(text, 16 * 1024, 'PRIVATE KEY')
  if (der === undefined) throw new Error('no private key in the file')
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}
