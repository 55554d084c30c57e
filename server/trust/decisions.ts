/**
 * Owns how the trust list changes: at once, or as a proposal that another person approves. Every decision compares and sets the head of the list, so that of two at the same moment one is told
 * to look again; nothing is ever decided on what is no longer true.
 */
import type { Trail } from '../audit/events.ts'
import { type Clock, days } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { newId, newTraceCode } from '../kernel/ids.ts'
import { sm3 } from '../pki/sm2.ts'
import type { Stores } from '../storage/stores.ts'
import type { TrustHead, TrustProposalRow, TrustVersionRow } from '../storage/stores-trust.ts'
import { type Change, digestOf, idOf, readChanges, tell, weightOf, writeChanges } from './change.ts'
import { parseEntry, readEntry, type TrustedCa, writeEntry } from './entry.ts'
import { CONFIGURATION, isSamePerson, readOperator, readWhy } from './people.ts'
import type { TrustSnapshot } from './snapshot.ts'

export interface Wish {
  /** the operator's name */
  by: string
  why: string
  /** as `readChanges` takes them */
  changes: unknown
}
export interface Proposal {
  id: string
  state: 'open' | 'applied' | 'rejected' | 'expired'
  by: string
  why: string
  createdAt: string
  expiresAt: string
  decidedBy?: string
  decidedAt?: string
  version?: number
  changes: readonly Change[]
  /** one line a change, against the list of now */
  lines: readonly string[]
}

export interface Decisions {
  /**
   * Applies changes at once: whatever does not widen trust, and in the sandbox everything.
   * @returns the new version; the old one where nothing changes
   * @throws BrokerError trust_needs_approval, trust_entry_invalid, trust_proposal_over (somebody was faster, again and again)
   */
  change(wish: Wish): Promise<{ version: number }>
  /** Keeps changes for another person to approve. One that is open already is answered, not doubled. @throws BrokerError trust_entry_invalid */
  propose(wish: Wish): Promise<Proposal>
  /** @throws BrokerError trust_not_found, trust_proposal_own, trust_proposal_over */
  approve(decision: { id: string; by: string }): Promise<{ version: number }>
  reject(decision: { id: string; by: string }): Promise<void>
  /** `change` where that is allowed, otherwise `propose` */
  changeOrPropose(wish: Wish): Promise<{ kind: 'applied'; version: number } | { kind: 'proposed'; proposal: Proposal }>
  /** the newest first */
  proposals(filter: { state?: 'open' }, limit: number): Promise<Proposal[]>
  /** What the broker's configuration says, as changes: at once the very first time and in the sandbox, else a proposal. */
  adopt(why: string, changesFrom: (snapshot: TrustSnapshot) => Change[]): Promise<'nothing' | 'applied' | 'proposed'>
}

interface Deps {
  stores: Pick<Stores, 'trust'>
  clock: Clock
  audit: Trail
  approval: 'two-persons' | 'at-once'
  current(): TrustSnapshot
  refresh(): Promise<void>
  /** after a decision is in the database */
  decided(): Promise<void>
}

/** A proposal that nobody approves is over after this. */
const LIFE = days(7)
const TRIES = 20
/** typed at a terminal, so it never begins like an option */
const newProposalId = (): string => Buffer.from(newId(), 'base64url').subarray(0, 6).toString('hex')

