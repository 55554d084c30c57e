import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { z } from 'zod'
import { createTrail } from '../audit/trail.ts'
import { enterBody, entered, enterOrTell } from '../credit/model/model-routes.ts'
import { createModels } from '../credit/model/models.ts'
import { verifyDocument } from '../credit/report/document.ts'
import { systemClock } from '../kernel/clock.ts'
import { newTraceCode } from '../kernel/ids.ts'
import { silentLog } from '../kernel/log.ts'
import { oneLine } from '../kernel/one-line.ts'
import { findBroker } from '../operations/running.ts'
import { openStores } from '../storage/open.ts'
import { askBroker } from './broker.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { readBounded } from './files.ts'

/** octets of a report with its signature */
const MOST = 4 * 1024 * 1024

/** The parts of a report that a person wants to see first; whoever signs may have put anything into them, a terminal's commands too. */
const text = z.string().transform(oneLine)
const report = z.object({
  report: text,
  subject: z.object({ kind: text, id: text }),
  as_of: text,
  model: z.object({ name: text, sm3: text }),
  score: z.number(),
  most: z.number(),
  score_without_disputed: z.number(),
  reasons: z.array(z.object({ code: text, title: z.object({ zh: text, en: text }), lost: z.number() })).max(100),
})

export async function verify({ args: [file = ''], options }: Asked): Promise<Outcome> {
  const root = options['root']?.[0]?.toLowerCase()
  if (root !== undefined && !/^[0-9a-f]{64}$/.test(root))
    return { exit: EXIT.usage, json: { error: 'not a thumbprint' }, text: 'A thumbprint has 64 hexadecimal digits.\n' }
  const bytes = await readBounded(file, MOST)
  const verdict = verifyDocument(bytes.toString('utf8'), root)
  if (!verdict.ok) return { exit: EXIT.found, json: verdict, text: `THE REPORT DOES NOT VERIFY: ${verdict.why}\n` }
  const data = readReport(verdict.content)
  if (data === undefined) return { exit: EXIT.found, json: { ok: false, why: 'not a credit report' }, text: 'SIGNED, BUT NOT A CREDIT REPORT\n' }
  const lines = [
    `The signature holds. ${root === undefined ? `Its root is ${verdict.root}: compare it with the published one, or give --root.` : 'It is under the root you named.'}`,
    `${data.report} credit of ${data.subject.kind} ${data.subject.id} on ${data.as_of}: ${data.score} of ${data.most} (${data.score_without_disputed} without what is disputed)`,
    `by formula ${data.model.name}, SM3 ${data.model.sm3}`,
    ...data.reasons.map(({ title, lost }) => `  -${String(lost).padEnd(5)} ${title.zh} ${title.en}`),
  ]
  return { exit: EXIT.ok, json: { ...verdict, content: data }, text: `${lines.join('\n')}\n` }
}

function readReport(content: string): z.output<typeof report> | undefined {
  try {
    return report.safeParse(JSON.parse(content)).data
  } catch {
    return undefined
  }
}

export async function enter({ args: [file = ''], options, config }: Asked): Promise<Outcome> {
  const content = await readFile(file, 'utf8').catch(() => undefined)
  const asked = enterBody.safeParse({ text: content, by: options['as']?.[0] ?? userInfo().username })
  if (!asked.success) return { exit: EXIT.usage, json: { error: 'no file that can be read' }, text: 'Say a file of at most 50,000 characters.\n' }
  const settings = await config()
  const running = await findBroker(settings.dataDir)
  const found =
    running === undefined ? await enterHere(settings, asked.data) : await askBroker(running.managementUrl, '/credit/models', entered, asked.data)
  if ('refused' in found) return { exit: EXIT.found, json: found, text: `Not entered (${found.refused}): ${found.facts}\n` }
  return { exit: EXIT.ok, json: found, text: `Entered the ${found.report} formula, revision ${found.revision}. It counts from now on.\n` }
}

async function enterHere({ dataDir, databaseUrl }: Awaited<ReturnType<Asked['config']>>, asked: z.infer<typeof enterBody>) {
  const stores = await openStores({ dataDir, clock: systemClock, log: silentLog, ...(databaseUrl === undefined ? {} : { databaseUrl }) })
  const audit = createTrail({ store: stores.audit, clock: systemClock })
  try {
    return await enterOrTell(createModels({ store: stores.credit, clock: systemClock, audit }), { ...asked, trace: newTraceCode() })
  } finally {
    await audit.close()
    await stores.close()
  }
}
