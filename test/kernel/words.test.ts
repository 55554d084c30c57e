import { expect } from 'chai'
import fc from 'fast-check'
import { ASSURANCE, isAssurance, meets } from '../../server/kernel/assurance.ts'
import { days, fixedClock, hours, minutes, seconds } from '../../server/kernel/clock.ts'
import { asBrokerError, BrokerError } from '../../server/kernel/errors.ts'
import { newId, newSecret, newTraceCode, readTraceCode } from '../../server/kernel/ids.ts'
import { createLog } from '../../server/kernel/log.ts'
import { isUscc, readUscc, usccCheckCharacter } from '../../server/kernel/uscc.ts'

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const first17 = fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 17, maxLength: 17 })

describe('unified social credit code', () => {
  it('accepts the standard’s own example, in any case and with space around it', () => {
    expect(usccCheckCharacter('91350100M000100Y4')).to.equal('3')
    expect(readUscc(' 91350100m000100y43 ')).to.equal('91350100M000100Y43')
  })

  it('notices any single wrong character and any two neighbours swapped', () => {
    fc.assert(
      fc.property(first17, fc.nat(16), fc.nat(30), (start, at, other) => {
        const code = `${start}${usccCheckCharacter(start) ?? ''}`
        expect(isUscc(code)).to.equal(true)
        const changed = code.slice(0, at) + ALPHABET.charAt(other) + code.slice(at + 1)
        expect(isUscc(changed)).to.equal(changed === code)
        const swapped = code.slice(0, at) + code.charAt(at + 1) + code.charAt(at) + code.slice(at + 2)
        if (swapped.length === 18) expect(isUscc(swapped)).to.equal(swapped === code)
      }),
    )
  })

  it('refuses another length and letters that are not of the alphabet, by its code', () => {
    for (const text of ['', '91350100M000100Y4', '91350100M000100Y433', '91350100I000100Y43', '91350100M000100Y44', '９1350100M000100Y43']) {
      expect(() => readUscc(text), text)
        .to.throw(BrokerError)
        .with.property('code', 'uscc_invalid')
    }
  })
})

describe('assurance', () => {
  it('is ordered, and meets what is not stronger', () => {
    expect(ASSURANCE.map(has => ASSURANCE.map(needs => meets(has, needs)))).to.deep.equal([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ])
    expect(isAssurance('shield')).to.equal(true)
    expect(isAssurance('SHIELD')).to.equal(false)
  })
})

describe('identifiers', () => {
  it('are long, safe in an address and never the same', () => {
    const ids = new Set(Array.from({ length: 1000 }, newId))
    expect(ids.size).to.equal(1000)
    for (const id of [...ids, newSecret()]) expect(id).to.match(/^[\w-]{27,43}$/)
  })

  it('trace codes are read back however a person types them', () => {
    for (let i = 0; i < 200; i++) {
      const code = newTraceCode()
      expect(code).to.match(/^[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$/)
      expect(readTraceCode(` ${code.toLowerCase().replace('-', ' ')} `)).to.equal(code)
    }
  })

  it('what cannot be a trace code is none', () => {
    for (const text of ['', 'K7QM', 'K7QM-3F9', 'K7QM-3F9T-2', 'K7QM-3F9O', 'K7QM-3F9I', '<script>', 'K7QM/3F9T'])
      expect(readTraceCode(text), text).to.equal(undefined)
  })
})

describe('errors', () => {
  it('keep one that is ours and wrap what is not as internal', () => {
    const ours = new BrokerError('challenge_used', 'second time', { received: 'a', expected: 'b', cause: new Error('inner') })
    expect(asBrokerError(ours)).to.equal(ours)
    expect(ours).to.include({ code: 'challenge_used', facts: 'second time', received: 'a', expected: 'b' })
    expect(asBrokerError(new TypeError('x is undefined'))).to.include({ code: 'internal', facts: 'x is undefined' })
    expect(asBrokerError('thrown text')).to.include({ code: 'internal', facts: 'thrown text' })
    expect(asBrokerError(undefined)).to.have.property('code', 'internal')
  })
})

describe('clock', () => {
  it('of a test stands still until moved', () => {
    const clock = fixedClock('2026-01-01T00:00:00Z')
    expect(clock.now().getTime()).to.equal(clock.now().getTime())
    clock.advance(days(1) + hours(1) + minutes(1) + seconds(1))
    expect(clock.now().toISOString()).to.equal('2026-01-02T01:01:01.000Z')
    clock.set('2020-01-01T00:00:00Z')
    expect(clock.now().getUTCFullYear()).to.equal(2020)
  })
})

describe('log', () => {
  it('cuts secrets by their name, up to two levels deep, and keeps the reference', () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', pretty: false }, { write: (line: string) => void lines.push(line) })
    log
      .child({ reference: 'K7QM-3F9T' })
      .info(
        { pin: 'hunter1', body: { access_token: 'hunter2' }, request: { headers: { cookie: 'hunter3' } }, SAMLResponse: 'hunter4', bank: 'ccb' },
        'x',
      )
    expect(lines.join()).not.to.include('hunter')
    expect(JSON.parse(lines[0] ?? '')).to.include({ reference: 'K7QM-3F9T', bank: 'ccb', pin: '[redacted]' })
  })
})
