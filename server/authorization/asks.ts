import type { Trail } from '../audit/events.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { newId, newPairNumber } from '../kernel/ids.ts'
import { markRecorded } from '../kernel/recorded.ts'
import type { Ask, AskStatus, AskStore } from '../storage/stores-authorization.ts'
import type { Signals } from '../storage/stores-trust.ts'
import { type AskWatch, createAskWatch } from './ask-watch.ts'

/**
 * The life of an ask: opened where it began, looked at by one phone, its number compared, answered once, its answer used once. Owns these states and who may move them. Does not own what an answer means: whoever
 * asked hears of it (`onAnswered`) or fetches it (`settle`); nor who the person on the phone is: whoever takes the answer proves that and says so (`by`).
 */
export interface Asks {
  /** One audit event an ask. */
  open(question: AskQuestion): Promise<Ask>
  /** Several at once, in one statement: those who may agree to one act. */
  openAll(questions: readonly AskQuestion[]): Promise<Ask[]>
  /** Where it stands, and nothing is moved. @throws BrokerError ask_unknown */
  status(id: string): Promise<AskStatus>
  /** As `status`, once it is no longer at this version or `milliseconds` have passed. Hears of changes on every process within a second. @throws BrokerError ask_unknown */
  wait(id: string, version: number, milliseconds: number, signal?: AbortSignal): Promise<AskStatus>
  /** A phone looks at it; the first one that does is the one that may answer. @param phone what that phone alone knows. @throws BrokerError ask_unknown, ask_expired, ask_settled, ask_other_phone */
  look(id: string, phone: string): Promise<Ask>
  /** The number, as given on the phone; a wrong one ends the ask for good. @throws BrokerError as `look`; ask_number_wrong */
  confirm(id: string, phone: string, number: string): Promise<Ask>
  /**
   * What came back from the phone is about to be judged: one at a time, so that two at once cannot disturb each other. Whoever has not come to an end after half a minute died over it, and the next one may.
   * @throws BrokerError as `look`; ask_number_wrong (not given yet), ask_settled (another one is being judged)
   */
  take(id: string, phone: string): Promise<Ask>
  /** Nothing was judged after all: the phone may send its answer again at once. @param taken as `take` gave it */
  release(taken: Ask): Promise<void>
  /** The answer, once. A yes needs the number: given before (`confirm`) or with it. @throws BrokerError as `confirm`; ask_wrong_person, which ends it for good */
  answer(id: string, phone: string, given: AskAnswer): Promise<Ask>
  /** The answer of a person who is asked by name and has proven who they are on this very screen: no phone, no number. @throws BrokerError ask_unknown, ask_expired, ask_settled, ask_wrong_person */
  answerAs(id: string, membershipId: string, given: Pick<AskAnswer, 'decision' | 'answer'>): Promise<Ask>
  /**
   * Ends it without a yes, for whoever asked: withdrawn, or what came back is worth nothing. An ask that was answered stays as it is.
   * @returns whether this call ended it: then the end is in the audit record, with this code
   */
  end(id: string, failure: FailureCode): Promise<boolean>
  /** The one who asked uses the answer: approved to done, true for exactly one of any number of callers. @throws BrokerError ask_unknown, ask_expired, ask_refused (or why it ended), ask_settled */
  settle(id: string): Promise<Ask>
  /**
   * The same for a use that takes several steps: the answer is used once `act` has come to its end. One caller at a time; whoever has not come to an end after half a minute died over it, and the next one may, so
   * `act` does what may be begun again.
   * @returns false where there is no answer to be used, and where another one is at it. @throws BrokerError ask_unknown, and what `act` throws
   */
  use(id: string, act: (ask: Ask) => Promise<void>): Promise<boolean>
  /** open ones that this person is asked, the newest first */
  inbox(membershipId: string, limit: number): Promise<Ask[]>
  ofSubject(kind: Ask['kind'], subject: string, limit: number): Promise<Ask[]>
  /**
   * Hears of each answer of this kind (approved or refused), on the process that took it, after it is saved and before the person is told. What it throws reaches the person, and the answer stands: so a
   * handler does what may be done twice, and whoever must miss nothing looks at `ofSubject` as well.
   */
  onAnswered(kind: Ask['kind'], handler: (ask: Ask) => Promise<void>): void
  close(): void
}

export type AskQuestion = Omit<Ask, 'id' | 'state' | 'version' | 'number' | 'createdAt' | 'phone' | 'confirmed' | 'takenAt' | 'failure' | 'answer'>

