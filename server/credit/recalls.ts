import { z } from 'zod'
import { type ConfidentialDeps, confidentialWrite } from '../channel/confidential-write.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { CreditStore, Recall } from '../storage/stores-credit.ts'
import type { EffectStore } from '../storage/stores-effects.ts'

/**
 * Notices to whoever was given a fact that may no longer be used. They are written with the change itself (storage/credit-facts.ts); here they wait until the recipient has them. Owns that a bank of the data channel is told
 * each once by a message, and that its signed answer confirms the notice; anybody else fetches and confirms.
 */
export interface Recalls {
  /** the oldest first, of one recipient or of all */
  recallsDue(limit: number, recipient?: string): Promise<Recall[]>
  /** The recipient has it. False when it is another's, or was told before. */
  recalled(id: string, recipient?: string): Promise<boolean>
  /**
   * Queues a message for every notice to a bank that none was queued for, and confirms those whose message was answered. On any number of processes.
   * @throws what kept one of them back; the others are queued, and it is tried again at the next turn
   */
  send(): Promise<void>
}

export interface RecallDeps extends ConfidentialDeps {
  store: Pick<CreditStore, 'recallsDue' | 'recalled' | 'recallsToSend' | 'recallsAnswered'>
  effects: Pick<EffectStore, 'apply'>
  /** names of those that messages with a confidential part can be sent to now */
  banks(): readonly string[]
  /** there are messages to banks to send */
  wake(): void
}

const RECALLED = 'credit.recalled'
/** What a bank is told: which reports that it was given it uses no more, because one record in them was repaired, or was wrong. */
const part = z.strictObject({
  fact: z.string(),
  reason: z.enum(['repaired', 'recalled']),
  reports: z.array(z.string()),
  at: z.iso.datetime(),
})
const open = z.strictObject({ recall: z.string().regex(/^[0-9a-f]{64}$/) })

/** As banks' developers read it. */
export const publishedRecall = { type: RECALLED, version: 1, body: z.toJSONSchema(open), confidential: z.toJSONSchema(part) }

/** notices queued at once */
const BITE = 100

export function createRecalls(deps: RecallDeps): Recalls {
  const { store, effects, clock } = deps

  const messageOf = ({ id, factId, recipient, reason, reports, createdAt, trace }: Recall) =>
    confidentialWrite(
      deps,
      {
        ...{ receiver: recipient, type: RECALLED, key: `recall/${id}`, trace },
        open: { recall: id } satisfies z.infer<typeof open>,
        part: { fact: factId, reason, reports, at: createdAt } satisfies z.infer<typeof part>,
      },
      'channel_key_unknown',
    )

  return {
    recallsDue: (limit, recipient) => store.recallsDue(limit, recipient),
    recalled: (id, recipient) => store.recalled(id, clock.now(), recipient),
    async send() {
      await store.recallsAnswered()
      let failed: { thrown: unknown } | undefined
      let queued = 0
      for await (const found of pagesOf<Recall>(after => store.recallsToSend(deps.banks(), BITE, after), BITE))
        for (const recall of found) {
          try {
            await effects.apply(async () => ({ lock: recall.id, writes: [await messageOf(recall)] }))
            queued++
          } catch (thrown) {
            failed ??= { thrown }
          }
        }
      if (queued > 0) deps.wake()
      if (failed !== undefined) throw failed.thrown
    },
  }
}
