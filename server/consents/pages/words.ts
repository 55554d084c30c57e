import { DATA_SETS, PURPOSES } from '../../kernel/data-consent.ts'
import type { DataConsent } from '../../storage/stores-consents.ts'
import type { Fact } from '../../web/components.ts'
import type { Words } from '../../web/words.ts'

export const CONSENTS = '/workbench/consents'
export const consentPath = (id: string, act?: string): string => `${CONSENTS}/${encodeURIComponent(id)}${act === undefined ? '' : `/${act}`}`

/** Where a consent stands for people: time and uses end it, too. */
export type ConsentState = 'in-force' | 'withdrawn' | 'over' | 'used-up'
export function stateOf({ state, validUntil, maxUses, used }: DataConsent, now: Date): ConsentState {
  if (state === 'withdrawn') return 'withdrawn'
  if (Date.parse(validUntil) <= now.getTime()) return 'over'
  return maxUses !== undefined && used >= maxUses ? 'used-up' : 'in-force'
}
export const STATE_WORDS: Record<ConsentState, Words & { tone: 'good' | 'plain' }> = {
  'in-force': { zh: '有效', en: 'in force', tone: 'good' },
  withdrawn: { zh: '已撤回', en: 'withdrawn', tone: 'plain' },
  over: { zh: '已到期', en: 'over', tone: 'plain' },
  'used-up': { zh: '次数已用完', en: 'used up', tone: 'plain' },
}

type Terms = Pick<DataConsent, 'dataSet' | 'purpose' | 'project' | 'maxUses'> & { lastDay: string }
export const termFacts = ({ dataSet, purpose, project, lastDay, maxUses }: Terms, recipient: string): Fact[] => [
  { name: { zh: '授权给', en: 'To' }, value: recipient },
  { name: { zh: '数据', en: 'Data' }, value: `${DATA_SETS[dataSet].zh} ${DATA_SETS[dataSet].en}` },
  { name: { zh: '用途', en: 'Purpose' }, value: `${PURPOSES[purpose].zh} ${PURPOSES[purpose].en}` },
  { name: { zh: '项目', en: 'Project' }, value: project ?? '不限 any' },
  { name: { zh: '最后有效日', en: 'Last day' }, value: lastDay },
  { name: { zh: '次数', en: 'Uses' }, value: maxUses === undefined ? '不限 any number' : String(maxUses) },
]
