/** Owns reading the published path cases that stand beside the project (../shared/corpora/README.md), and asking verifyChain each of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { Certificate } from '../../server/pki/certificate.ts'
import { type Crl, readCrl } from '../../server/pki/crl.ts'
import { explainChain, type PathExplanation, type PathQuestion } from '../../server/pki/path.ts'
import { toDer } from '../../server/pki/pem.ts'
import type { PolicyDemands } from '../../server/pki/policy-rules.ts'
import { legacyChecks } from './legacy.ts'

const FOLDER = resolve('..', 'shared', 'corpora')

const caseSchema = z.object({
  id: z.string(),
  features: z.array(z.string()),
  trusted_certs: z.array(z.string()),
  untrusted_intermediates: z.array(z.string()),
  peer_certificate: z.string(),
  validation_time: z.iso.datetime({ offset: true }).nullable(),
  expected_result: z.enum(['SUCCESS', 'FAILURE']),
  crls: z.array(z.string()),
  policy_args: z.string().optional(),
  user_set: z.string().optional(),
})
export type PathCase = z.infer<typeof caseSchema>

/** Every case of every file of the folder; empty where there is none. */
export function readCases(): PathCase[] {
  const folder = join(FOLDER, 'paths')
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter(file => file.endsWith('.json'))
  return files
    .sort()
    .flatMap(file => z.object({ testcases: z.array(caseSchema) }).parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))).testcases)
}

export const familyOf = ({ id }: PathCase): string => id.split('::')[0] ?? id

export interface Answer {
  id: string
  family: string
  expected: 'accepted' | 'refused'
  result: PathExplanation['result']
  milliseconds: number
}

/** What nobody can read is not there: a validator is given files, and some of these are broken on purpose. */
function readable<T>(texts: readonly string[], read: (text: string) => T): T[] {
  return texts.flatMap(text => {
    try {
      return [read(text)]
    } catch {
      return []
    }
  })
}
// a new object each time: nothing remembered of one case may help another
const readOne = (text: string): Certificate => new Certificate(toDer(text, 64 * 1024))

export function ask(one: PathCase): Answer {
  const roots = readable(one.trusted_certs, readOne)
  const intermediates = readable(one.untrusted_intermediates, readOne)
  const crls: Crl[] = readable(one.crls, readCrl)
  const [leaf] = readable([one.peer_certificate], readOne)
  const host = one.features.find(feature => feature.startsWith('hostname:'))?.slice('hostname:'.length)
  const question: PathQuestion = {
    leaf: leaf ?? Buffer.from(one.peer_certificate),
    roots,
    intermediates,
    crls,
    at: new Date(one.validation_time ?? '2020-01-01T00:00:00Z'),
    requireRevocation: one.features.some(feature => feature.endsWith('-crl')),
    policy: readPolicy(one.policy_args),
    // the cases with a host are about a server that shows its certificate
    ...(host === undefined
      ? {}
      : { peerName: host, extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'], keyUsage: ['digitalSignature', 'keyEncipherment', 'keyAgreement'] as const }),
    // the BSI's are of today's keys, and some are about refusing others
    ...(familyOf(one) === 'bsi' ? {} : { signatureChecks: legacyChecks([...roots, ...intermediates, ...(leaf === undefined ? [] : [leaf])]) }),
  }
  const began = process.hrtime.bigint()
  const { result } = explainChain(question)
  const milliseconds = Number(process.hrtime.bigint() - began) / 1e6
  return { id: one.id, family: familyOf(one), expected: one.expected_result === 'SUCCESS' ? 'accepted' : 'refused', result, milliseconds }
}

/** OpenSSL's arguments, as the expectations were written down with them. */
function readPolicy(text = ''): PolicyDemands {
  const words = text.split(/\s+/)
  const acceptable = words.flatMap((word, i) => (words[i - 1] === '-policy' ? [word === 'anyPolicy' ? '2.5.29.32.0' : word] : []))
  return {
    ...(acceptable.length === 0 ? {} : { acceptable }),
    ...(words.includes('-explicit_policy') ? { explicit: 'required' } : {}),
    ...(words.includes('-inhibit_map') ? { mapping: 'inhibited' } : {}),
    ...(words.includes('-inhibit_any') ? { any: 'inhibited' } : {}),
  }
}
