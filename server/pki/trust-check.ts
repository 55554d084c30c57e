/**
 * Owns checking a folder of real trust data: every certificate in it by path to a root of it, with the CRLs of it. What counts is the content; the one exception is
 * trust itself, which no content can give: a root is a self-signed certificate in a folder named `roots`.
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { asBrokerError, type FailureCode } from '../kernel/errors.ts'
import { CERTIFICATE_LIMIT, Certificate } from './certificate.ts'
import { CRL_LIMIT, type Crl, readCrl } from './crl.ts'
import { verifyChain } from './path.ts'
import { pemBlocks } from './pem.ts'
import { judgeRevocation } from './revocation-verdict.ts'
import { isSelfSigned } from './signed-by.ts'

export interface TrustRow {
  /** relative to the folder */
  file: string
  subject: string
  /** `expired` and `revoked` lead to a root all the same; `refused` does not */
  verdict: 'accepted' | 'expired' | 'revoked' | 'refused'
  code?: FailureCode
  /** subjects from the certificate to the root; empty when there is no path */
  path: string[]
  note: string
}

interface Read {
  file: string
  certificate: Certificate
}

const MAX_FILES = 10_000

/**
 * @param folder read recursively; files that are neither certificate nor CRL get a row of their own
 * @param options.at the time the verdict is for
 */
export async function checkTrustFolder(folder: string, options: { at: Date; crls?: readonly Crl[] }): Promise<TrustRow[]> {
  const certificates: Read[] = []
  const crls: Crl[] = [...(options.crls ?? [])]
  const rows: TrustRow[] = []
  for (const path of await filesIn(folder)) {
    const file = relative(folder, path)
    try {
      const found = await readTrustFile(path)
      certificates.push(...found.certificates.map(certificate => ({ file, certificate })))
      crls.push(...found.crls)
    } catch (thrown) {
      const { code, facts } = asBrokerError(thrown)
      rows.push({ file, subject: '', verdict: 'refused', code, path: [], note: facts })
    }
  }
  const roots = certificates.filter(({ file, certificate }) => file.split(sep).slice(0, -1).includes('roots') && isSelfSigned(certificate))
  const trusted = roots.map(({ certificate }) => certificate)
  const others = certificates.map(({ certificate }) => certificate)
  rows.push(...certificates.map(read => judge(read, { roots: trusted, intermediates: others, crls, at: options.at })))
  return rows.sort((a, b) => (a.file < b.file ? -1 : 1))
}

interface Trust {
  roots: readonly Certificate[]
  intermediates: readonly Certificate[]
  crls: readonly Crl[]
  at: Date
}

function judge({ file, certificate }: Read, trust: Trust): TrustRow {
  const row = { file, subject: certificate.subject.text }
  const now = verifyChain({ leaf: certificate, ...trust })
  // an expired or revoked certificate is still shown with the path it had: at the end of its own validity, and without looking at the lists
  const result = now.ok
    ? now
    : verifyChain({ leaf: certificate, ...trust, crls: [], at: new Date(Math.min(certificate.notAfter.getTime(), trust.at.getTime())) })
  if (!result.ok) return { ...row, verdict: 'refused', code: result.code, path: [], note: `${result.facts} (${result.clause})` }
  const path = result.path.map(each => each.subject.text)
  if (!now.ok && now.code === 'certificate_expired') {
    return { ...row, verdict: 'expired', code: now.code, path, note: `by path, expired on ${certificate.notAfter.toISOString().slice(0, 10)}` }
  }
  if (!now.ok)
    return {
      ...row,
      verdict: now.code === 'certificate_revoked' ? 'revoked' : 'refused',
      code: now.code,
      path,
      note: now.facts + stale(result.path, trust),
    }
  return {
    ...row,
    verdict: 'accepted',
    path,
    note: `by path, valid until ${certificate.notAfter.toISOString().slice(0, 10)}${stale(result.path, trust)}`,
  }
}

/** An old CRL is used, and said to be old. */
function stale(path: readonly Certificate[], { crls, at }: Trust): string {
  const [leaf, issuer] = path
  if (leaf === undefined || issuer === undefined) return ''
  const usable = crls.filter(crl => crl.unfitFor(leaf, issuer) === undefined)
  if (usable.length === 0) return '; no CRL of its issuer here'
  const [newest] = usable.sort((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime())
  const verdict = judgeRevocation(leaf, issuer, { at, crls: usable })
  return verdict.state === 'good' || newest === undefined || newest.isFresh(at)
    ? ''
    : `; stale CRL of ${newest.thisUpdate.toISOString().slice(0, 10)}`
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile() && !basename(entry.name).startsWith('.'))
    .slice(0, MAX_FILES)
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

async function readTrustFile(path: string): Promise<{ certificates: Certificate[]; crls: Crl[] }> {
  const bytes = await readFile(path)
  const text = bytes.subarray(0, 64).toString('latin1')
  if (text.includes('-----BEGIN X509 CRL')) return { certificates: [], crls: pemBlocks(bytes, CRL_LIMIT, 'X509 CRL').map(der => readCrl(der)) }
  try {
    return { certificates: pemBlocks(bytes, CERTIFICATE_LIMIT).map(der => new Certificate(der)), crls: [] }
  } catch (notCertificate) {
    try {
      return { certificates: [], crls: [readCrl(bytes)] }
    } catch {
      throw notCertificate
    }
  }
}

/** A report for a terminal: one line a certificate, then the counts. */
export function formatTrustReport(rows: readonly TrustRow[]): string {
  const mark = { accepted: 'ok     ', expired: 'EXPIRED', revoked: 'REVOKED', refused: 'REFUSED' }
  const lines = rows.flatMap(row => [
    `${mark[row.verdict]}  ${row.file}  ${row.subject}`,
    `         ${[...row.path.slice(1).map(subject => `< ${subject}`), row.code === undefined ? '' : row.code, row.note].filter(part => part !== '').join('  ')}`,
  ])
  const count = (verdict: TrustRow['verdict']) => rows.filter(row => row.verdict === verdict).length
  return [
    ...lines,
    '',
    `${rows.length} in all: ${count('accepted')} accepted, ${count('expired')} expired, ${count('revoked')} revoked, ${count('refused')} refused`,
  ].join('\n')
}
