/** Owns what the opening needs from others and does not own: the files, keys and people around it. */
import type { Trail } from '../../audit/events.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import type { Source } from '../../pki/cms-bytes.ts'
import type { Bid, BidRescueStore, BidStore } from '../../storage/stores-bids.ts'
import type { Cover } from '../envelope/cover.ts'
import type { KeyHolder } from '../envelope/part.ts'

/** Who does something, as the evidence names them, and the trace code it belongs to. */
export interface Who {
  by: string
  trace: string
}

export interface OpeningPorts {
  store: BidStore
  rescues: BidRescueStore
  trail: Trail
  clock: Clock
  log: Log
  newId: () => string
  /** received envelopes, by their id, never written over; each call reads from the beginning. @throws BrokerError `not_found` */
  envelopes: { open(id: string): Source }
  /** Takes an opened content; gives it its name only when the stream has ended well, and replaces what an interrupted try left. */
  opened: { keep(bid: Bid, cover: Cover, content: AsyncIterable<Buffer>): Promise<void> }
  /** seals custodians' shares at rest */
  sealing: Sealing
  /** the platform's key for releases */
  platform: KeyHolder
  /** a step was written that somebody may have to be told of; must not throw */
  wake(): void
  /** the center has opened it: its bidders may be told; must not throw, nor be waited for */
  began(openingId: string): void
  /** whether a certificate of the bid was renewed or replaced since it was encrypted to */
  changed: (bid: Bid) => Promise<boolean>
}
