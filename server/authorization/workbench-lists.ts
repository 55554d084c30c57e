import { days } from '../kernel/clock.ts'
import type { MandateView, SeenState } from './mandates.ts'
import type { MandateLine } from './pages/lists.ts'
import { isNamed } from './workbench-access.ts'
import type { Visit, WorkbenchDeps } from './workbench-room.ts'

/** Which mandates a person's pages list: the legal representative sees the company's, everybody else those given to them and those they gave. */
export interface Found {
  lines: MandateLine[]
  /** the last one looked at, where there are more */
  next?: { createdAt: string; id: string }
}

const SIZE = 20
/** rows looked at for one page: a state is seen only in the mandate itself, so it is sought and not asked for */
const BITE = 100
const MOST_LOOKED_AT = 500

export async function listMandates(
  deps: WorkbenchDeps,
  visit: Visit,
  wanted: { state?: SeenState | undefined; before?: { createdAt: string; id: string } | undefined },
): Promise<Found> {
  const fits = ({ state }: MandateView) => wanted.state === undefined || state === wanted.state
  // somebody else's draft is nobody's business yet
  const shown = ({ row }: MandateView) => row.state !== 'drafted' || row.giverId === visit.who.membershipId
  if (!visit.who.representative) {
    const own = await ownMandates(deps, visit)
    return { lines: own.filter(({ mandate }) => fits(mandate)).slice(0, BITE) }
  }
  const lines: MandateLine[] = []
  let before = wanted.before
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += BITE) {
    const views = await deps.mandates.ofCompany(visit.by, BITE, before)
    for (const mandate of views) {
      if (lines.length === SIZE) return { lines, ...(before === undefined ? {} : { next: before }) }
      before = { createdAt: mandate.row.createdAt, id: mandate.row.id }
      if (fits(mandate) && shown(mandate)) lines.push({ mandate })
    }
    if (views.length < BITE) return { lines }
  }
  return { lines, ...(before === undefined ? {} : { next: before }) }
}

/** Given to this person in any company, and given by this person in this one; the newest first. */
export async function ownMandates({ mandates }: WorkbenchDeps, visit: Visit): Promise<MandateLine[]> {
  const [held, company] = await Promise.all([mandates.ofPerson(visit.by, BITE), mandates.ofCompany(visit.by, BITE)])
  const here = visit.who.enterpriseId
  const lines: MandateLine[] = held.map(({ company: of, ...mandate }) => ({
    mandate,
    ...(mandate.row.enterpriseId === here ? {} : { company: of.name }),
  }))
  const known = new Set(held.map(({ row }) => row.id))
  for (const mandate of company) if (mandate.row.giverId === visit.who.membershipId && !known.has(mandate.row.id)) lines.push({ mandate })
  return lines.toSorted((a, b) => (a.mandate.row.createdAt < b.mandate.row.createdAt ? 1 : -1))
}

/** ancestors looked at for one page */
const MOST_ABOVE = 60

/**
 * A mandate that was passed on is worth what stands above it: for each of these that is in force itself, the state of the first one above that is not.
 * @returns by mandate id
 */
export async function aboveOf({ mandates }: WorkbenchDeps, visit: Visit, views: readonly MandateView[]): Promise<Map<string, SeenState>> {
  const here = views.filter(({ state, row }) => state === 'active' && row.enterpriseId === visit.who.enterpriseId && row.chain.length > 0)
  const ids = [...new Set(here.flatMap(({ row }) => row.chain))].slice(0, MOST_ABOVE)
  const states = new Map((await Promise.all(ids.map(id => mandates.view(visit.by, id)))).map(({ row, state }) => [row.id, state]))
  return new Map(
    here.flatMap(({ row }) => {
      const state = row.chain.map(id => states.get(id)).find(each => each !== undefined && each !== 'active')
      return state === undefined ? [] : [[row.id, state] as const]
    }),
  )
}

/** What this person still has to sign: mandates to accept, and drafts of their own. */
export function waitingFor(lines: readonly MandateLine[], { who }: Visit): MandateLine[] {
  return lines.flatMap(line => {
    const { mandate } = line
    if (mandate.state === 'offered' && isNamed(who, mandate)) return [{ ...line, todo: { zh: '查看并接受', en: 'Read and accept' } }]
    if (mandate.state === 'drafted' && mandate.row.giverId === who.membershipId) return [{ ...line, todo: { zh: '继续签名', en: 'Go on to sign' } }]
    return []
  })
}

export function endingSoon(lines: readonly MandateLine[], now: Date): MandateLine[] {
  const until = now.getTime() + days(30)
  return lines
    .filter(({ mandate: { state, row } }) => (state === 'active' || state === 'suspended') && Date.parse(row.validUntil) <= until)
    .toSorted((a, b) => Date.parse(a.mandate.row.validUntil) - Date.parse(b.mandate.row.validUntil))
    .slice(0, 5)
}
