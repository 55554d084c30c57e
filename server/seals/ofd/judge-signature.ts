/** Owns judging one signature of a list: its file, what it protects, its value and the seal beside it. */
import { createHash } from 'node:crypto'
import { asBrokerError } from '../../kernel/errors.ts'
import type { Evidence, JudgedValue, SealJudge } from '../contract.ts'
import type { Check } from '../report.ts'
import { check } from './checks.ts'
import { attempt } from './opened.ts'
import type { OfdPackage } from './package.ts'
import { checkReferences } from './references.ts'
import { type OfdSignature, readSignature, timeOf } from './signature-file.ts'
import type { ListedSignature, SignatureList } from './signature-list.ts'

/** One signature with what was found about it so far. */
export interface Judged {
  listed: ListedSignature
  signature: OfdSignature | undefined
  value: JudgedValue
  checks: Check[]
  /** the parts that it protects, its own files with them */
  protects: ReadonlySet<string>
}

/** 18.1.2: what the list calls a signature with each kind of value. */
const TYPES: Readonly<Partial<Record<JudgedValue['kind'], string>>> = { ses: 'Seal', cms: 'Sign' }

/** Who judges values, and what the package carries for that. */
export interface Asked {
  judge: SealJudge
  evidence?: Evidence
}

/** @param where the list, and the place in it of the signature that is meant */
export async function judgeSignature(
  of: OfdPackage,
  listed: ListedSignature,
  where: { list: SignatureList; index: number },
  asked: Asked,
): Promise<Judged> {
  const path = listed.path === undefined ? undefined : of.find(listed.path)
  const signature = path === undefined ? undefined : attempt(() => readSignature(of, path))
  const judged: Judged = { listed, signature, value: { kind: 'unknown', checks: [] }, checks: [], protects: new Set() }
  if (signature === undefined || path === undefined) return { ...judged, checks: [check('signature-file', 'no', listed.path?.slice(0, 200))] }
  const protecting = checkReferences(of, signature, where)
  const { value: named } = signature
  const there = named === undefined ? undefined : of.find(named)
  const bytes = there === undefined ? undefined : attempt(() => of.read(there))
  const [{ checks, paths }, value] = await Promise.all([protecting, bytes && judgedValue(asked, bytes, signature)])
  const protects = new Set([...paths, path, ...(there === undefined ? [] : [there])])
  if (value === undefined) return { ...judged, protects, checks: [...checks, check('value-file', 'no', named?.slice(0, 200))] }
  if (signature.seal !== undefined) checks.push(sealCopy(of, signature.seal, value.embeddedSeal))
  const type = TYPES[value.kind]
  if (type !== undefined && type !== listed.type) checks.push(check('type-differs', 'no', `${listed.type.slice(0, 40)} ${value.kind}`))
  return { ...judged, value, protects, checks }
}

/** A value that the judge cannot read is one more answer; a judge that fails is not. */
async function judgedValue({ judge, ...carried }: Asked, bytes: Buffer, { bytes: signed, path, signedAt }: OfdSignature): Promise<JudgedValue> {
  const at = timeOf(signedAt)
  // `at`, for values that say no time themselves
  const question = {
    digestOf: (hash: string) => createHash(hash).update(signed).digest(),
    property: path,
    ...carried,
    ...(at === undefined ? {} : { at: new Date(at) }),
  }
  try {
    return await judge.value(bytes, question)
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (error.code === 'internal') throw error
    return { kind: 'unknown', checks: [check('value-unreadable', 'no', `${error.code}: ${error.facts}`)] }
  }
}

/** 18.2.3: readers draw the seal that lies beside the signature; it must be the one that was signed. */
function sealCopy(of: OfdPackage, path: string, embedded: Buffer | undefined): Check {
  const beside = attempt(() => of.read(path))
  const same = beside !== undefined && embedded !== undefined && beside.equals(embedded)
  return check('seal-copy', same ? 'yes' : 'no', path.slice(0, 200))
}
