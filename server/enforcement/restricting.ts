import { EXPERT_PAGES, OWN_PAGES } from '../kernel/authority.ts'
import type { AskRestrictions, Place, RestrictedAct, Restriction } from '../kernel/restrictions.ts'
import type { Measure, MeasureStore, MeasureTerms } from '../storage/stores-enforcement.ts'

/**
 * What measures say about one act at one place. Owns that a measure has its effect only where it names act, center, region and kind of project: what is not known of the place makes a refusal a flag, and never the
 * other way about. Our own pages stay open: there a company sees what is against it, and how to repair it.
 */
export function createRestrictions(deps: {
  store: Pick<MeasureStore, 'counting'>
  /** GB/T 2260 code of a center; undefined where none is registered */
  regionOf(center: string): string | undefined
}): AskRestrictions {
  return async (uscc, act, place) => {
    if (act === 'login' && (place.center === OWN_PAGES || place.center === EXPERT_PAGES)) return { flags: [] }
    const region = place.center === undefined ? undefined : deps.regionOf(place.center)
    const found = (await deps.store.counting(uscc)).flatMap(measure => {
      const reach = reachOf(measure.terms, act, place, region)
      return reach === 'none' ? [] : [restrictionOf(measure, reach)]
    })
    const refused = found.find(({ effect }) => effect === 'refuse')
    return { ...(refused === undefined ? {} : { refused }), flags: found.filter(({ effect }) => effect === 'flag') }
  }
}

type Reach = 'named' | 'perhaps' | 'none'

/** Pure. `perhaps`: it is limited by what nobody knows of the place. */
function reachOf(
  { acts, centers, regions, kinds }: Pick<MeasureTerms, 'acts' | 'centers' | 'regions' | 'kinds'>,
  act: RestrictedAct,
  { center, projectKind }: Place,
  region: string | undefined,
): Reach {
  if (!acts.includes(act)) return 'none'
  const reaches = [
    // wherever it may be used is not at the centers that a measure names: there each use is looked at by itself
    centers.length === 0 ? 'named' : center !== undefined && centers.includes(center) ? 'named' : 'none',
    regions.length === 0 ? 'named' : center === undefined ? 'none' : within(region, regions),
    kinds.length === 0 ? 'named' : projectKind === undefined ? 'perhaps' : kinds.includes(projectKind) ? 'named' : 'none',
  ]
  return reaches.includes('none') ? 'none' : reaches.includes('perhaps') ? 'perhaps' : 'named'
}

function within(region: string | undefined, regions: readonly string[]): Reach {
  if (region === undefined) return 'perhaps'
  return regions.some(each => region.startsWith(each.replace(/(?:00){1,2}$/, ''))) ? 'named' : 'none'
}

const restrictionOf = ({ id, effect, terms }: Measure, reach: 'named' | 'perhaps'): Restriction => ({
  id,
  effect: reach === 'named' ? effect : 'flag',
  list: terms.list,
  basis: terms.basis,
  document: terms.document,
  authority: terms.authority,
  contact: terms.contact,
  until: terms.until,
})
