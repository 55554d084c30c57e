import type { Stores } from '../../server/storage/stores.ts'
import type { Cut } from './cut.ts'

/** The stores of a broker or worker that dies at a point: the same statements, with a look at the clock of its death between them. */
export const hookStores = (stores: Stores, cut: Cut): Stores => ({
  ...stores,
  onceIds: {
    ...stores.onceIds,
    async claim(...attempt) {
      const first = await stores.onceIds.claim(...attempt)
      cut.reach('broker-verified')
      return first
    },
  },
  effects: {
    ...stores.effects,
    async take(message, plan) {
      const known = await stores.effects.take(message, async () => {
        const planned = await plan()
        cut.amid('broker-amid-statement')
        return planned
      })
      cut.reach('broker-written')
      return known
    },
  },
  channelOutgoing: {
    ...stores.channelOutgoing,
    async claim(...asked) {
      const claimed = await stores.channelOutgoing.claim(...asked)
      if (claimed.length > 0) cut.reach('worker-leased')
      return claimed
    },
    async delivered(...answered) {
      cut.reach('worker-answer-here')
      const kept = await stores.channelOutgoing.delivered(...answered)
      cut.reach('worker-answer-kept')
      return kept
    },
  },
})
