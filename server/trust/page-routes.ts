/**
 * The operator's pages of the trust list, for the management port, mounted at /trust. They only read: nobody logs in on that port, so nobody could be held to a decision made here; approving
 * stays with the command line, where a person gives a name that is audited.
 */
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { sendPage } from '../http/answers.ts'
import { formBody, readForm, readQuery } from '../http/forms.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { CERTIFICATE_LIMIT, Certificate } from '../pki/certificate.ts'
import { pem, pemBlocks } from '../pki/pem.ts'
import type { Revocation } from '../pki/revocation.ts'
import type { KnownCertificateStore } from '../storage/stores-trust.ts'
import { certificatesOf, HOLDERS, SCOPES, USES } from './entry.ts'
import { explain } from './explain.ts'
import { changesPage } from './pages/changes.ts'
import { endsPage } from './pages/ends.ts'
import { overviewPage } from './pages/overview.ts'
import { sourcesFor, sourcesOnPath } from './pages/path-sources.ts'
import { questionPage } from './pages/question.ts'
import { recordPage, removedPage } from './pages/record.ts'
import { mentionsOf } from './pages/row-history.ts'
import { countStates, part, selectCas } from './pages/select.ts'
import { datesOf, runOut, toCome } from './pages/upcoming.ts'
import { type State, stateNames } from './pages/words.ts'
import type { TrustRegister } from './register.ts'
import type { VerdictQuestion } from './verdict.ts'

export interface TrustPageDeps {
  register: Pick<TrustRegister, 'current' | 'asOf' | 'versions' | 'proposals' | 'verdictOf'>
  known: Pick<KnownCertificateStore, 'counts'>
  clock: Clock
  /** what this process knows of its sources; absent where it asks none */
  revocation?: Pick<Revocation, 'state'>
}

/** CAs, dates, versions on one page */
const SIZE = { cas: 50, dates: 50, versions: 20, latest: 5, proposals: 50 }
/** characters of a pasted certificate; a form's escapes make three bytes of one */
const MOST_PASTED = 64 * 1024
const MOST_CHAIN = 16

/** A choice of a form: its first option, "any", is sent as nothing. */
const choice = <S extends z.ZodType>(schema: S) => z.union([schema, z.literal('').transform(() => undefined)]).optional()
const number = z.coerce.number().int().min(1).max(1_000_000)
const filter = z.object({
  q: z.string().max(80).optional(),
  state: choice(z.enum(Object.keys(stateNames) as [State, ...State[]])),
  use: choice(z.enum([...SCOPES, 'none'])),
  page: number.default(1),
})
const question = z.object({
  certificate: z.string(),
  use: z.enum([...USES, 'authority']).default('login'),
  holder: choice(z.enum(HOLDERS)),
  bank: choice(z.string().regex(/^[a-z][a-z0-9-]{1,15}$/)),
  at: choice(
    z
      .string()
      .regex(/^(19|20)\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/)
      .refine(text => !Number.isNaN(beijing(text).getTime())),
  ),
})

/** What `datetime-local` sends, which knows no zone. */
const beijing = (text: string): Date => new Date(`${text}+08:00`)

export function trustPageRoutes(deps: TrustPageDeps): Router {
  const { register, known, clock, revocation } = deps
  const router = Router()

  router.get('/', async (req, res) => {
    const { page, ...wanted } = readQuery(req, filter)
    const [{ version, cas }, now] = [register.current(), clock.now()]
    const [proposals, versions, counts] = await Promise.all([
      register.proposals({ state: 'open' }, SIZE.proposals),
      register.versions(SIZE.latest),
      known.counts(),
    ])
    const found = selectCas(cas, wanted, now)
    const view = { version, wanted, part: part(found, page, SIZE.cas), found: found.length, all: cas.length, states: countStates(cas, now) }
    sendPage(res, overviewPage({ ...view, counts, proposals, versions, now }))
  })

  router.get('/ends', (req, res) => {
    const { page } = readQuery(req, z.object({ page: number.default(1) }))
    const now = clock.now()
    const all = datesOf(register.current())
    const coming = toCome(all, now)
    const view = { now, coming, part: part(coming, page, SIZE.dates), over: runOut(all, now) }
    sendPage(res, endsPage({ ...view, ...(revocation === undefined ? {} : { revocation: revocation.state() }) }))
  })

  router.get('/changes', async (req, res) => {
    const { before } = readQuery(req, z.object({ before: number.optional() }))
    const [rows, proposals] = await Promise.all([register.versions(SIZE.versions + 1, before), register.proposals({ state: 'open' }, SIZE.proposals)])
    const versions = rows.slice(0, SIZE.versions)
    const older = rows.length > SIZE.versions ? versions.at(-1)?.number : undefined
    sendPage(res, changesPage({ version: register.current().version, versions, before: older, proposals }))
  })

  router.get('/cas/:id', (req, res) => showRecord(deps, req, res))

  router.get('/explain', (_req, res) => {
    sendPage(res, questionPage({ asked: {}, banks: banksOf(deps) }))
  })
  router.post('/explain', formBody(3 * MOST_PASTED + 4096), (req, res) => answerQuestion(deps, req, res))
  return router
}

