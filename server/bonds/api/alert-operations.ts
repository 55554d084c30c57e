import { z } from 'zod'
import { SIGNAL_NAMES, SIGNALS } from '../signals/finding.ts'
import { BASE, type BondOperation } from './operation.ts'
import { whose } from './room.ts'

/** Signals of collusion, for a center's supervisor. Refused before the opening in the same words whatever there is. */
const Words = z.strictObject({ zh: z.string(), en: z.string() })
export const AlertAnswer = z
  .strictObject({
    id: z.string(),
    signal: z.enum(SIGNAL_NAMES),
    title: Words,
    strength: z.enum(['strong', 'medium', 'weak']),
    found_at: z.string(),
    rivals: z.array(
      z.strictObject({
        bond: z.string(),
        bidder: z.strictObject({ uscc: z.string(), name: z.string() }).optional().describe('Once custodians released the names.'),
      }),
    ),
    records: z
      .array(z.strictObject({ bond: z.string(), kind: z.enum(['receipt', 'account-given']), ref: z.string(), at: z.string() }))
      .describe('Where it was read: a bank’s receipt by its serial number, or the giving of a sub-account.'),
  })
  .meta({ id: 'BondAlert', description: 'Rivals of one section have something in common that rivals should not. A signal, and no proof.' })

const PAGE = 50
const MOST_RECORDS = 200

export const alertOperations: readonly BondOperation[] = [
  {
    method: 'get',
    path: `${BASE}/sections/{section}/alerts`,
    name: 'listBondAlerts',
    title: { zh: '串标线索', en: 'Signals of collusion' },
    about: {
      zh: '到最后公布的开标时间以后才计算和查看。最强的在前；解封以后才有投标人名称。线索不是证据，由监督人员核查。',
      en: 'Looked for and told from the latest announced opening time on, the strongest first; names once they are released. A signal is no proof: people look into it.',
    },
    scope: 'bonds.supervise',
    parameters: [
      { name: 'after', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'string' } },
    ],
    status: 200,
    answer: z.strictObject({ alerts: z.array(AlertAnswer), next: z.string().optional() }).meta({ id: 'BondAlerts' }),
    refusals: ['bond_unknown', 'bond_before_opening'],
    async run(room, ask) {
      const { after } = ask.query(z.strictObject({ after: z.string().max(60).default('') }))
      const found = await room.alerts.forSupervisor(whose(ask), after, PAGE + 1)
      const alerts = found.slice(0, PAGE).map(({ id, signal, strength, foundAt, rivals, records }) => ({
        ...{ id, signal, strength, title: { zh: SIGNALS[signal].zh, en: SIGNALS[signal].en }, found_at: foundAt },
        rivals: rivals.map(({ bondId, bidder }) => ({ bond: bondId, ...(bidder === undefined ? {} : { bidder }) })),
        records: records.slice(0, MOST_RECORDS),
      }))
      return { body: { alerts, ...(found.length > PAGE ? { next: alerts.at(-1)?.id } : {}) }, items: alerts.length }
    },
  },
]
