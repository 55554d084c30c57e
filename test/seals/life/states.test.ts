import { expect } from 'chai'
import { mayFollow, nextState, type SealChange, type SealChangeKind, type Standing, stateAt } from '../../../server/seals/life/states.ts'
import { SEAL_STATES, type SealState } from '../../../server/storage/stores-seals.ts'

const [BEFORE, FROM, DURING, UNTIL, LATER] = ['2026-11-01', '2026-12-01', '2027-01-01', '2028-01-01', '2029-01-01'].map(day => `${day}T00:00:00.000Z`)
const at = (text: string | undefined): string => text ?? ''
const standing = (state: SealState): Standing => ({
  state,
  version: 7,
  edition: state === 'made' || state === 'in-force' || state === 'suspended' || state === 'revoked' || state === 'expired' ? 2 : 0,
  validFrom: at(FROM),
  validUntil: at(UNTIL),
})

const KINDS = ['apply', 'approve', 'refuse', 'make', 'begin', 'suspend', 'resume', 'remake', 'revoke', 'expire'] as const satisfies SealChangeKind[]
const change = (kind: SealChangeKind, when: string | undefined): SealChange =>
  kind === 'remake' ? { kind, at: at(when), validFrom: at(when), validUntil: '2030-01-01T00:00:00.000Z' } : { kind, at: at(when) }

/** While its time runs: a row a state, in the columns what each change leads to; `-` is refused. */
const DURING_TABLE: Record<SealState, string> = {
  //          apply    approve   refuse   make  begin     suspend    resume    remake    revoke   expire
  drafted: '  applied  -         -        -     -         -          -         -         -        -',
  applied: '  -        approved  refused  -     -         -          -         -         -        -',
  approved: ' -        -         -        made  -         -          -         -         revoked  -',
  refused: '  -        -         -        -     -         -          -         -         -        -',
  made: '     -        -         -        -     in-force  -          -         -         revoked  -',
  'in-force': '-       -         -        -     -         suspended  -         in-force  revoked  -',
  suspended: '-        -         -        -     -         -          in-force  -         revoked  -',
  revoked: '  -        -         -        -     -         -          -         -         -        -',
  expired: '  -        -         -        -     -         -          -         in-force  revoked  -',
}
/** Once its time is over, whatever the row still says. */
const AFTER_TABLE: Record<SealState, string> = {
  drafted: '  applied  -         -        -     -         -          -         -         -        -',
  applied: '  -        -         -        -     -         -          -         -         revoked  expired',
  approved: ' -        -         -        -     -         -          -         -         revoked  expired',
  refused: '  -        -         -        -     -         -          -         -         -        -',
  made: '     -        -         -        -     -         -          -         in-force  revoked  expired',
  'in-force': '-       -         -        -     -         -          -         in-force  revoked  expired',
  suspended: '-        -         -        -     -         -          -         in-force  revoked  expired',
  revoked: '  -        -         -        -     -         -          -         -         -        -',
  expired: '  -        -         -        -     -         -          -         in-force  revoked  -',
}

describe('states of a seal', () => {
  for (const [title, table, when] of [
    ['while its time runs', DURING_TABLE, DURING],
    ['once its time is over', AFTER_TABLE, LATER],
  ] as const) {
    for (const state of SEAL_STATES) {
      const columns = table[state].trim().split(/\s+/)
      for (const [i, kind] of KINDS.entries()) {
        const expected = columns[i] ?? ''
        it(`${state}, ${title}: ${kind} ${expected === '-' ? 'is refused' : `leads to ${expected}`}`, () => {
          const next = nextState(standing(state), change(kind, when))
          if (expected === '-') expect(next).to.equal('seal_wrong_state')
          else expect(next).to.deep.include({ state: expected, version: 8 })
        })
      }
    }
  }

  it('are not in force before their time, and begin with it', () => {
    expect(nextState(standing('made'), change('begin', BEFORE))).to.equal('seal_wrong_state')
    expect(nextState(standing('made'), change('begin', FROM))).to.deep.include({ state: 'in-force' })
  })
  it('end at the moment itself and not before', () => {
    expect(stateAt(standing('in-force'), new Date(Date.parse(at(UNTIL)) - 1))).to.equal('in-force')
    expect(stateAt(standing('in-force'), new Date(at(UNTIL)))).to.equal('expired')
    expect(nextState(standing('in-force'), change('expire', UNTIL))).to.deep.include({ state: 'expired' })
  })
  it('count an edition with each making and with nothing else', () => {
    expect(nextState(standing('approved'), change('make', DURING))).to.deep.include({ edition: 1 })
    expect(nextState(standing('in-force'), change('remake', DURING))).to.deep.include({ edition: 3, validFrom: DURING })
    expect(nextState(standing('in-force'), change('suspend', DURING))).to.deep.include({ edition: 2 })
  })
  it('cannot be remade where nothing was ever made', () => {
    expect(nextState({ ...standing('expired'), edition: 0 }, change('remake', LATER))).to.equal('seal_wrong_state')
  })
  it('cannot be remade for a time that is over or has not begun', () => {
    const remade = (validFrom: string | undefined, validUntil: string | undefined) =>
      nextState(standing('in-force'), { kind: 'remake', at: at(DURING), validFrom: at(validFrom), validUntil: at(validUntil) })
    expect(remade(BEFORE, FROM)).to.equal('seal_wrong_state')
    expect(remade(LATER, '2030-01-01T00:00:00.000Z')).to.equal('seal_wrong_state')
    expect(remade(BEFORE, 'whenever')).to.equal('seal_wrong_state')
  })
  it('leave the seal they were asked about as it was', () => {
    const seal = Object.freeze(standing('in-force'))
    nextState(seal, change('remake', DURING))
    expect(seal).to.deep.equal(standing('in-force'))
  })
  it('say beforehand what may follow', () => {
    expect(mayFollow(standing('in-force'), 'suspend', new Date(at(DURING)))).to.equal(true)
    expect(mayFollow(standing('in-force'), 'suspend', new Date(at(LATER)))).to.equal(false)
  })
})