interface AskAnswer {
  decision: 'approve' | 'refuse'
  number?: string
  /** what came back, for the one who asked */
  answer?: Record<string, string>
  /** whom the answer proves: memberships of that person; needed where the ask names a person */
  by?: readonly string[]
}

export interface AskDeps {
  store: AskStore
  signals: Signals
  trail: Trail
  clock: Clock
}

/** two answers at once: the second reads what the first did and is refused by it */
const TRIES = 5
/** longer than it takes to judge an answer, or to act on one */
const AT_IT = seconds(30)

export function createAsks({ store, signals, trail, clock }: AskDeps): Asks {
  const handlers = new Map<Ask['kind'], ((ask: Ask) => Promise<void>)[]>()
  const watch: AskWatch = createAskWatch({ signals, find: load, stateOf })

  async function load(id: string): Promise<Ask> {
    const ask = /^[\w-]{20,40}$/.test(id) ? await store.find(id) : undefined
    if (ask === undefined) throw new BrokerError('ask_unknown', 'no such ask', { received: id.slice(0, 40) })
    return ask
  }

  function stateOf(ask: Ask): AskStatus['state'] {
    if (ask.state === 'refused' && ask.failure === 'ask_expired') return 'expired'
    const open = ask.state === 'waiting' || ask.state === 'opened' || ask.state === 'approved'
    return open && clock.now().getTime() >= Date.parse(ask.expiresAt) ? 'expired' : ask.state
  }

  /** Still to be answered? @throws BrokerError ask_expired, ask_settled, or why it ended */
  function demandOpen(ask: Ask): void {
    const state = stateOf(ask)
    if (state === 'waiting' || state === 'opened') return
    if (state === 'expired') throw new BrokerError('ask_expired', 'the ask has expired', { expected: `before ${ask.expiresAt}` })
    throw new BrokerError('ask_settled', `the ask is ${ask.state}`, { received: ask.failure ?? ask.state })
  }

  function demandPhone(ask: Ask, phone: string): void {
    if (ask.phone !== undefined && ask.phone !== phone) throw new BrokerError('ask_other_phone', 'another phone opened this ask')
  }

  async function saved(ask: Ask): Promise<Ask | undefined> {
    const after = await store.save(ask)
    if (after !== undefined) watch.changed(after.id)
    return after
  }

  /** One step of an ask by compare-and-set; who comes second judges what the first one left. `next` throws what speaks against it, and answers the ask itself where nothing is to be done. */
  async function move(id: string, next: (ask: Ask) => Ask): Promise<Ask> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const ask = await load(id)
      const wanted = next(ask)
      if (wanted === ask) return ask
      const after = await saved(wanted)
      if (after !== undefined) return after
    }
    throw new BrokerError('ask_settled', `the ask moved ${TRIES} times`)
  }

  async function answered(ask: Ask): Promise<void> {
    const { id, kind, center, state, failure, trace, membershipId } = ask
    await trail.append({
      code: 'ask.answered',
      trace,
      facts: {
        ask: id,
        kind,
        center: center.id,
        outcome: state,
        ...(failure === undefined ? {} : { failure }),
        ...(membershipId === undefined ? {} : { membership: membershipId }),
      },
    })
    for (const handler of handlers.get(kind) ?? []) await handler(ask)
  }

  /** An answer that is worth nothing ends the ask for good, and says why to both screens. */
  async function endFor(id: string, failure: FailureCode, facts: string): Promise<never> {
    const error = new BrokerError(failure, facts)
    if (await end(id, failure)) markRecorded(error)
    throw error
  }

  async function end(id: string, failure: FailureCode): Promise<boolean> {
    let ended = false
    const ask = await move(id, before => {
      ended = before.state === 'waiting' || before.state === 'opened'
      return ended ? { ...before, state: 'refused', failure } : before
    })
    if (ended) await answered(ask)
    return ended
  }

  async function decide(id: string, { decision, answer }: Pick<AskAnswer, 'decision' | 'answer'>, check: (ask: Ask) => void): Promise<Ask> {
    const ask = await move(id, before => {
      demandOpen(before)
      check(before)
      const { takenAt: _, ...judged } = before
      return decision === 'approve'
        ? { ...judged, state: 'approved', ...(answer === undefined ? {} : { answer }) }
        : { ...judged, state: 'refused', failure: 'ask_refused' }
    })
    await answered(ask)
    return ask
  }

  const isTaken = ({ takenAt }: Ask): boolean => takenAt !== undefined && clock.now().getTime() < Date.parse(takenAt) + AT_IT

  async function release(taken: Ask): Promise<void> {
    await move(taken.id, ask => {
      // another one's by now
      if (ask.takenAt === undefined || ask.takenAt !== taken.takenAt) return ask
      const { takenAt: _, ...rest } = ask
      return rest
    })
  }

  async function use(id: string, act: (ask: Ask) => Promise<void>): Promise<boolean> {
    const ask = await load(id)
    if (stateOf(ask) !== 'approved' || isTaken(ask)) return false
    const held = await saved({ ...ask, takenAt: clock.now().toISOString() })
    if (held === undefined) return false
    try {
      await act(held)
    } catch (thrown) {
      await release(held).catch(() => undefined)
      throw thrown
    }
    // what was done stands, whether or not this can be said of it
    await saved({ ...held, state: 'done' }).catch(() => undefined)
    return true
  }

  const looked = (id: string, phone: string): Promise<Ask> =>
    move(id, ask => {
      demandPhone(ask, phone)
      demandOpen(ask)
      return ask.phone === phone ? ask : { ...ask, state: 'opened', phone }
    })

  async function confirmed(id: string, phone: string, number: string): Promise<Ask> {
    const ask = await looked(id, phone)
    if (ask.number !== number) return await endFor(id, 'ask_number_wrong', 'another number than the one on the screen where it began')
    return await move(id, before => {
      demandOpen(before)
      return before.confirmed === true ? before : { ...before, confirmed: true }
    })
  }

  async function openAll(questions: readonly AskQuestion[]): Promise<Ask[]> {
    const createdAt = clock.now().toISOString()
    const asks = questions.map(
      (question): Ask => ({
        ...question,
        id: newId(),
        state: 'waiting',
        version: 1,
        number: newPairNumber(),
        // no second screen of ours shows a number to compare: the binding message is what the person knows it by
        ...(question.kind === 'ciba' ? { confirmed: true as const } : {}),
        createdAt,
      }),
    )
    if (asks.length === 0) return []
    await store.insert(...asks)
    await trail.append(
      ...asks.map(({ id, kind, center, trace, membershipId, subject }) => ({
        code: 'ask.opened' as const,
        trace,
        facts: { ask: id, kind, center: center.id, subject, ...(membershipId === undefined ? {} : { membership: membershipId }) },
      })),
    )
    return asks
  }

  return {
    async open(question) {
      const [ask] = await openAll([question])
      if (ask === undefined) throw new BrokerError('internal', 'an ask was not opened')
      return ask
    },
    openAll,
    async status(id) {
      const ask = await load(id)
      return { ask, state: stateOf(ask) }
    },
    wait: watch.wait,
    look: looked,
    confirm: confirmed,
    async take(id, phone) {
      await looked(id, phone)
      return await move(id, ask => {
        demandOpen(ask)
        if (ask.confirmed !== true) throw new BrokerError('ask_number_wrong', 'the number was not given on this phone')
        if (isTaken(ask)) throw new BrokerError('ask_settled', 'another answer is being judged')
        return { ...ask, takenAt: clock.now().toISOString() }
      })
    },
    release,
    async answer(id, phone, given) {
      const { decision, number, by } = given
      if (decision === 'approve' && number !== undefined) await confirmed(id, phone, number)
      const ask = await looked(id, phone)
      if (decision === 'approve' && ask.membershipId !== undefined && by?.includes(ask.membershipId) !== true)
        return await endFor(id, 'ask_wrong_person', 'the answer proves another person than the one asked')
      return await decide(id, given, before => {
        demandPhone(before, phone)
        if (decision === 'approve' && before.confirmed !== true) throw new BrokerError('ask_number_wrong', 'the number was not given')
      })
    },
    answerAs: (id, membershipId, given) =>
      decide(id, given, ask => {
        if (ask.membershipId !== membershipId) throw new BrokerError('ask_wrong_person', 'somebody else is asked')
      }),
    end,
    async settle(id) {
      const ask = await load(id)
      const state = stateOf(ask)
      if (state === 'expired') throw new BrokerError('ask_expired', 'the ask has expired', { expected: `before ${ask.expiresAt}` })
      if (state === 'refused') throw new BrokerError(ask.failure ?? 'ask_refused', 'the ask ended without a yes')
      const done = state === 'approved' ? await saved({ ...ask, state: 'done' }) : undefined
      if (done === undefined) throw new BrokerError('ask_settled', `the ask is ${ask.state} and its answer is not to be used`)
      return done
    },
    use,
    inbox: (membershipId, limit) => store.inbox(membershipId, clock.now(), limit),
    ofSubject: (kind, subject, limit) => store.ofSubject(kind, subject, limit),
    onAnswered(kind, handler) {
      handlers.set(kind, [...(handlers.get(kind) ?? []), handler])
    },
    close: watch.close,
  }
}
