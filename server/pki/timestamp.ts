/**
 * Owns the question "did this exist at that time?": the decision on a time-stamp token, RFC 3161 2.2, 2.3 and 4, GM/T 0033. It never throws: a hostile token gets a code
 * like any other.
 */
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import { children, elementAt, onlyElement, TAG } from './der.ts'
import { EXTENSION } from './extensions.ts'
import { readName } from './names.ts'
import type { OcspResponse } from './ocsp.ts'
import { verifyChain } from './path.ts'
import { judgeRevocation } from './revocation-verdict.ts'
import { digestOf } from './timestamp-algorithms.ts'
import type { Imprint, TimestampInfo } from './timestamp-info.ts'
import { readTimestampToken, type TimestampToken } from './timestamp-token.ts'

export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
/** How far an authority's clock may run ahead of ours, in milliseconds. */
const SKEW = 60_000

export interface TimestampQuestion {
  token: Uint8Array
  /** what was stamped: the bytes themselves, or a digest of them already made */
  of: { data: Uint8Array } | { imprint: Imprint }
  /** hexadecimal, the one that was sent: a token without it or with another is refused */
  nonce?: string
  /** the policies of which one must be stated; any where left out */
  policies?: readonly string[]
  roots: readonly Certificate[]
  intermediates?: readonly Certificate[]
  /** now: what is known about revocation is judged here, the path at the time stamped */
  at: Date
  crls?: readonly Crl[]
  ocsp?: readonly OcspResponse[]
  /** every certificate below the anchor must be shown to be not revoked; without it, only a known revocation refuses */
  requireRevocation?: boolean
}

export type TimestampVerdict =
  | { ok: true; info: TimestampInfo; signer: Certificate /** leaf first, anchor last */; path: readonly Certificate[] }
  | { ok: false; code: FailureCode; clause: string; facts: string }

type Refusal = Extract<TimestampVerdict, { ok: false }>
type Rule = (token: TimestampToken, question: TimestampQuestion) => Refusal | undefined

const refusal = (code: FailureCode, clause: string, facts: string): Refusal => ({ ok: false, code, clause, facts })
const invalid = (clause: string, facts: string): Refusal => refusal('timestamp_invalid', `RFC 3161 ${clause}`, facts)

const rules: readonly Rule[] = [
  function imprint({ info }, { of }) {
    const { digest, hash } = info.imprint
    const same = 'data' in of ? digestOf(digest, of.data).equals(hash) : of.imprint.digest === digest && of.imprint.hash.equals(hash)
    return same ? undefined : invalid('2.2', 'it stamps something else')
  },
  function nonce({ info }, question) {
    // an authority that was given none and answers with one is odd, and harms nobody
    if (question.nonce === undefined || info.nonce === plain(question.nonce)) return undefined
    return invalid('2.2', info.nonce === undefined ? 'it carries no nonce where one was sent' : 'it carries another nonce than was sent')
  },
  function policy({ info }, { policies }) {
    return policies === undefined || policies.includes(info.policy) ? undefined : invalid('2.2', `it was made under policy ${info.policy}`)
  },
  function extensions({ info }) {
    return info.criticalUnknown.length === 0 ? undefined : invalid('2.4.2', `critical extension ${info.criticalUnknown[0]} is not understood`)
  },
  function authorityName({ info, signer }) {
    return info.tsa === undefined || isNameOf(info.tsa, signer)
      ? undefined
      : invalid('2.4.2', 'it names another authority than the one that signed it')
  },
  function purpose({ signer }) {
    const purposes = signer.extensions.get(EXTENSION.extendedKeyUsage)
    const only = signer.extKeyUsage?.size === 1 && signer.extKeyUsage.has(TIME_STAMPING)
    if (purposes?.critical === true && only) return undefined
    return refusal('certificate_wrong_use', 'RFC 3161 2.3', 'the certificate is not for time stamping alone, marked critical')
  },
  function keyUsage({ signer }) {
    const usage = signer.keyUsage
    if (usage === undefined || usage.has('digitalSignature') || usage.has('nonRepudiation')) return undefined
    return refusal('certificate_wrong_use', 'RFC 5280 4.2.1.3', 'the authority’s key is not for signing')
  },
  function time({ info }, { at }) {
    if (info.genTime.getTime() <= at.getTime() + SKEW + (info.accuracyMs ?? 0)) return undefined
    return invalid('2.4.2', `its time ${info.genTime.toISOString()} has not come yet`)
  },
]

