/** Owns the guarantee as the bank writes and signs it: CMS around JSON of the published format, by the bank's signing key of the data channel; and how a bank that is told to misbehave spoils it. */
import { createHash } from 'node:crypto'
import { readCertificate } from '../../server/pki/certificate.ts'
import { signCms } from '../../server/pki/cms.ts'
import { issueCertificate } from '../../server/pki/issue.ts'
import { generateSm2 } from '../../server/pki/sm2.ts'
import type { OwnKey } from '../channel/keys.ts'

export interface Paper {
  way: string
  number: string
  code: string
  verification: string
  fen: number
  validFrom: string
  validUntil: string
  textVersion: string
  text: string
}

/** `forged`: signed by somebody else under the bank's name. `altered`: changed after it was signed. `other-text`: a sentence of the text is the bank's own */
export type Spoilt = 'forged' | 'altered' | 'other-text'

/** @returns base64 of the file, and the SM3 of its bytes */
export function writeDocument(paper: Paper, own: OwnKey, now: Date, spoilt?: Spoilt): { document: string; sm3: string } {
  const text = spoilt === 'other-text' ? `${paper.text}\n七、索赔须附生效判决。` : paper.text
  const textSm3 = createHash('sm3').update(text).digest('hex')
  const content = Buffer.from(JSON.stringify({ format: 'shared-shield guarantee 1', ...paper, text, textSm3, issuedAt: now.toISOString() }))
  const signed = signCms({
    content,
    detached: false,
    ...(spoilt === 'forged' ? impostor(own, now) : { certificate: own.key.certificate, privateKey: own.privateKey }),
  })
  const file = spoilt === 'altered' ? changed(signed, paper.number) : signed
  return { document: file.toString('base64'), sm3: createHash('sm3').update(file).digest('hex') }
}

function impostor({ key }: OwnKey, now: Date) {
  const { publicKey, privateKey } = generateSm2()
  const { notBefore, notAfter } = key.certificate
  const subject: [string, string][] = [['CN', `Mock data channel sign, ${now.getUTCFullYear()}`]]
  return {
    certificate: readCertificate(issueCertificate({ subject, issuer: { self: privateKey }, publicKey, notBefore, notAfter, profile: 'sign' })),
    privateKey,
  }
}

/** another number of the same length, under the old signature */
function changed(signed: Buffer, number: string): Buffer {
  const at = signed.indexOf(number)
  const file = Buffer.from(signed)
  file[at] = file[at] === 0x39 ? 0x38 : 0x39
  return file
}
