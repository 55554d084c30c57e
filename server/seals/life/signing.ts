import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { AuthorityFacts } from '../../storage/stores-authorization.ts'
import type { SealRow } from '../../storage/stores-seals.ts'
import { makeEdition } from './making.ts'
import type { Signed } from './ports.ts'
import type { LifeRoom, Person, SealView } from './room.ts'
import { chosenShields, signedWith } from './shields.ts'
import { mayFollow, type SealChange } from './states.ts'
import { sealText } from './words.ts'

/** What everything that is signed in a seal's life does alike: the words made, compared and signed, and the making that follows an approval. */
export interface ToSign {
  seal: SealView
  text: string
}

export const companyOf = ({ membership }: AuthorityFacts) => ({ uscc: membership.uscc, name: membership.enterpriseName })
export const shown = (room: LifeRoom, facts: AuthorityFacts, row: SealRow): SealView => room.viewOf(row, facts.legalRepresentativeId)

/** @throws BrokerError seal_wrong_state: before anything is signed */
export function demandState({ clock }: LifeRoom, row: SealRow, kind: SealChange['kind']): void {
  if (!mayFollow(row, kind, clock.now())) throw new BrokerError('seal_wrong_state', `seal ${row.id} is ${row.state}, which allows no ${kind}`)
}

/** characters that a shield agent shows before it signs (bank-adapters/shield-agent/words.ts) */
const MOST_WORDS = 4000

/** The words of an application or an approval: made again to compare, so from what is stored alone. */
export async function wordsFor(
  room: LifeRoom,
  facts: AuthorityFacts,
  act: Parameters<typeof sealText>[0],
  row: SealRow,
): Promise<(at: string) => string> {
  const shields = await chosenShields(room, row, row.wanted)
  const { length } = sealText(act, row, companyOf(facts), shields, facts.membership.personName, room.now())
  if (length > MOST_WORDS) throw new BrokerError('bad_request', `${length} characters to sign`, { expected: `at most ${MOST_WORDS}: fewer shields` })
  return at => sealText(act, row, companyOf(facts), shields, facts.membership.personName, at)
}

/** @throws BrokerError challenge_mismatch, challenge_expired, mandate_wrong_shield, signature_invalid, certificate_* */
export async function sign(room: LifeRoom, facts: AuthorityFacts, by: Person, text: (at: string) => string, signed: Signed, onPhone = false) {
  room.words.demandWords(signed.text, text)
  const done = await signedWith(room, facts, signed, onPhone)
  const { thumbprint } = done.signed
  const { uscc, id } = facts.membership
  if (done.first) await room.trail.append({ code: 'seal.shield-presented', trace: by.trace, facts: { company: uscc, by: id, thumbprint } })
  return done
}

/** Makes what was approved, and puts it in force where its time has come. What a crash leaves behind is made by the next turn (life.ts); where a turn comes in between and is faster, its seal is the one. */
export async function finish(room: LifeRoom, row: SealRow, trace: string): Promise<SealRow> {
  const made = await makeEdition(room, row)
  const after = await orMade(room, made.number, row.id, room.commit(row, { kind: 'make', at: room.now() }, { trace, made }))
  if (after.state !== 'made' || Date.parse(after.validFrom) > room.clock.now().getTime()) return after
  return await orMade(room, made.number, row.id, room.commit(after, { kind: 'begin', at: room.now() }, { trace }))
}

/** @returns the seal as it stands where another process was faster and this edition of it is made */
async function orMade({ store }: LifeRoom, edition: number, id: string, committing: Promise<SealRow>): Promise<SealRow> {
  try {
    return await committing
  } catch (thrown) {
    const now = asBrokerError(thrown).code === 'seal_wrong_state' ? await store.find(id) : undefined
    if (now?.edition !== edition) throw thrown
    return now
  }
}
