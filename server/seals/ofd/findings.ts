/** Owns what is told about a package whichever seal: parts that none protects, signatures that no list names, and whatever else would make two readers see two documents. */
import type { Check, SealReport } from '../report.ts'
import { check, named } from './checks.ts'
import { type Opened, roleIn } from './opened.ts'
import type { OfdPackage } from './package.ts'
import { keyOf } from './package-names.ts'
import { xmlIn } from './xml-parts.ts'
import { attributeOf, descendantsOf } from './xml-tree.ts'

/** parts of no known use that are opened to see whether they are signatures, and how large such may be */
const SNIFFED = 2_000
const SMALL = 4 * 1024 * 1024

/** @param refused parts in the place of evidence that are none */
export function findingsOf(of: OfdPackage, opened: readonly Opened[], seals: readonly SealReport[], refused: readonly string[]): Check[] {
  // whether seals protect it or not, a part that cannot be read is told
  const damaged = of.paths.filter(path => !isSound(of, path))
  const findings: Check[] = []
  if (damaged.length > 0) findings.push(check('part-damaged', 'no', named(damaged)))
  findings.push(...aboutDocuments(of, opened), ...aboutLists(opened, seals.length))
  if (refused.length > 0) findings.push(check('evidence-refused', 'no', named(refused)))
  const hidden = hiddenIn(of, opened)
  if (hidden.length > 0) findings.push(check('signature-hidden', 'no', named(hidden)))
  if (seals.length > 0) findings.push(...unprotected(of, opened, seals))
  return findings
}

function isSound(of: OfdPackage, path: string): boolean {
  try {
    of.mentionsSignature(path)
    return true
  } catch {
    return false
  }
}

function aboutDocuments(of: OfdPackage, opened: readonly Opened[]): Check[] {
  const findings: Check[] = []
  if (opened.length > 1) findings.push(check('several-documents', 'unknown', `${opened.length}`))
  for (const { body, document } of opened) {
    const versions = [...descendantsOf(body.node)].filter(({ name }) => name === 'Version')
    if (versions.length > 0)
      findings.push(check('versions', 'unknown', named(versions.map(node => attributeOf(node, 'BaseLoc')?.slice(0, 200) ?? ''))))
    if (document === undefined) {
      findings.push(check('structure', 'no', body.root?.slice(0, 200)))
      continue
    }
    const twice = repeated(document.pages.map(({ id }) => id))
    if (twice.length > 0) findings.push(check('page-twice', 'no', named(twice)))
    const missing = document.pages.filter(({ path }) => of.find(path) === undefined).map(({ path }) => path)
    if (missing.length > 0) findings.push(check('page-missing', 'no', named(missing)))
  }
  return findings
}

function aboutLists(opened: readonly Opened[], judged: number): Check[] {
  const findings: Check[] = []
  for (const { body, list } of opened) {
    if (body.list !== undefined && list === undefined) findings.push(check('list-missing', 'no', body.list.slice(0, 200)))
    if (list === undefined) continue
    if (list.listed.length === 0) findings.push(check('list-empty', 'no', list.path))
    const twice = [...repeated(list.listed.map(({ id }) => id)), ...repeated(list.listed.map(({ path }) => keyOf(path ?? '')))]
    if (twice.length > 0) findings.push(check('signature-twice', 'no', named(twice)))
  }
  const listed = opened.reduce((sum, { list }) => sum + (list?.listed.length ?? 0), 0)
  if (listed > judged) findings.push(check('seals-too-many', 'unknown', `${judged}/${listed}`))
  const shared = repeated(opened.map(({ list }) => list?.path).filter(path => path !== undefined))
  if (shared.length > 0) findings.push(check('signatures-shared', 'no', named(shared)))
  return findings
}

const repeated = (all: readonly string[]): string[] => {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const each of all) (seen.has(each) ? twice : seen).add(each)
  return [...twice]
}

/** Signatures that no list names: taken out of the list, or put beside it for a reader that looks for files. */
function hiddenIn(of: OfdPackage, opened: readonly Opened[]): string[] {
  const candidates = of.paths.filter(path => roleIn(opened, path) === 'other' && of.size(path) <= SMALL)
  return candidates.filter((path, i) => /\/signature\.xml$/i.test(path) || (i < SNIFFED && isSignature(of, path)))
}

function isSignature(of: OfdPackage, path: string): boolean {
  try {
    return of.mentionsSignature(path) && xmlIn(of, path, 'SignedInfo').root.name === 'Signature'
  } catch {
    return false
  }
}

/** By kind, the more important first. A seal that is broken protects nothing, unless there is no other. */
function unprotected(of: OfdPackage, opened: readonly Opened[], seals: readonly SealReport[]): Check[] {
  const holding = seals.filter(({ intact }) => intact !== 'no')
  const covered = new Set((holding.length > 0 ? holding : seals).flatMap(({ covers }) => covers.parts))
  const open = new Map<string, string[]>()
  for (const path of of.paths) {
    const role = roleIn(opened, path)
    if (covered.has(path) || role === 'signature-list' || role === 'evidence' || (role === 'signature' && !covered.has(path) && isOwn(path, seals)))
      continue
    open.set(role, [...(open.get(role) ?? []), path])
  }
  return [...open].map(([role, paths]) => check('unprotected', 'no', `${role}: ${named(paths)}`))
}

/** A broken signature's own files are told with it. */
const isOwn = (path: string, seals: readonly SealReport[]): boolean => seals.some(({ id, covers }) => id === path || covers.parts.includes(path))
