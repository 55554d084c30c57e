import { chinaDay, nextDay } from '../../kernel/china-time.ts'
import { type Clock, minutes } from '../../kernel/clock.ts'
import type { CreditStore, Standing, Subject, SubjectFacts } from '../../storage/stores-credit.ts'
import { beginningOf } from '../facts/days.ts'
import { scoreOf } from '../model/compute.ts'
import { inputsDigest, inputsOf, MOST_FACTS } from '../model/inputs.ts'
import type { Models } from '../model/models.ts'

/** Where everybody stands: reckoned anew each day, since facts age, and at once when a fact changes. Owns that every subject has its turn on any number of processes; what is given to anybody is reckoned anew in any case. */
export interface Daily {
  /** Those that are due, in bites, until none is left. @returns how many */
  work(): Promise<number>
  /** these now; what fails stays due */
  now(subjects: readonly Subject[]): Promise<void>
}

/** subjects in one bite, and how long they are this process' */
const BITE = 100
const LEASE = minutes(5)

export function createDaily({
  store,
  models,
  clock,
}: {
  store: Pick<CreditStore, 'claimDue' | 'inForce' | 'settle'>
  models: Pick<Models, 'inForce'>
  clock: Clock
}): Daily {
  /** @param day for which the facts were read */
  async function settle(day: string, subjects: readonly (Subject & { version: number })[], found: readonly SubjectFacts[]): Promise<void> {
    const formulas = Object.values(await models.inForce())
    const standings = subjects.flatMap(({ kind, subject }, i): Standing[] => {
      return formulas
        .filter(({ model }) => model.subjects.includes(kind))
        .map(inForce => {
          const { model, name } = inForce
          const inputs = inputsOf({ kind, subject }, day, found[i]?.facts ?? [], model)
          const made = { score: scoreOf(inForce, inputs), most: model.most, model: name, inputs: inputsDigest(inputs) }
          return { kind, subject, day, report: model.report, ...made }
        })
    })
    await store.settle(standings, subjects, beginningOf(nextDay(day)))
  }

  const read = (day: string, subjects: readonly Subject[]) => store.inForce(subjects, day, MOST_FACTS)

  return {
    async work() {
      let done = 0
      for (;;) {
        const now = clock.now()
        const due = await store.claimDue(now, new Date(now.getTime() + LEASE), BITE)
        const day = chinaDay(now)
        if (due.length > 0) await settle(day, due, await read(day, due))
        done += due.length
        if (due.length < BITE) return done
      }
    },
    async now(subjects) {
      for (let at = 0; at < subjects.length; at += BITE) {
        const bite = subjects.slice(at, at + BITE)
        const day = chinaDay(clock.now())
        const found = await read(day, bite)
        await settle(
          day,
          bite.map((subject, i) => ({ ...subject, version: found[i]?.version ?? 0 })),
          found,
        )
      }
    },
  }
}
