/**
 * Owns that every step reaches the audit record, whose chain and signatures prove it later. The step itself stands in the database already, written with the change; here its number and digest go into
 * the chain, once or, after a crash, twice. The chain does not say whose bid it was: who may read it before the opening must not learn that.
 */
import { createHash } from 'node:crypto'
import type { StoredStep } from '../../storage/stores-bids.ts'
import type { OpeningPorts } from './ports.ts'

const PAGE = 200

/** SM3 over every column, as one JSON array. */
export const digestOfStep = ({ seq, openingId, uscc, kind, at, by, facts, trace }: StoredStep): string =>
  createHash('sm3')
    .update(JSON.stringify([seq, openingId, uscc ?? null, kind, at, by, Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)), trace]))
    .digest('hex')

/** @returns hands on what is new; one run at a time, and whoever comes meanwhile is answered after another one */
export function createRelay({ store, trail, log }: Pick<OpeningPorts, 'store' | 'trail' | 'log'>): () => Promise<void> {
  let running: Promise<void> | undefined
  let again = false

  async function run(): Promise<void> {
    try {
      do {
        again = false
        for (let steps = await store.unaudited(PAGE); steps.length > 0; steps = await store.unaudited(PAGE)) {
          await trail.append(
            ...steps.map(step => ({
              code: 'bid.step' as const,
              trace: step.trace,
              facts: { opening: step.openingId, kind: step.kind, step: step.seq, sm3: digestOfStep(step) },
            })),
          )
          await store.audited(steps.map(({ seq }) => seq))
        }
      } while (again)
    } catch (thrown) {
      // the steps stay where they are, and the next run takes them
      log.error({ err: thrown }, 'steps of openings are not in the audit record yet')
    } finally {
      running = undefined
    }
  }

  return async () => {
    if (running === undefined) running = run()
    else again = true
    await running
  }
}
