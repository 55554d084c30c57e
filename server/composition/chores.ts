import type { LedgerKeeping } from '../bonds/ledger/keeping.ts'
import { hours, minutes, seconds } from '../kernel/clock.ts'
import type { Foundations } from './foundations.ts'
import { keepHouse } from './housekeeping.ts'
import type { Identity } from './identity.ts'
import type { Services } from './services.ts'

/** What the broker does by itself, and how often. Owns the list; what each thing does is its room's. @returns ends it */
export function startChores(
  { stores, log }: Pick<Foundations, 'stores' | 'log'>,
  { authorization, certificates }: Pick<Identity, 'authorization' | 'certificates'>,
  { seals, sealRevocations, bids, contacts, rooms }: Services,
  ledger: LedgerKeeping,
): () => void {
  const { channel, bonds, guarantees, credit, reconciliation } = rooms
  let going = true
  /** in bites, so that no lock is held for long, but to the end: a busy minute leaves more than one bite */
  const sweepAll = async () => {
    let bite = SWEEP_BITE
    while (going && bite === SWEEP_BITE) bite = await stores.sweep(SWEEP_BITE)
  }
  const stop = keepHouse(log, [
    { what: 'sweep', every: minutes(1), work: sweepAll },
    { what: 'what seals owe to time', every: minutes(1), work: () => seals.life.turn(200) },
    { what: 'warnings about certificates of seals', every: minutes(10), work: () => seals.life.watch.warn(200) },
    { what: 'revocations that seals have yet to hear of', every: minutes(1), work: sealRevocations.work },
    { what: 'openings of bids', every: minutes(1), work: bids.tick },
    { what: 'bids that are to be decrypted', every: minutes(1), work: bids.remind },
    { what: 'the watch over bids', every: minutes(5), work: bids.round },
    { what: 'what is to be done about bonds', every: seconds(20), work: bonds.work },
    { what: 'messages to banks', every: seconds(5), work: channel.work },
    { what: 'guarantees that are over', every: hours(1), work: guarantees.turn },
    { what: 'messages to people that were given up', every: minutes(5), work: contacts.work },
    { what: 'end of mandates', every: minutes(1), work: () => authorization.mandates.expire(500) },
    { what: 'standings that are due', every: minutes(1), work: credit.daily.work },
    { what: 'keys of banks', every: seconds(30), work: rooms.partyKeys.refresh },
    { what: 'editions of payer keys', every: seconds(30), work: rooms.payerKeys.refresh },
    { what: 'recalls of credit records', every: seconds(30), work: credit.recalls.send },
    { what: 'reconciliation with banks', every: minutes(1), work: reconciliation.work },
    { what: 'sealing of the ledger', every: minutes(1), work: ledger.turn },
    { what: 'the check of the ledger', every: hours(6), work: () => ledger.check() },
    { what: 'refresh of revocation lists', every: minutes(1), work: () => certificates.revocation.refresh() },
  ])
  return () => {
    going = false
    stop()
  }
}

/** rows */
const SWEEP_BITE = 2000
