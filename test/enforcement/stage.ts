import { openRestrictions } from '../../server/composition/enforcement-service.ts'
import { createEnforcementInterface } from '../../server/enforcement/api/interface.ts'
import { SCOPES } from '../../server/enforcement/api/operation.ts'
import type { MeasureContent } from '../../server/enforcement/content.ts'
import { createMeasures } from '../../server/enforcement/measures.ts'
import type { Caller } from '../../server/http/api-guard.ts'
import type { fixedClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import type { Uscc } from '../../server/kernel/uscc.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { createStage } from '../authorization/stage.ts'
import { openApiSite, PUBLIC_URL } from '../suites/api-site.ts'

/** Measures on real stores, with companies whose people have real shields, and the interface over real HTTP. Played: tokens. */
export const START = '2027-05-20T08:00:00.000Z'
export const TRACE = 'K7QM-3F9T'

export const DEMONSTRATION_MEASURE: Omit<MeasureContent, 'number' | 'uscc'> = {
  company: '演示企业（示范）有限公司',
  list: '失信被执行人',
  basis: '最高人民法院关于公布失信被执行人名单信息的若干规定第八条',
  document: '（2027）示01执1号',
  authority: '示范市中级人民法院',
  contact: '执行局 020-00000000',
  repair: '履行判决确定的义务后申请屏蔽。',
  effect: 'refuse',
  acts: ['login'],
  centers: [],
  regions: [],
  project_kinds: [],
  from: '2027-05-01',
  until: '2028-04-30',
  evidence: 'ab'.repeat(32),
}
export const measure = (uscc: Uscc, more: Partial<MeasureContent> = {}): MeasureContent => ({
  ...DEMONSTRATION_MEASURE,
  number: newId(),
  uscc,
  ...more,
})

export type EnforcementStage = Awaited<ReturnType<typeof openEnforcementStage>>

export async function openEnforcementStage(stores: Stores, clock: ReturnType<typeof fixedClock>) {
  const house = createStage(stores, clock)
  const trail = { append: async (...more: typeof house.events) => void house.events.push(...more) }
  const restrictions = openRestrictions(stores, [{ id: 'center-gd', metadata: { region_code: '440100' } }])
  const measures = createMeasures({ store: stores.measures, clock, trail })
  const tokens = new Map<string, Caller>([
    ['authority', { clientId: 'authority', scopes: SCOPES }],
    ['center-a', { clientId: 'center-a', scopes: ['enforcement.manage', 'enforcement.check'] }],
    ['checker', { clientId: 'center-a', scopes: ['enforcement.check'] }],
  ])
  const site = await openApiSite(
    '/api/enforcement',
    createEnforcementInterface(
      { authenticate: async token => tokens.get(token), meter: silentMeter, trace: () => undefined },
      { publicUrl: PUBLIC_URL, measures, restrictions, store: stores.measures, trail },
    ),
    { clock, log: silentLog },
  )
  return {
    ...house,
    ...{ stores, clock, restrictions, measures, api: site.send },
    get: (path: string, token = 'authority') => site.send(path, undefined, { method: 'GET', token }),
    /** by an authority, anywhere. @returns its id */
    async punish(uscc: Uscc, more: Partial<MeasureContent> = {}): Promise<string> {
      const [made] = await measures.record({ id: 'authority', everywhere: true }, [measure(uscc, more)], TRACE)
      return made?.id ?? ''
    },
    lift: (id: string) => measures.end('authority', id, 'lifted', '复议撤销', TRACE),
    async close() {
      await site.close()
      await stores.close()
    },
  }
}
