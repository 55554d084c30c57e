/** A small bank for the agent's and the adapter's tests: a root, and shields made by it. Real certificates, few PBKDF2 iterations. */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ShieldFile, sealShieldFile } from '../../bank-adapters/shield-agent/shield-file.ts'
import { Certificate } from '../../server/pki/certificate.ts'
import { utf8 } from '../../server/pki/der-write.ts'
import { type CertificateProfile, type Issuer, issueCertificate } from '../../server/pki/issue.ts'
import type { NameParts } from '../../server/pki/names.ts'
import { exportPrivate, generateSm2 } from '../../server/pki/sm2.ts'

export const PIN = '135790'
const NOT_BEFORE = new Date('2026-01-01T00:00:00Z')
const NOT_AFTER = new Date('2029-01-01T00:00:00Z')
const USCC_OID = '1.2.156.10260.4.1.4'
const PERSON_CODE_OID = '1.2.156.10260.4.1.1'
/** passes the check of GB 32100 */
export const USCC = '91350200556207664B'

export interface TestBank extends Issuer {
  certificate: Certificate
}

export function newBank(name = 'Test Shield CA'): TestBank {
  const { publicKey, privateKey } = generateSm2()
  const subject: NameParts = [
    ['C', 'CN'],
    ['CN', name],
  ]
  const der = issueCertificate({ subject, issuer: { self: privateKey }, publicKey, notBefore: NOT_BEFORE, notAfter: NOT_AFTER, profile: 'root' })
  return { certificate: new Certificate(der), privateKey }
}

export interface HolderWishes {
  kind?: ShieldFile['kind']
  label?: string
  uscc?: string
  company?: string
  person?: string
  unit?: string
  /** the person's, in extension 1.2.156.10260.4.1.1 */
  code?: string
  crlUrl?: string
  notBefore?: Date
  notAfter?: Date
}

/** A shield with its keys in the clear beside it, so that a test can also do wrong with them. */
export interface TestShield {
  file: ShieldFile
  sign: { certificate: Certificate; privateKey: KeyObject }
  encrypt: { certificate: Certificate; privateKey: KeyObject; publicKey: KeyObject } | undefined
}

export function newShield(bank: TestBank, wishes: HolderWishes = {}): TestShield {
  const kind = wishes.kind ?? 'SM2-dual'
  const make = (profile: CertificateProfile) => {
    const { publicKey, privateKey } = kind === 'SM2-dual' ? generateSm2() : generateKeyPairSync('rsa', { modulusLength: 2048 })
    const der = issueCertificate({
      subject: [
        ['C', 'CN'],
        ['O', wishes.company ?? '演示测试(示范)有限公司'],
        ['OU', wishes.unit ?? '经办人'],
        ['CN', wishes.person ?? '示范甲'],
      ],
      issuer: bank,
      publicKey,
      notBefore: wishes.notBefore ?? NOT_BEFORE,
      notAfter: wishes.notAfter ?? NOT_AFTER,
      profile,
      ...(wishes.crlUrl === undefined ? {} : { crlUrl: wishes.crlUrl }),
      extensions: [
        { oid: USCC_OID, der: utf8(wishes.uscc ?? USCC) },
        ...(wishes.code === undefined ? [] : [{ oid: PERSON_CODE_OID, der: utf8(wishes.code) }]),
      ],
    })
    return { certificate: new Certificate(der), privateKey, publicKey }
  }
  const sign = make(kind === 'SM2-dual' ? 'sign' : 'single')
  const encrypt = kind === 'SM2-dual' ? make('encrypt') : undefined
  const sealed = ({ certificate, privateKey }: typeof sign) => ({ certificate: certificate.der, privateKeyPkcs8: exportPrivate(privateKey) })
  const file = sealShieldFile({
    label: wishes.label ?? '示范甲的盾',
    bank: 'abc',
    kind,
    pin: PIN,
    iterations: 10_000,
    sign: sealed(sign),
    encrypt: encrypt === undefined ? undefined : sealed(encrypt),
  })
  return { file, sign, encrypt }
}

/** A row of USB ports, with plugging in and out. */
export function newFolder() {
  const path = mkdtempSync(join(tmpdir(), 'shields-'))
  const pathOf = (file: ShieldFile) => join(path, `${file.id}.json`)
  return {
    path,
    plugIn(...files: ShieldFile[]): void {
      for (const file of files) writeFileSync(pathOf(file), JSON.stringify(file))
    },
    pullOut: (file: ShieldFile): void => rmSync(pathOf(file)),
    pathOf,
    remove: (): void => rmSync(path, { recursive: true, force: true }),
  }
}

export const wrongPin = (): string => `x${randomBytes(4).toString('hex')}`
