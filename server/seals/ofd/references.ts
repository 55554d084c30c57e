/** Owns checking what a signature protects: each reference against the part it names. */
import { createHash } from 'node:crypto'
import type { Check } from '../report.ts'
import { check, named } from './checks.ts'
import { digestMethod } from './digest-methods.ts'
import type { OfdPackage } from './package.ts'
import type { OfdSignature } from './signature-file.ts'
import { earlierLists, type SignatureList } from './signature-list.ts'

export interface Protection {
  checks: Check[]
  /** the parts that it names and that are there, changed or not */
  paths: string[]
}

/** @param where the list that names this signature, and at which place */
export async function checkReferences(of: OfdPackage, signature: OfdSignature, where: { list: SignatureList; index: number }): Promise<Protection> {
  const method = digestMethod(signature.checkMethod)
  if (method === undefined)
    return { checks: [check('digest-method', 'no', signature.checkMethod?.slice(0, 100)), check('references', 'no')], paths: [] }
  const wrong = { changed: [] as string[], missing: [] as string[], outside: [] as string[], malformed: [] as string[] }
  const paths = new Set<string>()
  const past = new Past(where, method.hash)
  let held = 0
  await of.lookAt([...new Set(signature.references.flatMap(({ path }) => (path === undefined ? [] : (of.find(path) ?? []))))], method.hash)
  for (const { location, path, digest } of signature.references) {
    const there = path === undefined ? undefined : of.find(path)
    if (path === undefined) wrong.outside.push(location.slice(0, 200))
    else if (there === undefined) wrong.missing.push(path)
    else {
      paths.add(there)
      const digested = digestOf(of, there, method.hash)
      if (digest === undefined) wrong.malformed.push(path)
      else if (digested?.equals(digest)) held += 1
      else if (there !== where.list.path || !past.is(digest)) wrong.changed.push(there)
    }
  }
  const all = signature.references.length
  const bad = Object.entries(wrong).filter(([, list]) => list.length > 0)
  const answer = all === 0 || bad.length > 0 ? 'no' : held < all ? 'unknown' : 'yes'
  const checks = [check('digest-method', method.weak ? 'unknown' : 'yes', method.hash), check('references', answer, `${held}/${all}`)]
  if (wrong.changed.length > 0) checks.push(check('reference-changed', 'no', named(wrong.changed)))
  if (wrong.missing.length > 0) checks.push(check('reference-missing', 'no', named(wrong.missing)))
  if (wrong.outside.length > 0) checks.push(check('reference-outside', 'no', named(wrong.outside)))
  if (wrong.malformed.length > 0) checks.push(check('reference-malformed', 'no', named(wrong.malformed)))
  return { checks: [...checks, ...past.checks()], paths: [...paths] }
}

/** undefined: damaged, which the package's own finding names */
function digestOf(of: OfdPackage, path: string, hash: string): Buffer | undefined {
  try {
    return of.digest(path, hash)
  } catch {
    return undefined
  }
}

/** Whether the list, without what later seals added, is the one that was protected. It is looked for once: a signature that names two digests of it is wrong in one of them. */
class Past {
  readonly #where: { list: SignatureList; index: number }
  readonly #hash: string
  #asked: Buffer | undefined
  #found = false
  #refused = false

  constructor(where: { list: SignatureList; index: number }, hash: string) {
    this.#where = where
    this.#hash = hash
  }

  is(digest: Buffer): boolean {
    if (this.#asked === undefined) {
      this.#asked = digest
      for (const earlier of earlierLists(this.#where.list, this.#where.index)) {
        this.#found = createHash(this.#hash).update(earlier).digest().equals(digest)
        if (this.#found) break
      }
    }
    const same = this.#found && this.#asked.equals(digest)
    this.#refused ||= !same
    return same
  }

  /** Nothing where it was never asked. */
  checks(): Check[] {
    if (this.#asked === undefined) return []
    const { path } = this.#where.list
    return [this.#refused ? check('list-rewritten', 'no', path) : check('list-changed', 'unknown', path)]
  }
}