export function createDecisions({ stores: { trust }, clock, audit, approval, current, refresh, decided }: Deps): Decisions {
  const now = () => clock.now()

  /** The list as it stands in the database, with the head to compare against. */
  async function standing(): Promise<{ head: TrustHead; rowOf: (id: string) => TrustedCa | undefined }> {
    const head = await trust.head()
    if (current().version !== head.version) await refresh()
    const snapshot = current()
    return { head: { ...head, version: snapshot.version }, rowOf: id => snapshot.ca(id) }
  }

  function rowsOf(changes: readonly Change[]): { id: string; body: string | null }[] {
    // what could not be read back must never be written: no process could open the list again
    return changes.map(change => ({ id: idOf(change), body: change.kind === 'put' ? writeEntry(readEntry(change.ca)) : null }))
  }

  /** @returns false when somebody was faster */
  async function apply(
    head: TrustHead,
    changes: readonly Change[],
    made: Omit<TrustVersionRow, 'number' | 'at' | 'summary'>,
    rowOf: (id: string) => TrustedCa | undefined,
  ): Promise<boolean> {
    const at = now().toISOString()
    const summary = changes.map(change => tell(rowOf(idOf(change)), change)).join('\n')
    const version = { ...made, at, summary: summary.slice(0, 20_000), rows: rowsOf(changes) }
    const ended =
      made.proposal === undefined ? {} : { proposal: { id: made.proposal, state: 'applied' as const, by: made.approvedBy ?? made.by, at } }
    return await trust.decide(head, { version, ...ended })
  }

  const effective = (changes: readonly Change[], rowOf: (id: string) => TrustedCa | undefined) =>
    changes.filter(change => weightOf([change], rowOf) !== 'nothing')

  async function refusing<T>(by: string, facts: Record<string, string>, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      const { code } = asBrokerError(thrown)
      if (code !== 'database_unavailable')
        await audit.append({ code: 'trust.refused', trace: newTraceCode(), facts: { failure: code, by: by.slice(0, 60), ...facts } })
      throw thrown
    }
  }

  /** Repeats while others are faster. @param once undefined: look again */
  async function persistently<T>(once: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < TRIES; tries++) {
      const done = await once()
      if (done !== undefined) return done
    }
    throw new BrokerError('trust_proposal_over', `the list changed ${TRIES} times while this was decided`)
  }

  async function changeNow(by: string, why: string, changes: readonly Change[]): Promise<{ version: number }> {
    return await persistently(async () => {
      const { head, rowOf } = await standing()
      const left = effective(changes, rowOf)
      if (left.length === 0) return { version: head.version }
      if (approval === 'two-persons' && by !== CONFIGURATION && weightOf(left, rowOf) === 'widens')
        throw new BrokerError(
          'trust_needs_approval',
          left
            .map(change => tell(rowOf(idOf(change)), change))
            .join('; ')
            .slice(0, 500),
        )
      if (!(await apply(head, left, { by, why }, rowOf))) return undefined
      await decided()
      return { version: head.version + 1 }
    })
  }

  async function proposeNow(by: string, why: string, changes: readonly Change[]): Promise<Proposal> {
    const { rowOf } = await standing()
    if (effective(changes, rowOf).length === 0) throw new BrokerError('trust_entry_invalid', 'it changes nothing')
    rowsOf(changes)
    const digest = digestOf(changes)
    const open = (await trust.proposals({ state: 'open', digest }, 10)).find(row => stateOf(row) === 'open')
    if (open !== undefined) return view(open, rowOf)
    const bases = changes.map(change => baseOf(rowOf(idOf(change))))
    const row: TrustProposalRow = {
      id: newProposalId(),
      state: 'open',
      by,
      why,
      changes: JSON.stringify({ bases, changes: writeChanges(changes) }),
      digest,
      createdAt: now().toISOString(),
      expiresAt: new Date(now().getTime() + LIFE).toISOString(),
    }
    await trust.propose(row)
    const lines = changes.map(change => tell(rowOf(idOf(change)), change))
    await audit.append({ code: 'trust.proposed', trace: newTraceCode(), facts: { proposal: row.id, by, why, changes: lines.join('\n'), digest } })
    return view(row, rowOf)
  }

  const stateOf = (row: TrustProposalRow): Proposal['state'] => (row.state === 'open' && now() >= new Date(row.expiresAt) ? 'expired' : row.state)

  function view(row: TrustProposalRow, rowOf: (id: string) => TrustedCa | undefined): Proposal {
    const { changes } = stored(row)
    const { id, by, why, createdAt, expiresAt, decidedBy, decidedAt, version } = row
    return {
      ...{ id, state: stateOf(row), by, why, createdAt, expiresAt },
      ...(decidedBy === undefined ? {} : { decidedBy }),
      ...(decidedAt === undefined ? {} : { decidedAt }),
      ...(version === undefined ? {} : { version }),
      changes,
      lines: changes.map(change => tell(rowOf(idOf(change)), change)),
    }
  }

  async function openProposal(id: string): Promise<TrustProposalRow> {
    const row = await trust.proposal(id)
    if (row === undefined) throw new BrokerError('trust_not_found', 'no such proposal', { received: id.slice(0, 40) })
    const state = stateOf(row)
    if (state !== 'open') throw new BrokerError('trust_proposal_over', `the proposal is ${state}`)
    return row
  }

  /** No version was ever made by the configuration: operators may have put CAs on the list before the broker first started. */
  async function isFirstAdoption(): Promise<boolean> {
    let before: number | undefined
    for (;;) {
      const versions = await trust.versions(200, before)
      if (versions.some(({ by }) => by === CONFIGURATION)) return false
      before = versions.at(-1)?.number
      if (before === undefined || before === 1) return true
    }
  }

  return {
    change: ({ by, why, changes }) => refusing(by, { what: 'change' }, async () => changeNow(readOperator(by), readWhy(why), readChanges(changes))),
    propose: ({ by, why, changes }) =>
      refusing(by, { what: 'propose' }, async () => proposeNow(readOperator(by), readWhy(why), readChanges(changes))),
    async changeOrPropose(wish) {
      const [by, why, changes] = [readOperator(wish.by), readWhy(wish.why), readChanges(wish.changes)]
      try {
        return { kind: 'applied', ...(await changeNow(by, why, changes)) }
      } catch (thrown) {
        if (asBrokerError(thrown).code !== 'trust_needs_approval') throw thrown
        return { kind: 'proposed', proposal: await proposeNow(by, why, changes) }
      }
    },
    approve: ({ id, by: given }) =>
      refusing(given, { what: 'approve', proposal: id.slice(0, 40) }, async () => {
        const by = readOperator(given)
        return await persistently(async () => {
          // the head first: whatever is decided after it makes this decision fail
          const { head, rowOf } = await standing()
          const row = await openProposal(id)
          if (isSamePerson(row.by, by)) throw new BrokerError('trust_proposal_own', `${by} proposed it`)
          const { changes, bases } = stored(row)
          const moved = changes.find((change, i) => baseOf(rowOf(idOf(change))) !== bases[i])
          if (moved !== undefined) throw new BrokerError('trust_proposal_over', `${idOf(moved)} has changed since it was proposed`)
          if (!(await apply(head, changes, { by: row.by, approvedBy: by, why: row.why, proposal: row.id }, rowOf))) return undefined
          await decided()
          return { version: head.version + 1 }
        })
      }),
    reject: ({ id, by: given }) =>
      refusing(given, { what: 'reject', proposal: id.slice(0, 40) }, async () => {
        const by = readOperator(given)
        await persistently(async () => {
          const { head } = await standing()
          const row = await openProposal(id)
          if (!(await trust.decide(head, { proposal: { id: row.id, state: 'rejected', by, at: now().toISOString() } }))) return undefined
          await audit.append({ code: 'trust.rejected', trace: newTraceCode(), facts: { proposal: row.id, by } })
          return true
        })
      }),
    async proposals({ state }, limit) {
      const rows = await trust.proposals(state === undefined ? {} : { state }, Math.min(limit, 200))
      const views = rows.map(row => view(row, id => current().ca(id)))
      return state === undefined ? views : views.filter(each => each.state === 'open')
    },
    async adopt(why, changesFrom) {
      for (let tries = 0; tries < TRIES; tries++) {
        const { head, rowOf } = await standing()
        const changes = effective(changesFrom(current()), rowOf)
        if (changes.length === 0) return 'nothing'
        if (approval === 'at-once' || (await isFirstAdoption())) {
          if (!(await apply(head, changes, { by: CONFIGURATION, why }, rowOf))) continue
          await decided()
          return 'applied'
        }
        // what a person turned down is not asked again at every start
        if ((await trust.proposals({ state: 'rejected', digest: digestOf(changes) }, 1)).length > 0) return 'nothing'
        await proposeNow(CONFIGURATION, why, changes)
        return 'proposed'
      }
      throw new BrokerError('database_unavailable', 'the head of the trust list moved at every try')
    },
  }
}

/** What a row was when its change was proposed. */
const baseOf = (row: TrustedCa | undefined): string => (row === undefined ? '' : sm3(Buffer.from(writeEntry(row))))

/** A proposal's changes as this house wrote them. */
function stored(row: TrustProposalRow): { bases: readonly string[]; changes: readonly Change[] } {
  const { bases, changes }: { bases: string[]; changes: string } = JSON.parse(row.changes)
  const read: ({ kind: 'put'; ca: unknown } | { kind: 'remove'; id: string })[] = JSON.parse(changes)
  return { bases, changes: read.map(change => (change.kind === 'put' ? { kind: 'put', ca: parseEntry(JSON.stringify(change.ca)) } : change)) }
}
