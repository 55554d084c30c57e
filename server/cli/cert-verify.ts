/** Owns the work of `shield cert`: what stands in a certificate, and whether it leads to a root of a folder, step by step. The commands are cert.ts. */
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { CERTIFICATE_LIMIT, type Certificate, readPemBundle } from '../pki/certificate.ts'
import type { Crl } from '../pki/crl.ts'
import type { KeyUsage } from '../pki/extensions.ts'
import { explainChain } from '../pki/path.ts'
import type { PathStep } from '../pki/path-steps.ts'
import { judgeRevocation } from '../pki/revocation-verdict.ts'
import type { SubjectProfile } from '../pki/subject-profiles.ts'
import { describeCertificate, formatCertificate, printable, SUBJECT_PROFILES } from './cert-report.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { readBounded } from './files.ts'
import { readCrlFiles, readTrust, timeAsked } from './trust-folder.ts'

/** What each use asks of a certificate; a login asks for fresh word on revocation as well, as the broker does. */
const USES = {
  sign: { keyUsage: ['digitalSignature', 'nonRepudiation'], needsRevocation: false },
  encrypt: { keyUsage: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'], needsRevocation: false },
  login: { keyUsage: ['digitalSignature', 'nonRepudiation'], needsRevocation: true },
} as const satisfies Record<string, { keyUsage: readonly KeyUsage[]; needsRevocation: boolean }>
type Use = keyof typeof USES

async function certificatesOf(path: string): Promise<Certificate[]> {
  const found = readPemBundle(await readBounded(path, 64 * CERTIFICATE_LIMIT))
  if (found.length === 0) throw new BrokerError('certificate_malformed', `${path} holds no certificate`)
  return found
}

export async function showCertificate({ args, options }: Asked): Promise<Outcome> {
  const [wanted] = options['profile'] ?? []
  if (wanted !== undefined && !isProfile(wanted)) return usage(`There is no profile ${wanted}; there are ${SUBJECT_PROFILES.join(', ')}.`)
  const reports = (await certificatesOf(args[0] ?? '')).map(certificate => describeCertificate(certificate, wanted))
  return { exit: EXIT.ok, json: reports.length === 1 ? reports[0] : reports, text: reports.map(formatCertificate).join('\n') }
}

const isProfile = (name: string): name is SubjectProfile => SUBJECT_PROFILES.some(profile => profile === name)
const isUse = (name: string): name is Use => Object.hasOwn(USES, name)
const usage = (text: string): Outcome => ({ exit: EXIT.usage, json: { error: text }, text })

interface Step {
  subject: string
  serial: string
  rule: string
  clause: string
  outcome: PathStep['outcome']
  facts: string
}

const stepOf = ({ certificate, ...step }: PathStep): Step => ({ subject: certificate.subject.text, serial: certificate.serial, ...step })

export async function verifyCertificate(asked: Asked): Promise<Outcome> {
  const { args, options } = asked
  const [folder] = options['trust'] ?? []
  const [use] = options['use'] ?? []
  if (folder === undefined) return usage('Say what to trust: --trust DIR.')
  if (use !== undefined && !isUse(use)) return usage(`There is no use ${use}; there are ${Object.keys(USES).join(', ')}.`)
  const at = timeAsked(asked)
  const [leaf, ...along] = await certificatesOf(args[0] ?? '')
  if (leaf === undefined) return usage('No certificate.')
  const { roots, intermediates, crls: known } = await readTrust(folder)
  const crls = [...known, ...(await readCrlFiles(options['crl'] ?? []))]
  const demands = use === undefined ? {} : { keyUsage: USES[use].keyUsage }
  const { result, steps: decisions } = explainChain({ leaf, roots, intermediates: [...intermediates, ...along], at, crls, ...demands })
  const steps = decisions.map(stepOf)
  const head = { file: args[0], subject: leaf.subject.text, at: at.toISOString(), ...(use === undefined ? {} : { use }), steps }
  if (!result.ok) return outcome({ ...head, ok: false, code: result.code, clause: result.clause, facts: result.facts, path: [] })
  const path = result.path.map(({ subject }) => subject.text)
  const refused = use === undefined ? undefined : afterPath(leaf, result.path[1], use, { at, crls })
  if (refused !== undefined) return outcome({ ...head, ok: false, ...refused, path })
  return outcome({ ...head, ok: true, path })
}

type Known = { at: Date; crls: readonly Crl[] }

/** What a use asks beyond the path: no CA acts as a shield, and a login needs fresh word that its certificate is not revoked. */
function afterPath(leaf: Certificate, issuer: Certificate | undefined, use: Use, known: Known) {
  if (leaf.basicConstraints?.ca === true)
    return { code: 'certificate_wrong_use' as const, clause: 'RFC 5280 4.2.1.9', facts: 'a CA certificate is no shield' }
  if (!USES[use].needsRevocation || issuer === undefined) return undefined
  const verdict = judgeRevocation(leaf, issuer, known)
  return verdict.state === 'good' ? undefined : { code: 'revocation_unknown' as const, clause: 'RFC 5280 6.3', facts: verdict.facts }
}

type Verified = { at: string; path: string[]; steps: Step[] } & ({ ok: true } | { ok: false; code: FailureCode; clause: string; facts: string })

const MARK: Readonly<Record<Step['outcome'], string>> = { holds: 'ok         ', refused: 'REFUSED    ', 'passed over': 'passed over' }

function outcome(found: Verified): Outcome {
  const byCertificate = Map.groupBy(found.steps, step => `${printable(step.subject)}, serial ${step.serial}\n`)
  const lines = [...byCertificate].flatMap(([heading, steps]) => [
    heading,
    ...steps.map(step => `  ${MARK[step.outcome]}  ${step.rule}: ${printable(step.facts)} (${step.clause})\n`),
  ])
  const verdict = found.ok
    ? `GOOD at ${found.at}: ${found.path.map(printable).join('\n  < ')}\n`
    : `NOT GOOD at ${found.at}: ${found.code}: ${printable(found.facts)} (${found.clause})\n  ${failures[found.code].zh}\n  ${failures[found.code].en}\n`
  return { exit: found.ok ? EXIT.ok : EXIT.found, json: found, text: `${lines.join('')}\n${verdict}` }
}
