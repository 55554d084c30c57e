import { z } from 'zod'
import { chinaDay } from '../kernel/china-time.ts'
import { days, systemClock } from '../kernel/clock.ts'
import { fromBrokerOrStores } from './broker.ts'
import { type Asked, type Command, EXIT, type Outcome } from './command.ts'

/** `shield usage`: the counts behind the statistics forms, as CSV. */
export const usageCommands: readonly Command[] = [
  {
    name: 'usage',
    args: [],
    options: {
      from: { value: 'DATE', about: 'first day, YYYY-MM-DD; 30 days ago unless given' },
      to: { value: 'DATE', about: 'last day; today unless given' },
    },
    about: 'how often centers asked about certificates and signatures, by day, center, CA and region, as CSV',
    run: usage,
  },
]

const report = z.object({
  rows: z.array(
    z.object({
      day: z.string(),
      client: z.string(),
      ca: z.string(),
      region: z.string(),
      kind: z.string(),
      outcome: z.string(),
      count: z.number(),
    }),
  ),
  cut: z.boolean(),
})
const COLUMNS = ['day', 'client', 'ca', 'region', 'kind', 'outcome', 'count'] as const

async function usage({ config, options, progress }: Asked): Promise<Outcome> {
  const now = systemClock.now().getTime()
  const given = {
    from: options['from']?.[0] ?? chinaDay(new Date(now - days(30))),
    to: options['to']?.[0] ?? chinaDay(new Date(now)),
  }
  const span = z.object({ from: z.iso.date(), to: z.iso.date() }).safeParse(given)
  if (!span.success || given.to < given.from)
    return {
      exit: EXIT.usage,
      json: { error: 'not two dates' },
      text: '--from and --to are dates such as 2026-11-01, the first not after the last.\n',
    }
  const found = await fromBrokerOrStores(await config(), {
    path: `/recognition/usage.json?${new URLSearchParams(span.data)}`,
    schema: report,
    here: async stores => {
      const { usageBetween } = await import('../recognition/usage-report.ts')
      const { rows, cut } = await usageBetween(stores.recognitionUsage, span.data)
      return { rows: [...rows], cut }
    },
  })
  if (found.cut) progress('There is more than one report holds: ask for fewer days.')
  const lines = found.rows.map(row => COLUMNS.map(name => cell(String(row[name]))).join(','))
  return { exit: EXIT.ok, json: found, text: [COLUMNS.join(','), ...lines].join('\n') }
}

/** RFC 4180; what a spreadsheet would take for a formula is quoted into text */
const cell = (text: string): string => (/[",\n\r]|^[=+@-]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