async function showRecord({ register, known, clock, revocation }: TrustPageDeps, req: Request, res: Response): Promise<void> {
  const { version: wanted } = readQuery(req, z.object({ version: number.optional() }))
  const id = z.string().max(48).catch('').parse(req.params['id'])
  const current = register.current()
  const snapshot = wanted === undefined || wanted === current.version ? current : await register.asOf(wanted)
  const [history, counts] = await Promise.all([mentionsOf(id, register.versions), known.counts()])
  const ca = snapshot.ca(id)
  if (ca === undefined) {
    if (!history.some(({ line }) => line !== undefined)) throw new BrokerError('not_found', 'no version of the list has a row of this id')
    return sendPage(res.status(404), removedPage(id, current.version, history))
  }
  const certificates = certificatesOf(ca).map((certificate, i) => ({ role: ca.certificates[i]?.role ?? 'intermediate', certificate }))
  const issuers = certificates.map(({ certificate }) => certificate.subject.text)
  sendPage(
    res,
    recordPage({
      ca,
      certificates,
      version: snapshot.version,
      current: current.version,
      holders: counts.byCa[id] ?? 0,
      sources: sourcesFor(revocation?.state().sources ?? [], issuers, ca.hosts),
      history,
      now: clock.now(),
    }),
  )
}

async function answerQuestion(deps: TrustPageDeps, req: Request, res: Response): Promise<void> {
  const { register, clock, revocation } = deps
  const { certificate: pasted, use, holder, bank, at } = readForm(req, question)
  const banks = banksOf(deps)
  if (pasted.length > MOST_PASTED) {
    const { zh, en, status } = failures.too_large
    return sendPage(
      res.status(status),
      questionPage({ asked: { use, holder, bank, at }, banks, answer: { kind: 'refused', code: 'too_large', words: { zh, en } } }),
    )
  }
  const now = clock.now()
  const { first, chain } = separate(pasted)
  const asked: Omit<VerdictQuestion, 'certificate'> = {
    use,
    at: at === undefined ? now : beijing(at),
    ...(holder === undefined ? {} : { holder }),
    ...(bank === undefined ? {} : { bank }),
    ...(chain.length === 0 ? {} : { chain }),
  }
  const verdict = await register.verdictOf(first, asked)
  const snapshot = verdict.version === register.current().version ? register.current() : await register.asOf(verdict.version)
  const explanation = explain(snapshot, { ...asked, certificate: first }, verdict)
  const sources = sourcesOnPath(
    revocation?.state().sources ?? [],
    verdict.path.map(({ thumbprint }) => thumbprint),
    snapshot,
    typeof first === 'string' ? chain : [first, ...chain],
  )
  sendPage(
    res,
    questionPage({
      asked: { certificate: pasted, use, holder, bank, at },
      banks,
      answer: { kind: 'explained', explanation, sources, chain: chain.length, now },
    }),
  )
}

/**
 * The certificate in question and those that came along. What cannot be read of the latter is left out, as a path could not go through it; the first is handed on as it is, for the verdict
 * to say what is wrong with it.
 */
function separate(pasted: string): { first: Certificate | string; chain: Certificate[] } {
  let blocks: Buffer[]
  try {
    blocks = pemBlocks(pasted, CERTIFICATE_LIMIT)
  } catch {
    return { first: pasted, chain: [] }
  }
  const [first, ...rest] = blocks
  if (first === undefined) return { first: pasted, chain: [] }
  return { first: readable(first)[0] ?? pem(first), chain: rest.slice(0, MOST_CHAIN).flatMap(readable) }
}

function readable(der: Buffer): Certificate[] {
  try {
    return [new Certificate(der)]
  } catch {
    return []
  }
}

const banksOf = ({ register }: TrustPageDeps): string[] => [...new Set(register.current().cas.flatMap(({ banks }) => banks))].sort()
