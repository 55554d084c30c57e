/**
 * Owns taking a bid in: the envelope is whole, made for this opening and its custodians, and in time. So the reasons for which a bid is not opened later are found while it can still be replaced, as far as
 * they can be seen without a key; the bidder's own test sees the rest.
 */
import { BrokerError } from '../../kernel/errors.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { Bid, Opening } from '../../storage/stores-bids.ts'
import type { EnvelopeHeader } from '../envelope/header.ts'
import { scanEnvelope } from '../envelope/scan.ts'
import type { Moving } from './moving.ts'
import type { OpeningPorts, Who } from './ports.ts'

export interface Registration {
  openingId: string
  uscc: Uscc
  name: string
  /** the envelope's id; its file has been received whole */
  envelope: string
  /** the certificates it is encrypted to, as the bidder's client knows them: what the watch goes by */
  certificates: Bid['certificates']
}

/**
 * @returns the bid; the company's earlier one, if any, is no more. The same envelope again is the bid that it is already
 * @throws BrokerError `bid_late`, `bid_envelope_malformed`, `bid_not_for_this_opening`, `bid_unknown`, `bid_wrong_state` (one that came later stands, it was taken back or decrypted meanwhile, or the envelope is another bid's)
 */
export async function registerBid(
  ports: OpeningPorts,
  moving: Moving,
  { openingId, uscc, name, envelope, certificates }: Registration,
  who: Who,
): Promise<Bid> {
  // it was here at this moment: looking at gigabytes does not make it late
  const receivedAt = ports.clock.now()
  const [opening, standing] = [await moving.opening(openingId), await ports.store.bid(openingId, uscc)]
  if (standing?.envelope === envelope) return standing
  requireOnTime(opening, receivedAt)
  if (opening.state !== 'announced' && opening.state !== 'open') throw late(opening, receivedAt)
  if (certificates.length === 0 || certificates.length > 8)
    throw new BrokerError('bad_request', `${certificates.length} certificates where 1 to 8 are meant`)
  const { head, size, sm3 } = await scanEnvelope(ports.envelopes.open(envelope))
  requireFor(opening, head.header, envelope)
  const at = receivedAt.toISOString()
  const bid: Bid = { openingId, uscc, envelope, name, state: 'waiting', version: 1, file: { size, sm3 }, certificates, receivedAt: at, attempts: 0 }
  const step = { openingId, uscc, kind: 'registered' as const, at, facts: { envelope, size, sm3 }, ...who }
  for (let before = standing; ; ) {
    const saved = await ports.store.register(bid, step, before)
    if (saved !== undefined) return saved
    const found = await ports.store.bid(openingId, uscc)
    // sent twice at once: the other one did it
    if (found?.envelope === envelope) return found
    // what came before this one and was faster to look at gives way; what came later, or was taken back since, stays
    const givesWay = found !== undefined && found.state === 'waiting' && found.receivedAt <= at
    if (!givesWay || (found.envelope === before?.envelope && found.state === before.state)) break
    before = found
  }
  // by its time alone: what was opened meanwhile has not made it late
  requireOnTime(await moving.opening(openingId), receivedAt)
  throw new BrokerError('bid_wrong_state', 'a later bid stands, the envelope was handed in before, or the bid cannot be replaced any more')
}

function requireOnTime(opening: Opening, at: Date): void {
  if (at >= new Date(opening.opensAt)) throw late(opening, at)
}

const late = ({ opensAt }: Opening, at: Date): BrokerError =>
  new BrokerError('bid_late', 'no bids are taken in any more', { received: at.toISOString(), expected: `before ${opensAt}` })

/** Each rule with what it says when it does not hold. */
const RULES: readonly [string, (opening: Opening, header: EnvelopeHeader) => boolean][] = [
  ['another center', (opening, header) => header.center === opening.center],
  ['another project', (opening, header) => header.project === opening.project],
  ['another section', (opening, header) => header.section === opening.section],
  ['a rehearsal and an opening', (opening, header) => (header.drill === true) === opening.drill],
  // encrypted before a postponement it names an earlier time: the later one counts for everybody
  ['a later opening time: it could not be rescued at the opening', (opening, header) => header.opening <= opening.opensAt],
  ['other custodians, or none', ({ rescue }, header) => rescue === undefined || sameKeepers(rescue, header.rescue)],
]

function requireFor(opening: Opening, header: EnvelopeHeader, envelope: string): void {
  if (header.id !== envelope) throw new BrokerError('bid_not_for_this_opening', 'the file holds another envelope')
  const broken = RULES.find(([, holds]) => !holds(opening, header))
  if (broken !== undefined) throw new BrokerError('bid_not_for_this_opening', broken[0])
}

function sameKeepers(asked: NonNullable<Opening['rescue']>, found: EnvelopeHeader['rescue']): boolean {
  if (found === undefined || found.threshold !== asked.threshold || found.platform.certificate !== asked.platform) return false
  const names = found.custodians.map(({ certificate }) => certificate)
  return names.length === asked.custodians.length && asked.custodians.every(each => names.includes(each))
}
