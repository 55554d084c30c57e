/** Owns what a signature's later fate means for it: each difference that compare.ts finds is allowed, allowed by the author, or a change; and a later signature excuses what it brings only if it holds itself. */
import { asBrokerError } from '../../kernel/errors.ts'
import type { JudgedValue } from '../contract.ts'
import { type Answer, answerOf, type Check } from '../report.ts'
import type { Coverage } from './byte-range.ts'
import { type Change, changesBetween } from './compare.ts'
import type { Revision } from './file.ts'
import { isLocked, permissionOf } from './form.ts'
import { nameOf } from './objects.ts'
import type { Opened } from './opened.ts'
import { isSpace } from './parser.ts'
import { type Budget, newBudget } from './same.ts'
import type { FoundSignature } from './signatures.ts'
import { check } from './words.ts'

export interface Judged {
  found: FoundSignature
  coverage: Coverage
  revision: Revision | undefined
  value: JudgedValue
  checks: Check[]
}

/** What came after each signature; the last ones first, as an earlier one may lean on a later one that holds. */
export function afterwards(opened: Opened, judged: readonly Judged[]): void {
  const budget = newBudget()
  const byEnd = [...judged].sort((a, b) => (b.coverage.end ?? 0) - (a.coverage.end ?? 0))
  const later = new Map<number, Later>()
  let onlyEvidence = false
  for (const each of byEnd) {
    if (each.revision !== undefined && opened.now !== undefined) {
      const after = changesAfter(each.revision, opened.now, each, later, budget)
      each.checks.push(...after)
      if (each === byEnd[0]) onlyEvidence = after.every(({ code, ok }) => ok === 'yes' && (code === 'changes' || code === 'evidence-added'))
    } else if (opened.now === undefined) each.checks.push(check('changes', 'unknown'))
    later.set(each.found.dict.at, { judged: each, intact: answerOf([...each.checks, ...each.value.checks], 'intact') })
  }
  const last = byEnd[0]?.coverage.end
  // evidence for later comes after the last signature by its nature, and whoever seals here adds it
  if (last !== undefined && last < opened.bytes.length)
    opened.findings.push(check('after-last-seal', onlyEvidence ? 'yes' : 'no', `${opened.bytes.length - last} bytes`))
}

/** Signatures judged already, by where their dictionaries stand. */
interface Later {
  judged: Judged
  intact: Answer
}

function changesAfter(old: Revision, now: Revision, { coverage }: Judged, later: ReadonlyMap<number, Later>, budget: Budget): Check[] {
  const end = coverage.end ?? 0
  if (now.file.tail.end < end || old.section === now.section)
    return end === now.file.bytes.length ? [check('changes', 'yes')] : [check('tail-uncovered', 'no', `${now.file.bytes.length - end} bytes`)]
  const { bytes, tail } = now.file
  if (!bytes.subarray(tail.end).every(octet => isSpace(octet))) return [check('tail-uncovered', 'no', `${bytes.length - tail.end} bytes`)]
  try {
    const changes = changesBetween(old, now, budget)
    const allowed = { permission: isLocked(old) ? 1 : permissionOf(old), end, later }
    const merged = merge(changes.flatMap(change => said(change, allowed)))
    return merged.some(({ of }) => of === 'intact') ? merged : [check('changes', 'yes'), ...merged]
  } catch (thrown) {
    return [check('changes', 'no', asBrokerError(thrown).facts)]
  }
}

interface Allowed {
  permission: number | undefined
  /** where the signed part ends */
  end: number
  later: ReadonlyMap<number, Later>
}

function said(change: Change, allowed: Allowed): Check | Check[] {
  const { kind, facts } = change
  const { permission } = allowed
  switch (kind) {
    case 'content':
      return check('changed-after', 'no', facts)
    case 'annotation':
      return permission === 3 ? check('annotated-allowed', 'yes', facts) : check('annotated-after', 'no', facts)
    case 'form':
      return permission === 2 || permission === 3 ? check('form-filled-allowed', 'yes', facts) : check('form-filled-after', 'no', facts)
    case 'signed':
      return signedLater(change, allowed)
    case 'tags':
      return check('tags-changed-after', 'unknown', facts)
    case 'evidence':
      return check('evidence-added', 'yes', facts)
    case 'metadata':
      return check('metadata-changed', 'yes', facts)
    default:
      return kind satisfies never
  }
}

/** A later signature excuses its own field and what that shows, if it covers them, holds, and is of somebody who is trusted: a drawing over the page could say anything. */
function signedLater({ facts, signature }: Change, { permission, end, later }: Allowed): Check[] {
  const found = signature === undefined || signature.at < end ? undefined : later.get(signature.at)
  if (signature === undefined || found === undefined || found.intact === 'no') return [check('later-signature-broken', 'no', facts)]
  const { judged, intact } = found
  const isStamp = nameOf(judged.found.dict.get('Type')) === 'DocTimeStamp'
  if (isStamp && signature.shows) return [check('annotated-after', 'no', facts)]
  if (permission === 1 && !isStamp) return [check('further-signature-forbidden', 'no', facts)]
  const told = check('further-signatures', 'yes', facts)
  const isStrange = signature.shows && answerOf(judged.value.checks, 'trusted') === 'no'
  return isStrange || intact === 'unknown' ? [told, check('later-signature-untrusted', 'unknown', facts)] : [told]
}

/** One line for each code, with what all of them say. */
function merge(checks: readonly Check[]): Check[] {
  const byCode = Map.groupBy(checks, ({ code }) => code)
  return [...byCode.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const facts = [first, ...others].map(each => each.facts ?? '').join('; ')
    return [{ ...first, facts: facts.slice(0, 1000) }]
  })
}
