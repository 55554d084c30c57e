import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Measure, MeasureEnd, MeasureStore } from '../storage/stores-enforcement.ts'
import { type MeasureContent, readMeasure } from './content.ts'

/** Measures of joint punishment: recorded by whoever recognised them, and ended by them alone (谁认定、谁修复). Owns what may follow on what. */
export interface Measures {
  /**
   * One that does not fit refuses all of them. `known`: it came before in the same words; `other`: the number is taken by another one, and this was not taken in.
   * @param who.everywhere whether it may name any place; otherwise its own alone
   * @throws BrokerError measure_invalid, measure_not_yours
   */
  record(who: Source, given: readonly MeasureContent[], trace: string): Promise<{ id: string; outcome: 'recorded' | 'known' | 'other' }[]>
  /** It stops at once. Told again in the same words it is done. @throws BrokerError measure_unknown, for another's too; measure_wrong_state */
  end(source: string, id: string, to: MeasureEnd, why: string, trace: string): Promise<void>
  /** a source's own. @throws BrokerError measure_unknown */
  own(source: string, id: string): Promise<Measure>
}

interface Source {
  id: string
  everywhere: boolean
}

/** what the operator enters by a file */
export const PLATFORM = 'platform'

export function createMeasures({ store, clock, trail }: { store: MeasureStore; clock: Clock; trail: Trail }): Measures {
  async function own(source: string, id: string): Promise<Measure> {
    const found = await store.find(id)
    if (found?.source !== source) throw new BrokerError('measure_unknown', 'no measure of this source')
    return found
  }
  return {
    own,
    async record(who, given, trace) {
      const now = clock.now()
      const measures = given.map((content, i) => {
        const { centers } = content
        if (!who.everywhere && (centers.length !== 1 || centers[0] !== who.id))
          throw new BrokerError('measure_not_yours', `measure ${i} names another place`, { expected: `centers: ["${who.id}"]` })
        const read = readMeasure(content, { id: newId(), source: who.id, now, trace })
        if ('wrong' in read) throw new BrokerError('measure_invalid', `measure ${i}: ${read.wrong}`, { expected: `measures.${i}.${read.wrong}` })
        return read
      })
      const made = await store.record(measures)
      const fresh = made.filter(({ outcome }) => outcome === 'recorded').length
      await trail.append({ code: 'enforcement.recorded', trace, facts: { source: who.id, measures: made.length, fresh } })
      return made
    },
    async end(source, id, to, why, trace) {
      const { uscc } = await own(source, id)
      if (!(await store.end(id, to, { by: source, why, at: clock.now().toISOString() }))) {
        const { state, ended } = await own(source, id)
        // told once more, since the answer was lost
        if (state === to && ended?.by === source && ended.why === why) return
        throw new BrokerError('measure_wrong_state', 'the measure ended before')
      }
      await trail.append({ code: 'enforcement.ended', trace, facts: { measure: id, source, company: uscc, to } })
    },
  }
}
