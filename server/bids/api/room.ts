import type { Trail } from '../../audit/events.ts'
import type { CenterAsk } from '../../http/center-ask.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { isUscc, type Uscc } from '../../kernel/uscc.ts'
import type { Webhooks } from '../../notices/webhooks.ts'
import type { KeyUnderOwnRoot } from '../../pki/own-root.ts'
import type { BidStore, Opening } from '../../storage/stores-bids.ts'
import type { Shelf } from '../files/shelf.ts'
import type { Openings } from '../opening/openings.ts'
import type { Who } from '../opening/ports.ts'

/** What the operations are given. The composition root joins it. */
export interface BidApiRoom {
  publicUrl: string
  openings: Openings
  store: Pick<BidStore, 'opening' | 'ofCenter'>
  opened: Pick<Shelf['opened'], 'open'>
  release(): Promise<KeyUnderOwnRoot>
  webhooks: Webhooks
  trail: Trail
  clock: Clock
}

/** An opening of the center that asks. @throws BrokerError bid_unknown for another's, too */
export async function ownOpening({ store }: BidApiRoom, { clientId, param }: CenterAsk): Promise<Opening> {
  const found = await store.opening(param('opening'))
  if (found?.center !== clientId) throw new BrokerError('bid_unknown', 'no such opening of this center')
  return found
}

/** @throws BrokerError bid_unknown for what is no company's code */
export function companyIn({ param }: CenterAsk): Uscc {
  const uscc = param('uscc')
  if (!isUscc(uscc)) throw new BrokerError('bid_unknown', 'no code of a company')
  return uscc
}

/** As the evidence names whoever acts: the center's program, and the person it names. */
export const whoOf = ({ clientId, trace }: CenterAsk, by: string | undefined): Who => ({
  by: by === undefined ? clientId : `${by} (${clientId})`,
  trace,
})
