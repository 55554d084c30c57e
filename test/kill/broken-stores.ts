import { setTimeout } from 'node:timers/promises'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'

/** Two ways of being wrong that the oracle has to see: a broker that answers before anything is on disk loses, and a worker that sends a message as another one each time has things done twice. */
export type Broken = 'answers-before-it-writes' | 'sends-as-another-message'

export function breakStores(stores: Stores, how: Broken): Stores {
  switch (how) {
    case 'answers-before-it-writes':
      return {
        ...stores,
        effects: {
          ...stores.effects,
          async take(message, plan) {
            void setTimeout(200).then(() => stores.effects.take(message, plan))
            return undefined
          },
        },
      }
    case 'sends-as-another-message': {
      const own = new Map<string, string>()
      const ownOf = (id: string) => own.get(id) ?? id
      const { claim, delivered, failed } = stores.channelOutgoing
      return {
        ...stores,
        channelOutgoing: {
          ...stores.channelOutgoing,
          claim: async (...asked) =>
            (await claim(...asked)).map(message => {
              const id = newId()
              own.set(id, message.id)
              return { ...message, id, idempotencyKey: id }
            }),
          delivered: (id, ...more) => delivered(ownOf(id), ...more),
          failed: (id, ...more) => failed(ownOf(id), ...more),
        },
      }
    }
  }
}
