import { expect } from 'chai'
import fc from 'fast-check'
import { days } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { TrustedCa, Use } from '../../server/trust/entry.ts'
import { createTrustRegister } from '../../server/trust/register.ts'
import type { VerdictQuestion } from '../../server/trust/verdict.ts'
import { at, makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { bankRow, ca, caRow, codeOf, company, list, national, nationalRow, openStage, otherCa, type Stage, shield, shieldOf, uscc } from './stage.ts'

describe('the verdict about a certificate', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await openStage()
  })
  afterEach(() => stage.close())

  const ask = (certificate: VerdictQuestion['certificate'], more: Partial<VerdictQuestion> = {}) =>
    stage.register.verdictOf(certificate, { at: stage.clock.now(), use: 'login', ...more })
  const code = async (certificate: VerdictQuestion['certificate'], more: Partial<VerdictQuestion> = {}) => {
    const verdict = await ask(certificate, more)
    return verdict.ok ? 'good' : verdict.code
  }

  it('says who holds it, whose it is, what it is good for, and by which version of the list', async () => {
    await list(stage, nationalRow(), caRow())
    const verdict = await ask(shield.der, { holder: 'enterprise' })
    expect(verdict).to.deep.include({ ok: true, version: 1, use: 'login', uses: ['login', 'seal'], reasons: [] })
    expect(verdict.subject).to.deep.include({ name: company, uscc, serial: shield.serial, thumbprint: shield.thumbprint, algorithm: 'SM2' })
    expect(verdict.ca).to.deep.include({ id: 'province-ca', region: '江苏', qualification: 'none', filing: 'none' })
    expect(verdict.path.map(each => each.thumbprint)).to.deep.equal([shield.thumbprint, ca.certificate.thumbprint, national.certificate.thumbprint])
    expect(verdict.revocation.state).to.equal('good')
  })

  it('is the same for DER, PEM, base64 and a certificate read before', async () => {
    await list(stage, nationalRow(), caRow())
    const base64 = shield.der.toString('base64')
    const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
    const all = await Promise.all([shield, shield.der, base64, pem].map(form => ask(form)))
    for (const each of all) expect(each).to.deep.equal(all[0])
    expect(all[0]?.ok).to.equal(true)
  })

  it('refuses a certificate of a CA that is not listed, with a sentence in both languages', async () => {
    await list(stage, nationalRow(), caRow())
    const foreign = shieldOf(makeUnder(makeRoot('Foreign'), 'Foreign CA', { profile: 'ca' }))
    const verdict = await ask(foreign)
    expect(verdict).to.deep.include({ ok: false, code: 'trust_ca_unlisted' })
    expect(verdict.reasons[0]?.zh).to.include('信任列表')
    expect(verdict.reasons[0]?.en).to.include('trust list')
  })

  it('refuses one that only bears the name of a listed CA as issuer', async () => {
    await list(stage, nationalRow(), caRow())
    const impostor = makeUnder(makeRoot('National'), 'Province CA', { profile: 'ca' })
    expect(await code(shieldOf(impostor))).to.equal('certificate_untrusted')
    expect(await code(shieldOf(impostor), { chain: [impostor.certificate] })).to.equal('certificate_untrusted')
  })

  it('refuses one of a CA under a listed root that is itself not listed, though the root leads to it', async () => {
    await list(stage, nationalRow(), caRow())
    expect(await code(shieldOf(otherCa), { chain: [otherCa.certificate] })).to.equal('trust_scope')
    expect(await code(shieldOf(otherCa))).to.equal('trust_ca_unlisted')
  })

  it('lets a CA join and leave by a change of the list alone', async () => {
    await list(stage, nationalRow(), caRow())
    const theirs = shieldOf(otherCa)
    await list(stage, caRow({ id: 'other-ca' }, otherCa))
    expect(await code(theirs)).to.equal('good')
    await stage.register.change({ by: 'Li Na', why: 'it leaves', changes: [{ kind: 'remove', id: 'other-ca' }] })
    expect(await code(theirs)).to.equal('trust_ca_unlisted')
    expect(await code(shield)).to.equal('good')
  })

  const cases: [string, Partial<TrustedCa>, Partial<VerdictQuestion>, string][] = [
    ['before its CA joined', { joins: '2027-06-01T12:00:00.001Z' }, {}, 'trust_ca_not_in_force'],
    ['at the moment its CA joined', { joins: '2027-06-01T12:00:00.000Z' }, {}, 'good'],
    ['a moment before its CA left', { leaves: '2027-06-01T12:00:00.001Z' }, {}, 'good'],
    ['from the moment its CA left', { leaves: '2027-06-01T12:00:00.000Z' }, {}, 'trust_ca_not_in_force'],
    ['for a use its CA is not recognised for', { scope: { uses: ['login'], holders: ['enterprise'] } }, { use: 'seal' }, 'trust_scope'],
    ['for a holder its CA is not recognised for', { scope: { uses: ['login'], holders: ['enterprise'] } }, { holder: 'person' }, 'trust_scope'],
    ['for a seal', {}, { use: 'seal' }, 'good'],
    ['for a seal in government affairs, its CA unqualified', {}, { use: 'government-seal' }, 'trust_unqualified'],
    [
      'for a seal in government affairs, its CA qualified',
      { qualification: { state: 'qualified', number: 'A-1', from: '2026-01-01T00:00:00.000Z' } },
      { use: 'government-seal' },
      'good',
    ],
    [
      'for a seal in government affairs, its CA’s qualification over',
      { qualification: { state: 'qualified', number: 'A-1', from: '2026-01-01T00:00:00.000Z', until: '2027-01-01T00:00:00.000Z' } },
      { use: 'government-seal' },
      'trust_unqualified',
    ],
    ['for encryption, its key being for signing', {}, { use: 'encryption' }, 'certificate_wrong_use'],
    ['of a CA that no profile reads, asked as an enterprise', { subjectProfile: 'gbt20518' }, { holder: 'enterprise' }, 'subject_unreadable'],
    ['of a CA that no profile reads, asked as nobody', { subjectProfile: 'gbt20518' }, {}, 'good'],
    ['of a CA distrusted since before', { distrusted: { since: '2027-01-01T00:00:00.000Z', why: 'stolen' } }, {}, 'trust_ca_distrusted'],
    ['of a CA distrusted from tomorrow', { distrusted: { since: '2027-06-02T00:00:00.000Z', why: 'stolen' } }, {}, 'good'],
    ['of an SM2 key, its CA gone over to RSA before', { algorithmSwitch: { at: '2025-01-01T00:00:00.000Z', to: 'RSA' } }, {}, 'trust_algorithm_over'],
    ['of the old algorithm, issued before the switch', { algorithmSwitch: { at: '2027-01-01T00:00:00.000Z', to: 'RSA' } }, {}, 'good'],
    [
      'of the old algorithm after its grace',
      { algorithmSwitch: { at: '2027-01-01T00:00:00.000Z', to: 'RSA', oldUntil: '2027-06-01T00:00:00.000Z' } },
      {},
      'trust_algorithm_over',
    ],
    ['by the CAs of a bank, its CA being none', {}, { bank: 'ccb' }, 'certificate_untrusted'],
  ]
  for (const [when, row, question, expected] of cases) {
    it(`is ${expected} ${when}`, async () => {
      await list(stage, nationalRow(), caRow(row))
      expect(await code(shield, question)).to.equal(expected)
    })
  }

  it('refuses what leads to a root that left or is distrusted, however good its own CA', async () => {
    await list(stage, nationalRow({ leaves: '2027-01-01T00:00:00.000Z' }), caRow())
    expect(await code(shield)).to.equal('trust_ca_not_in_force')
    const { register } = stage
    await register.change({
      by: 'Li Na',
      why: 'stolen',
      changes: [
        { kind: 'put', ca: nationalRow({ leaves: '2027-01-01T00:00:00.000Z', distrusted: { since: '2026-01-01T00:00:00.000Z', why: 'x' } }) },
      ],
    })
    expect(await code(shield, { at: new Date('2026-06-01') })).to.equal('trust_ca_distrusted')
  })

  it('refuses a distrusted CA under any of its certificates and in any of its rows', async () => {
    const cross = makeUnder(makeRoot('Second root'), 'Province CA', { profile: 'ca', keys: ca })
    const second = { role: 'anchor' as const, der: makeUnder(national, 'x', { profile: 'ca' }).certificate.der.toString('base64') }
    await list(stage, nationalRow(), caRow(), bankRow('ccb', ca), caRow({ id: 'second', certificates: [second] }))
    expect(await code(shield, { bank: 'ccb' })).to.equal('good')
    await stage.register.change({
      by: 'Li Na',
      why: 'its key was stolen',
      changes: [{ kind: 'put', ca: caRow({ distrusted: { since: '2026-02-01T00:00:00.000Z', why: 'stolen' } }) }],
    })
    expect(await code(shield)).to.equal('trust_ca_distrusted')
    expect(await code(shield, { chain: [cross.certificate, ca.certificate] })).to.equal('trust_ca_distrusted')
    expect(await code(shield, { bank: 'ccb' })).not.to.equal('good')
    expect(stage.register.anchorsOf('ccb')).to.deep.equal([])
  })

  it('reads the company by the row of the bank asked about, where two banks use one CA', async () => {
    const swapped = makeUnder(ca, '', { subject: [['CN', `0305@8${uscc}@${company}@1`]] }).certificate
    await list(stage, nationalRow(), bankRow('abc', ca, { subjectProfile: 'cfca-cn' }), bankRow('ccb', ca, { subjectProfile: 'cfca-cn-swapped' }))
    expect((await ask(swapped, { bank: 'ccb', holder: 'enterprise' })).subject?.name).to.equal(company)
    expect(await code(swapped, { bank: 'abc', holder: 'enterprise' })).to.equal('subject_unreadable')
  })

  it('refuses one of an expired, not yet valid, or CA certificate with the reason of the path', async () => {
    await list(stage, nationalRow(), caRow())
    expect(await code(shieldOf(ca, { notAfter: new Date('2027-01-01') }))).to.equal('certificate_expired')
    expect(await code(shieldOf(ca, { notBefore: new Date('2028-01-01') }))).to.equal('certificate_not_yet_valid')
    expect(await code(ca.certificate)).to.equal('certificate_wrong_use')
    expect(await code(ca.certificate, { use: 'authority' })).to.equal('good')
    expect(await code(shield, { use: 'authority' })).to.equal('certificate_wrong_use')
  })

  it('refuses a revoked one, and one of which nobody knows, unless the rule of its CA lets silence pass', async () => {
    await list(stage, nationalRow(), caRow())
    stage.revoked.add(shield.serial)
    const revoked = await ask(shield)
    expect(revoked).to.deep.include({ ok: false, code: 'certificate_revoked' })
    expect(revoked.revocation.state).to.equal('revoked')
    stage.revoked.clear()
    stage.silence.on = true
    expect(await code(shield)).to.equal('revocation_unknown')
    const rule = { when: 'when-named', sources: ['crl'], lastKnownGood: 0, recheckAfter: 600, ocsp: { method: 'post', nonce: 'required' } } as const
    await list(stage, caRow({ revocation: { login: { ...rule, sources: ['crl'] } } }))
    expect(await code(shield)).to.equal('good')
    expect(await code(shield, { use: 'seal' })).to.equal('revocation_unknown')
    expect(stage.register.ruleFor(ca.certificate, 'login')?.when).to.equal('when-named')
    expect(stage.register.ruleFor(ca.certificate, 'seal')).to.equal(undefined)
  })

  it('refuses everything below an anchor where no revocation service was given', async () => {
    await list(stage, nationalRow(), caRow())
    const { stores, clock } = stage
    const alone = await createTrustRegister({ stores, clock, audit: { append: async () => undefined }, log: silentLog, approval: 'two-persons' })
    const verdict = await alone.verdictOf(shield, { at, use: 'login' })
    alone.close()
    expect(verdict).to.deep.include({ ok: false, code: 'revocation_unknown' })
  })

  describe('about the past', () => {
    it('asked before there was any list does not make the first version an empty one', async () => {
      const before = new Date(stage.clock.now().getTime() - days(1))
      expect(await code(shield, { at: before })).to.equal('trust_ca_unlisted')
      await list(stage, nationalRow(), caRow())
      expect(await code(shield, { at: before })).to.equal('good')
      expect((await stage.register.asOf(before)).cas).to.have.length(2)
    })

    it('counts a signature made before its CA left, and none made after', async () => {
      await list(stage, nationalRow(), caRow({ leaves: '2028-01-01T00:00:00.000Z' }))
      stage.clock.set('2029-01-01T00:00:00Z')
      expect(await code(shield, { at: new Date('2027-12-31T23:59:59Z'), use: 'seal' })).to.equal('good')
      expect(await code(shield, { at: new Date('2028-01-01T00:00:00Z'), use: 'seal' })).to.equal('trust_ca_not_in_force')
    })

    it('counts what the list of that time counted, though the CA has been taken out since', async () => {
      await list(stage, nationalRow(), caRow())
      stage.clock.advance(days(10))
      const signedAt = stage.clock.now()
      stage.clock.advance(days(10))
      await stage.register.change({ by: 'Li Na', why: 'it leaves', changes: [{ kind: 'remove', id: 'province-ca' }] })
      const then = await ask(shield, { at: signedAt, use: 'seal' })
      expect(then).to.deep.include({ ok: true, version: 1 })
      expect(await code(shield, { use: 'seal' })).to.equal('trust_ca_unlisted')
      expect((await stage.register.asOf(signedAt)).ca('province-ca')?.id).to.equal('province-ca')
      expect((await stage.register.asOf(2)).ca('province-ca')).to.equal(undefined)
      expect(await stage.register.asOf(3).then(() => 'found', codeOf)).to.equal('trust_not_found')
    })

    it('does not count it when the CA was distrusted from before then', async () => {
      await list(stage, nationalRow(), caRow())
      stage.clock.advance(days(10))
      const signedAt = stage.clock.now()
      stage.clock.advance(days(10))
      const since = new Date(signedAt.getTime() - days(1)).toISOString()
      await stage.register.change({ by: 'Li Na', why: 'stolen', changes: [{ kind: 'put', ca: caRow({ distrusted: { since, why: 'stolen' } }) }] })
      expect(await code(shield, { at: signedAt, use: 'seal' })).to.equal('trust_ca_distrusted')
      expect(await code(shield, { at: new Date(signedAt.getTime() - days(2)), use: 'seal' })).to.equal('good')
    })

    it('does not count it in a later version what was only then allowed', async () => {
      await list(stage, nationalRow(), caRow({ scope: { uses: ['login'], holders: ['enterprise'] } }))
      stage.clock.advance(days(10))
      const signedAt = stage.clock.now()
      expect(await code(shield, { at: signedAt, use: 'seal' })).to.equal('trust_scope')
    })
  })

  it('remembers nothing over a new version of the list, nor over a date in it', async () => {
    await list(stage, nationalRow(), caRow({ leaves: '2027-06-03T00:00:00.000Z' }))
    expect([await code(shield), await code(shield)]).to.deep.equal(['good', 'good'])
    stage.clock.set('2027-06-03T00:00:00Z')
    expect(await code(shield)).to.equal('trust_ca_not_in_force')
    stage.clock.set(at)
    expect(await code(shield)).to.equal('good')
    await stage.register.change({
      by: 'Li Na',
      why: 'less',
      changes: [{ kind: 'put', ca: caRow({ leaves: '2027-06-03T00:00:00.000Z', scope: { uses: [], holders: [] } }) }],
    })
    expect(await code(shield)).to.equal('trust_scope')
  })

  it('never throws, whatever the bytes', async () => {
    await list(stage, nationalRow(), caRow())
    await fc.assert(
      fc.asyncProperty(fc.nat(shield.der.length - 1), fc.nat(255), fc.constantFrom<Use>('login', 'encryption'), async (place, byte, use) => {
        const bytes = Buffer.from(shield.der)
        bytes[place] = byte
        const verdict = await ask(bytes, { use })
        if (!bytes.equals(shield.der) && verdict.ok) throw new Error(`octet ${place} as ${byte} was accepted`)
        if (!verdict.ok && verdict.code === 'internal') throw new Error('internal')
      }),
      { numRuns: 400 },
    )
    for (const bytes of [Buffer.alloc(0), Buffer.from('<script>'), Buffer.alloc(70_000, 0x30)])
      expect(await code(bytes)).to.equal('certificate_malformed')
  })

  it('asks nothing of the rest of a long list: a thousand CAs cost no more than one', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => caRow({ id: `ca-${i}` }, makeUnder(national, `CA ${i}`, { profile: 'ca' })))
    await list(stage, nationalRow(), caRow(), ...rows)
    const snapshot = stage.register.current()
    const { roots, intermediates } = snapshot.candidatesFor(shield, { at })
    expect([roots.length, intermediates.length]).to.deep.equal([1, 1])
    expect(snapshot.intermediates).to.have.length(301)
    expect(await code(shield)).to.equal('good')
  })

  it('is given from a snapshot that nobody can change', async () => {
    await list(stage, nationalRow(), caRow())
    const row = stage.register.current().ca('province-ca')
    expect(() => row?.scope.uses.push('login')).to.throw(TypeError)
    expect(() => Object.assign(stage.register.current(), { version: 9 })).to.throw(TypeError)
  })
})