/** Decides whether a token shows that something existed at its time. */
export function verifyTimestamp(question: TimestampQuestion): TimestampVerdict {
  try {
    const token = readTimestampToken(question.token, question.intermediates)
    for (const rule of rules) {
      const found = rule(token, question)
      if (found !== undefined) return found
    }
    return trust(token, question)
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    return refusal(code === 'internal' ? 'timestamp_malformed' : code, 'RFC 3161 2.4.2', facts)
  }
}

/** The same for a caller that goes on only when it is good. @throws BrokerError with the verdict's code */
export function requireTimestamp(question: TimestampQuestion): Extract<TimestampVerdict, { ok: true }> {
  const verdict = verifyTimestamp(question)
  if (!verdict.ok) throw new BrokerError(verdict.code, `${verdict.facts} (${verdict.clause})`)
  return verdict
}

/**
 * The path is judged at the time stamped: a token outlives the certificate of its authority. Revocation is judged by what is known now, as a key that was stolen may
 * write any time it likes.
 */
function trust({ info, signer, certificates }: TimestampToken, question: TimestampQuestion): TimestampVerdict {
  const { roots, intermediates = [], at, crls = [], ocsp = [], requireRevocation = false } = question
  // the purpose was one of the rules above, and stricter than a path asks for
  const result = verifyChain({ leaf: signer, intermediates: [...intermediates, ...certificates], roots, at: info.genTime })
  if (!result.ok) return refusal(result.code, result.clause, `${result.facts}, at the time stamped`)
  for (const [depth, certificate] of result.path.entries()) {
    const issuer = result.path[depth + 1]
    if (issuer === undefined) continue
    // each word by itself as well: what one excuses, another may not
    const words = [{ crls, ocsp }, ...crls.map(crl => ({ crls: [crl] })), ...ocsp.map(answer => ({ ocsp: [answer] }))]
    for (const [i, word] of words.entries()) {
      const verdict = judgeRevocation(certificate, issuer, { at, ...word })
      if (verdict.state === 'revoked' && !isExcused(verdict, info)) return refusal('certificate_revoked', 'RFC 3161 4', verdict.facts)
      if (i === 0 && verdict.state === 'unknown' && requireRevocation) return refusal('revocation_unknown', 'RFC 3161 4', verdict.facts)
    }
  }
  return { ok: true, info, signer, path: result.path }
}

/** unspecified, affiliationChanged, superseded, cessationOfOperation */
const HARMLESS: readonly (number | undefined)[] = [0, 3, 4, 5]

/** RFC 3161 4 (1): what was stamped before a revocation of these reasons stays good; a revocation without a reason, or for a lost key, takes all with it. */
const isExcused = ({ since, reason }: { since?: Date; reason?: number }, { genTime, accuracyMs = 0 }: TimestampInfo): boolean =>
  since !== undefined && HARMLESS.includes(reason) && genTime.getTime() + accuracyMs < since.getTime()

/** A GeneralName among the signer's names (RFC 3161 2.4.2, tsa): its subject, or one of its alternative names to the byte. */
function isNameOf(name: Buffer, signer: Certificate): boolean {
  const { tag, content } = elementAt(name)
  if (tag === 0xa4 && readName(onlyElement(content, TAG.sequence)).key === signer.subject.key) return true
  const alternatives = signer.extension(EXTENSION.subjectAltName)
  return alternatives !== undefined && children(onlyElement(alternatives, TAG.sequence)).some(each => each.raw.equals(name))
}

const plain = (hexadecimal: string): string => hexadecimal.toLowerCase().replace(/^(00)+(?=..)/, '')
