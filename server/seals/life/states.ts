import type { FailureCode } from '../../kernel/errors.ts'
import type { SealRow, SealState } from '../../storage/stores-seals.ts'

/**
 * The states of a seal and what may follow what. Pure: the one place where that stands. Who may do it, and what has to be signed for it, is life.ts's.
 *
 *   drafted > applied > approved > made > in force <> suspended ; applied > refused ; in force or expired > (remade) in force ; anything alive > revoked ; time ends the rest
 */
export type SealChange =
  | { kind: 'apply' | 'approve' | 'refuse' | 'make' | 'begin' | 'suspend' | 'resume' | 'revoke' | 'expire'; at: string }
  | { kind: 'remake'; at: string; validFrom: string; validUntil: string }
export type SealChangeKind = SealChange['kind']

/** What of a seal its life is about. */
export type Standing = Pick<SealRow, 'state' | 'version' | 'edition' | 'validFrom' | 'validUntil'>

const FOLLOWS: Record<SealChangeKind, { from: readonly SealState[]; to: SealState }> = {
  apply: { from: ['drafted'], to: 'applied' },
  approve: { from: ['applied'], to: 'approved' },
  refuse: { from: ['applied'], to: 'refused' },
  make: { from: ['approved'], to: 'made' },
  begin: { from: ['made'], to: 'in-force' },
  suspend: { from: ['in-force'], to: 'suspended' },
  resume: { from: ['suspended'], to: 'in-force' },
  // an ended one may have a new edition; a suspended one is resumed first while its time runs, so that a remake is never a way round a suspension
  remake: { from: ['in-force', 'expired'], to: 'in-force' },
  revoke: { from: ['approved', 'made', 'in-force', 'suspended', 'expired'], to: 'revoked' },
  expire: { from: ['applied', 'approved', 'made', 'in-force', 'suspended'], to: 'expired' },
}

/** The state that counts at a time: the row may not say yet what time has brought. */
export function stateAt({ state, validUntil }: Pick<Standing, 'state' | 'validUntil'>, at: Date): SealState {
  return FOLLOWS.expire.from.includes(state) && at.getTime() >= Date.parse(validUntil) ? 'expired' : state
}

/** @returns the seal after the change, its version one higher; or the code of the refusal */
export function nextState(seal: Standing, change: SealChange): Standing | FailureCode {
  const { from, to } = FOLLOWS[change.kind]
  const at = new Date(change.at)
  const now = change.kind === 'expire' ? seal.state : stateAt(seal, at)
  if (!from.includes(now)) return 'seal_wrong_state'
  const next = { ...seal, state: to, version: seal.version + 1 }
  switch (change.kind) {
    case 'expire':
      return at.getTime() >= Date.parse(seal.validUntil) ? next : 'seal_wrong_state'
    case 'begin':
      return at.getTime() >= Date.parse(seal.validFrom) ? next : 'seal_wrong_state'
    case 'make':
      return { ...next, edition: seal.edition + 1 }
    case 'remake': {
      const { validFrom, validUntil } = change
      // what ended before it was ever made has nothing to be remade
      if (seal.edition === 0) return 'seal_wrong_state'
      if (!(Date.parse(validFrom) <= at.getTime() && at.getTime() < Date.parse(validUntil))) return 'seal_wrong_state'
      return { ...next, edition: seal.edition + 1, validFrom, validUntil }
    }
    default:
      return next
  }
}

export const mayFollow = (seal: Standing, kind: SealChangeKind, at: Date): boolean => FOLLOWS[kind].from.includes(stateAt(seal, at))
