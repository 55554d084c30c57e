/**
 * Owns the login at a bank without redirect: a challenge in words, signed by the shield through the agent on the person's machine. What the agent says about the
 * certificate or the holder is never believed: the company is read from the certificate that the signature proves and that chains to the bank.
 *
 * A recorded signature is worth nothing: the text names center, page, browser session, attempt and a random number, is valid for minutes, and serves once.
 */

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { BrokerError } from '../server/kernel/errors.ts'
import type { BankIdentity, PersonRole } from '../server/kernel/identity.ts'
import { oneLine } from '../server/kernel/one-line.ts'
import { type Certificate, certificateFacts, readPemBundle } from '../server/pki/certificate.ts'
import { valuesOf } from '../server/pki/names.ts'
import { sm3 } from '../server/pki/sm2.ts'
import { readSubject, type SubjectOfShield } from '../server/pki/subject-profiles.ts'
import type { ShieldBank } from './bank-data.ts'
import type { AdapterKind, Attempt } from './contract.ts'
import { formatNamed } from './shield-signature.ts'

const memoShape = z.object({ text: z.string(), issuedAt: z.iso.datetime(), expiresAt: z.iso.datetime(), nonce: z.string() })
/** what GB/T 20518 certificates of our banks write in OU */
const ROLES: ReadonlyMap<string, PersonRole> = new Map([
  ['法定代表人', 'legal-representative'],
  ['经办人', 'operator'],
])

export const shieldKind = ((bank, deps) => {
  if (bank.protocol !== 'shield') throw new BrokerError('config_invalid', `bank ${bank.id} is not of the kind shield`)
  const issuers = issuersOf(bank.anchors)
  /** @throws BrokerError where the subject does not fit the bank's profile */
  const identityIn = (certificate: Certificate, at: Date): BankIdentity => {
    const holder = readSubject(bank.subjectProfile, certificate)
    return {
      bank: bank.id,
      subject: holder.stableSubject,
      person: personOf(holder),
      seats: [{ uscc: holder.uscc, name: holder.enterprise, role: roleIn(certificate) }],
      assurance: bank.assurance,
      methods: ['hwk', 'pin'],
      authenticatedAt: at.toISOString(),
      certificate: certificateFacts(certificate),
    }
  }
  return {
    async begin(attempt) {
      const [issued, nonce] = [deps.clock.now(), randomBytes(16).toString('hex')]
      const issuedAt = issued.toISOString()
      const expiresAt = new Date(issued.getTime() + bank.challengeSeconds * 1000).toISOString()
      const text = challengeText(bank, attempt, { issuedAt, expiresAt, nonce })
      return {
        challenge: { kind: 'sign', text, agentUrl: bank.agentUrl, issuers: await issuers(), expiresAt },
        memo: { text, issuedAt, expiresAt, nonce },
      }
    },

    async complete(attempt, answer, memo): Promise<BankIdentity> {
      if (answer.kind !== 'signature') throw new BrokerError('bad_request', `a shield login was answered with a ${answer.kind}`)
      const challenge = memoShape.parse(memo)
      // whoever may have mixed up two logins: the words are made again from this attempt and must be the ones that were shown
      if (challengeText(bank, attempt, challenge) !== challenge.text)
        throw new BrokerError('challenge_mismatch', 'the challenge was made for another attempt, center or browser')
      const [now, expiresAt] = [deps.clock.now(), new Date(challenge.expiresAt)]
      if (now > expiresAt)
        throw new BrokerError('challenge_expired', 'the signature came too late', {
          received: now.toISOString(),
          expected: `by ${challenge.expiresAt}`,
        })

      const format = formatNamed(answer.algorithm, bank.algorithms)
      // possession first: a certificate that nobody proved to hold sets nothing in motion, least of all a fetch of its CRL
      const leaf = format.prove({
        text: Buffer.from(challenge.text, 'utf8'),
        certificate: readBytes(answer.certificate, 'certificate_malformed'),
        signature: readBytes(answer.signature, 'signature_invalid'),
      })
      const certificate = await deps.checkCertificate({ bank: bank.id, leaf: leaf.der, use: 'sign' })
      const identity = identityIn(certificate, now)
      if (!(await deps.once(`shield:${challenge.nonce}`, expiresAt))) throw new BrokerError('challenge_used', 'this challenge was answered before')
      return identity
    },

    holderOf(certificate) {
      try {
        return identityIn(certificate, deps.clock.now())
      } catch (thrown) {
        if (thrown instanceof BrokerError) return undefined
        throw thrown
      }
    },
  }
}) satisfies AdapterKind

/** The words: everything the signature is bound to, readable for the one who signs. */
function challengeText(bank: ShieldBank, { id, binding }: Attempt, made: { issuedAt: string; expiresAt: string; nonce: string }): string {
  const purpose = { login: '登录' }[binding.purpose]
  return [
    '共享盾登录确认',
    `用途:${purpose}`,
    `登录:${oneLine(binding.relyingPartyName)}(${oneLine(binding.relyingParty)})`,
    `平台:${binding.origin}`,
    `银行:${bank.name.zh}`,
    `时间:${made.issuedAt}`,
    `有效至:${made.expiresAt}`,
    `会话:${sm3(Buffer.from(binding.browser)).slice(0, 32)}`,
    `编号:${id}`,
    `随机:${made.nonce}`,
  ].join('\n')
}

/** A CFCA name holds the company alone: then the person is whoever the company gave its shield to. */
function personOf({ person, enterprise }: SubjectOfShield): BankIdentity['person'] {
  const idDigest = idDigestOf(person?.code)
  return { name: person?.name ?? `${enterprise}持盾人`, ...(idDigest === undefined ? {} : { idDigest }) }
}

/** The person's code in the certificate as the banks share it: an identity number is digested here and goes no further, a digest is taken as it stands. */
function idDigestOf(code: string | undefined): string | undefined {
  if (code === undefined) return undefined
  if (/^[0-9a-f]{64}$/i.test(code)) return code.toLowerCase()
  return /^\d{17}[\dX]$/i.test(code) ? sm3(Buffer.from(code.toUpperCase())) : undefined
}

function roleIn({ subject }: Certificate): PersonRole {
  return (
    valuesOf(subject, 'OU')
      .map(unit => ROLES.get(unit))
      .find(role => role !== undefined) ?? 'operator'
  )
}

function readBytes(base64: string, otherwise: 'certificate_malformed' | 'signature_invalid'): Buffer {
  if (base64.length === 0 || base64.length > 16_384 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
    throw new BrokerError(otherwise, 'not base64 of a bounded size', { received: `${base64.length} characters` })
  return Buffer.from(base64, 'base64')
}

/** Names of the CAs whose shields the page offers; only a help to the person, so an unreadable file offers every shield. */
function issuersOf(anchors: string): () => Promise<string[]> {
  let known: string[] | undefined
  return async () => {
    try {
      known ??= readPemBundle(await readFile(anchors, 'utf8')).flatMap(({ subject }) => valuesOf(subject, 'CN'))
    } catch {
      return []
    }
    return known
  }
}
