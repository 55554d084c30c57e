import { isUscc } from '../kernel/uscc.ts'
import type { AuditEvent } from './events.ts'

type Fact = string | number | boolean

/** The most characters of one fact that the record keeps. */
const MOST = 300

/**
 * The last look at facts before they are written for good: persons' names keep their first character, digests their beginning, numbers of identity cards and phones their ends, and anything shaped like a token or a
 * key is cut out. Rooms do not put secrets into facts; this is for the day when one does.
 */
export function maskFacts(facts: AuditEvent['facts']): AuditEvent['facts'] {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, maskFact(name, fact)]))
}

function maskFact(name: string, fact: Fact): Fact {
  if (typeof fact !== 'string') return typeof fact === 'number' && !Number.isFinite(fact) ? String(fact) : fact
  if (PERSON.test(name)) return maskName(fact)
  if (DIGEST.test(name)) return `${fact.slice(0, 8)}…`
  if (SECRET.test(name) || SHAPED_LIKE_SECRET.test(fact)) return '[redacted]'
  const masked = isUscc(fact) ? fact : fact.replaceAll(ID_NUMBER, maskId).replaceAll(PHONE, maskPhone)
  return masked.length > MOST ? `${masked.slice(0, MOST)}…` : masked
}

/** 张三丰 becomes 张**; at most five stars, so that a long name does not tell its length. */
function maskName(name: string): string {
  const [first = '', ...rest] = name.trim()
  return first + '*'.repeat(Math.min(rest.length, 5))
}

const PERSON = /^(person|person_?name|holder|legal_?representative|operator)$/i
const DIGEST = /^id_?digest$/i
const SECRET = /(token|secret|password|cookie|authorization|private_?key|^pin$|verifier|assertion$)/i
/** a JSON Web Token, a PEM block, a DER certificate in base64 */
const SHAPED_LIKE_SECRET = /(eyJ[\w-]{10,}\.[\w-]{10,}|-----BEGIN |\bMII[A-Za-z0-9+/]{60,})/
/** a resident identity number, GB 11643: region, date of birth, order, check character */
const ID_NUMBER = /(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])/g
const PHONE = /(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])/g
const maskId = (number: string): string => `${number.slice(0, 6)}********${number.slice(-4)}`
const maskPhone = (number: string): string => `${number.slice(0, 3)}****${number.slice(-4)}`
