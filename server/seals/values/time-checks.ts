/** Owns the time of a seal: shown by a time stamp over the signature value where one holds, else the signer's own word. The word alone is as good as what it leads to: what is still in force today was in force whenever it was. */
import type { Evidence } from '../contract.ts'
import type { StampVerdictOf } from '../ports.ts'
import type { Check } from '../report.ts'
import { type CheckCode, check } from './words.ts'

export interface SealingTime {
  /** the time that counts: proven, else claimed, else now */
  at: Date
  claimedAt: Date | undefined
  provenAt: Date | undefined
  now: Date
  /** about the stamps alone */
  checks: Check[]
}

/** How far a signer's clock may be off, in milliseconds. */
export const SKEW = 5 * 60_000
/** tokens in one signature that are looked at */
const MOST_STAMPS = 3

/** @param stamps tokens over `signature`, of which the first that holds counts */
export async function sealingTime(input: {
  claimedAt: Date | undefined
  stamps: readonly Buffer[]
  signature: Buffer
  now: Date
  stampVerdictOf: StampVerdictOf
  evidence?: Evidence | undefined
}): Promise<SealingTime> {
  const { claimedAt, stamps, signature, now, stampVerdictOf, evidence } = input
  const { provenAt, checks } = await judgeStamps('timestamp', stamps, token => stampVerdictOf(token, signature, evidence))
  const claim = claimedAt !== undefined && claimedAt <= now ? claimedAt : undefined
  return { at: provenAt ?? claim ?? now, claimedAt, provenAt, now, checks }
}

/** Nobody says when. */
export const isTimeless = ({ claimedAt, provenAt }: SealingTime): boolean => claimedAt === undefined && provenAt === undefined

/** The first token that holds; where none does, what is wrong with the first. */
export async function judgeStamps(
  code: Extract<CheckCode, 'timestamp' | 'seal-timestamp'>,
  stamps: readonly Buffer[],
  verdictOf: (token: Buffer) => ReturnType<StampVerdictOf>,
): Promise<{ provenAt: Date | undefined; checks: Check[] }> {
  let first: Check | undefined
  for (const token of stamps.slice(0, MOST_STAMPS)) {
    const verdict = await verdictOf(token)
    if (verdict.ok) {
      const { genTime } = verdict.info
      return { provenAt: genTime, checks: [check(code, 'yes', `${genTime.toISOString()} ${verdict.signer.subject.text}`)] }
    }
    const wrong = verdict.code === 'timestamp_invalid' || verdict.code === 'timestamp_malformed'
    const facts = `${verdict.code}: ${verdict.facts}`
    first ??= wrong ? check(code, 'no', facts) : check(`${code}-unconfirmed`, 'unknown', facts)
  }
  return { provenAt: undefined, checks: first === undefined ? [] : [first] }
}

/** @param isGoodNow whether certificate and seal are in force and not revoked, as of now; asked only where no stamp shows the time */
export async function timeCheck({ claimedAt, provenAt, now }: SealingTime, isGoodNow: () => Promise<boolean>): Promise<Check> {
  if (provenAt !== undefined) {
    const after = claimedAt !== undefined && claimedAt.getTime() > provenAt.getTime() + SKEW
    return check('time', !after, `${provenAt.toISOString()}${claimedAt === undefined ? '' : ` ${claimedAt.toISOString()}`}`)
  }
  if (claimedAt !== undefined && claimedAt.getTime() > now.getTime() + SKEW) return check('time-claimed', 'no', claimedAt.toISOString())
  const good = (await isGoodNow()) ? 'yes' : 'unknown'
  return claimedAt === undefined ? check('time-missing', good) : check('time-claimed', good, claimedAt.toISOString())
}
