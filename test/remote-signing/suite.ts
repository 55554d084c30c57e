import { expect } from 'chai'
import type { fixedClock } from '../../server/kernel/clock.ts'
import { hours, minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import { Certificate } from '../../server/pki/certificate.ts'
import { verifyCms } from '../../server/pki/cms.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { codeOf } from '../authorization/stage.ts'
import { createStage, PIN, REPORT, type Stage } from './stage.ts'

/** Remote signing on a database: the whole way, and every step that somebody might leave out, repeat or turn to another list. */
export function remoteSigningSuite(name: string, open: () => Promise<{ stores: Stores; clock: ReturnType<typeof fixedClock> }>): void {
  describe(`remote signing on ${name}`, function () {
    this.timeout(60_000)
    let stage: Stage
    before(async () => {
      const { stores, clock } = await open()
      stage = await createStage(stores, clock)
    })
    after(() => stage.close())

    const later = (milliseconds: number) => stage.clock.set(new Date(stage.clock.now().getTime() + milliseconds))
    const given = (totp: Buffer, pin = PIN) => ({ pin, code: stage.code(totp) })
    const wrong = 'Wrong-13579'

    it('a person with a code signs a file: the message verifies, the record says how, and the center has both', async () => {
      const expert = await stage.expert()
      const request = await stage.request(expert)
      const signing = await stage.room.signings.begin(expert.by, request)
      expect(signing.text).to.include('评标报告.bin SM3:').and.include('签名人:王示例')
      const done = await stage.room.signings.complete(expert.by, signing.id, given(expert.totp))
      const after = await stage.room.requests.ofCenter('center-a', request.id)
      const [document] = after.documents
      expect(after.state).to.equal('signed')
      if (document === undefined) throw new Error('no document')
      const { signer } = verifyCms({ cms: await stage.room.requests.bytes(document, 'signed'), content: REPORT })
      expect(signer.subject.text).to.include('CN=王示例')
      expect(done.record?.factors).to.have.keys('pin', 'totp')
      expect(done.record?.thumbprint).to.equal(signer.thumbprint)
      expect(stage.events.map(({ code }) => code)).to.include.members(['remote.key-made', 'remote.key-activated', 'remote.listed', 'remote.signed'])
      expect(JSON.stringify(stage.events)).not.to.include(PIN).and.not.to.include(expert.totp.toString('base64'))
    })

    it('where the bank has an app, the phone has to sign exactly the list first, and the PIN is not looked at before that', async () => {
      const expert = await stage.expert('abc')
      const signing = await stage.room.signings.begin(expert.by, await stage.request(expert))
      expect(signing.factor).to.equal('phone')
      expect(await codeOf(() => stage.room.signings.complete(expert.by, signing.id, { pin: wrong, code: '' }))).to.equal('remote_approval_missing')
      expect((await stage.stores.remoteKeys.find(expert.keyId))?.tries, 'no try was spent').to.equal(0)
      await stage.approve(signing, expert.somebody)
      const done = await stage.room.signings.complete(expert.by, signing.id, { pin: PIN, code: '' })
      expect(done.record?.factors.phone?.thumbprint).to.equal(expert.somebody.party.certificate.thumbprint)
      const evidence = await stage.stores.evidence.find(done.record?.factors.phone?.evidence ?? '')
      expect(evidence?.text).to.equal(signing.text)
    })

    it('the approval of one list signs no other', async () => {
      const expert = await stage.expert('abc')
      const [first, second] = [
        await stage.room.signings.begin(expert.by, await stage.request(expert)),
        await stage.room.signings.begin(expert.by, await stage.request(expert, [{ name: '另一份.bin', bytes: Buffer.from('另一份') }])),
      ]
      await stage.approve(first, expert.somebody)
      expect(await codeOf(() => stage.room.signings.complete(expert.by, second.id, { pin: PIN, code: '' }))).to.equal('remote_approval_missing')
      // by hand in the database: the second list with the first one's ask
      const turned = await stage.stores.remoteSignings.save({ ...second, ...(first.ask === undefined ? {} : { ask: first.ask }) })
      expect(turned?.ask).to.equal(first.ask)
      expect(await codeOf(() => stage.room.signings.complete(expert.by, second.id, { pin: PIN, code: '' }))).to.equal('remote_approval_over')
      // or the first list's words over the second request
      await stage.stores.remoteSignings.save({ ...first, requestId: second.requestId ?? '' })
      expect(await codeOf(() => stage.room.signings.complete(expert.by, first.id, { pin: PIN, code: '' }))).to.equal('remote_approval_over')
    })

    it('a phone of somebody else approves nothing, nor one that signs other words', async () => {
      const expert = await stage.expert('abc')
      const other = await stage.somebody('abc')
      const signing = await stage.room.signings.begin(expert.by, await stage.request(expert))
      const { ask } = await stage.people.asks.status(signing.ask ?? '')
      expect(await codeOf(() => stage.room.signings.prove(ask, other.sign(signing.text)))).to.equal('ask_wrong_person')
      expect(await codeOf(() => stage.room.signings.prove(ask, expert.somebody.sign(`${signing.text} `)))).to.equal('challenge_mismatch')
      expect(await codeOf(() => stage.room.signings.prove({ ...ask, text: '别的清单' }, expert.somebody.sign('别的清单')))).to.equal(
        'remote_approval_over',
      )
    })

    for (const bank of ['abc', 'ccb'] as const) {
      it(`of ten signatures at once over one approval one is made (${bank === 'abc' ? 'phone' : 'code'})`, async () => {
        const expert = await stage.expert(bank)
        const request = await stage.request(expert)
        const signing = await stage.room.signings.begin(expert.by, request)
        if (bank === 'abc') await stage.approve(signing, expert.somebody)
        const factors = bank === 'abc' ? { pin: PIN, code: '' } : given(expert.totp)
        const codes = await Promise.all(Array.from({ length: 6 }, () => codeOf(() => stage.room.signings.complete(expert.by, signing.id, factors))))
        expect(codes.filter(code => code === 'accepted')).to.have.length(1)
        const signed = stage.events.filter(({ code, facts }) => code === 'remote.signed' && facts['request'] === request.id)
        expect(signed).to.have.length(1)
        expect(await codeOf(() => stage.room.signings.complete(expert.by, signing.id, factors))).to.equal('remote_approval_over')
      })
    }

    it('a code counts once, for whichever list', async () => {
      const expert = await stage.expert()
      const [first, second] = [
        await stage.room.signings.begin(expert.by, await stage.request(expert)),
        await stage.room.signings.begin(expert.by, await stage.request(expert)),
      ]
      const once = given(expert.totp)
      await stage.room.signings.complete(expert.by, first.id, once)
      expect(await codeOf(() => stage.room.signings.complete(expert.by, second.id, once))).to.equal('remote_factor_wrong')
      later(30_000)
      await stage.room.signings.complete(expert.by, second.id, given(expert.totp))
    })

    it('locks after six wrong tries, PIN and code not told apart, and a new key after a new person check is the way back', async () => {
      const expert = await stage.expert()
      const request = await stage.request(expert)
      const signing = await stage.room.signings.begin(expert.by, request)
      const right = stage.code(expert.totp)
      const bad = String((Number(right) + 1) % 1_000_000).padStart(6, '0')
      const codes: string[] = []
      for (const factors of [{ pin: wrong, code: right }, { pin: PIN, code: bad }, ...Array.from({ length: 4 }, () => ({ pin: wrong, code: right }))])
        codes.push(await codeOf(() => stage.room.signings.complete(expert.by, signing.id, factors)))
      expect(codes).to.deep.equal([...Array.from({ length: 5 }, () => 'remote_factor_wrong'), 'remote_key_locked'])
      later(30_000)
      expect(await codeOf(() => stage.room.signings.complete(expert.by, signing.id, given(expert.totp)))).to.equal('remote_key_locked')
      expect(stage.events.filter(({ code, facts }) => code === 'remote.key-locked' && facts['key'] === expert.keyId)).to.have.length(1)

      const before = await stage.stores.remoteKeys.find(expert.keyId)
      const again = await stage.expert('ccb', expert.somebody)
      const revoked = await stage.stores.remoteKeys.revokedSerials(stage.clock.now(), 1000)
      expect(revoked.find(({ serial }) => serial === before?.serial)?.reason).to.equal('superseded')
      const anew = await stage.room.signings.begin(again.by, request)
      await stage.room.signings.complete(again.by, anew.id, given(again.totp))
    })

    it('a wrong try is forgotten once the PIN was right', async () => {
      const expert = await stage.expert()
      const signing = await stage.room.signings.begin(expert.by, await stage.request(expert))
      expect(await codeOf(() => stage.room.signings.complete(expert.by, signing.id, given(expert.totp, wrong)))).to.equal('remote_factor_wrong')
      expect(await stage.room.keys.triesLeft(expert.keyId)).to.equal(5)
      await stage.room.signings.complete(expert.by, signing.id, given(expert.totp))
      expect(await stage.room.keys.triesLeft(expert.keyId)).to.equal(6)
    })

    it('a PIN that nobody looked at, because too many wait, costs no try', async () => {
      const expert = await stage.expert()
      const key = await stage.stores.remoteKeys.find(expert.keyId)
      if (key === undefined) throw new Error('no key')
      const busy = stage.keysBehind({
        close: async () => '',
        open: () => Promise.reject(new BrokerError('too_many_requests', 'played')),
      })
      for (let press = 0; press < 8; press++)
        expect(await codeOf(() => busy.unlock(key, given(expert.totp), expert.by.trace))).to.equal('too_many_requests')
      expect(await stage.room.keys.triesLeft(expert.keyId)).to.equal(6)
    })

    it('what was signed stays with the center when the word of it could not be written down at once', async () => {
      const expert = await stage.expert()
      const request = await stage.request(expert)
      const signing = await stage.room.signings.begin(expert.by, request)
      stage.refuseEvent('remote.signed')
      expect(await codeOf(() => stage.room.signings.complete(expert.by, signing.id, given(expert.totp)))).to.equal('database_unavailable')
      const after = await stage.room.requests.ofCenter('center-a', request.id)
      const [document] = after.documents
      if (document === undefined) throw new Error('no document')
      expect(after.state).to.equal('signed')
      expect(verifyCms({ cms: await stage.room.requests.bytes(document, 'signed'), content: REPORT }).signer.subject.text).to.include('CN=王示例')
    })

    it('nobody tries at another person’s key, and not without a person check in time', async () => {
      const expert = await stage.expert()
      const signing = await stage.room.signings.begin(expert.by, await stage.request(expert))
      const thief = stage.signer(await stage.somebody())
      const weak = stage.signer(expert.somebody, 'shield')
      const stale = stage.signer(expert.somebody, 'shield-person', new Date(stage.clock.now().getTime() - hours(12) - 1))
      expect(await codeOf(() => stage.room.signings.complete(thief, signing.id, given(expert.totp, wrong)))).to.equal('remote_approval_over')
      for (const by of [weak, stale]) {
        expect(await codeOf(() => stage.room.signings.complete(by, signing.id, given(expert.totp, wrong)))).to.equal('remote_check_needed')
        expect(await codeOf(async () => stage.room.signings.begin(by, await stage.request(expert)))).to.equal('remote_check_needed')
      }
      expect(await stage.room.keys.triesLeft(expert.keyId)).to.equal(6)
      expect(await codeOf(async () => stage.room.signings.begin(thief, await stage.request(expert)))).to.equal('remote_key_needed')
    })

    it('a key is made on a person check of the last minutes, and under a PIN that is not easily guessed', async () => {
      const who = await stage.somebody()
      const old = stage.signer(who, 'shield-person', new Date(stage.clock.now().getTime() - minutes(10) - 1))
      expect(await codeOf(() => stage.room.keys.make(old, PIN))).to.equal('remote_check_needed')
      expect(await codeOf(() => stage.room.keys.make(stage.signer(who, 'shield'), PIN))).to.equal('remote_check_needed')
      for (const weak of ['Ab1', '12345678', 'abcdefgh', 'a1a1a1a1', `A1${'b'.repeat(70)}`])
        expect(await codeOf(() => stage.room.keys.make(stage.signer(who), weak)), weak).to.equal('remote_pin_weak')
    })

    it('an approval ends with its ten minutes, and with the request', async () => {
      const expert = await stage.expert()
      const request = await stage.request(expert)
      const [first, second] = [await stage.room.signings.begin(expert.by, request), await stage.room.signings.begin(expert.by, request)]
      await stage.room.requests.end(request, 'cancelled', 'K7QM-3F9T')
      expect(await codeOf(() => stage.room.signings.complete(expert.by, second.id, given(expert.totp)))).to.equal('remote_request_over')
      later(minutes(10))
      expect(await codeOf(() => stage.room.signings.complete(expert.by, first.id, given(expert.totp)))).to.equal('remote_approval_over')
      const ended = await stage.room.requests.of(expert.by.personId, request.id)
      expect(await codeOf(() => stage.room.signings.begin(expert.by, ended))).to.equal('remote_request_over')
    })

    it('a key that was taken back, or whose certificate is over, signs nothing', async () => {
      const [taken, old] = [await stage.expert(), await stage.expert()]
      const signing = await stage.room.signings.begin(taken.by, await stage.request(taken))
      await stage.room.keys.revoke(taken.by, 'cessationOfOperation')
      expect(await codeOf(() => stage.room.signings.complete(taken.by, signing.id, given(taken.totp)))).to.equal('remote_key_needed')
      expect(await codeOf(() => stage.room.keys.revoke(taken.by, 'cessationOfOperation'))).to.equal('remote_key_needed')
      const key = await stage.stores.remoteKeys.find(old.keyId)
      expect(stage.room.keys.stateOf({ ...(key ?? expect.fail('no key')), notAfter: stage.clock.now().toISOString() })).to.equal('expired')
    })

    it('a certificate names the person and where its revocation is told, for the time that was set', async () => {
      const expert = await stage.expert()
      const key = await stage.stores.remoteKeys.find(expert.keyId)
      const certificate = new Certificate(Buffer.from(key?.certificate ?? '', 'base64'))
      expect(certificate.subject.text).to.match(/^CN=王示例,serialNumber=[0-9a-f]{32},/)
      expect(certificate.subject.text).not.to.include(expert.somebody.idNumber)
      expect([...(certificate.keyUsage ?? [])]).to.have.members(['digitalSignature', 'nonRepudiation'])
      expect(certificate.basicConstraints?.ca ?? false).to.equal(false)
      const span = certificate.notAfter.getTime() - certificate.notBefore.getTime()
      expect(Math.round(span / hours(24))).to.equal(30)
    })

    it('tells of a request only to whom it is for', async () => {
      const expert = await stage.expert()
      const request = await stage.request(expert)
      expect(await codeOf(() => stage.room.requests.ofCenter('center-b', request.id))).to.equal('remote_request_unknown')
      expect(await codeOf(() => stage.room.requests.of(newId(), request.id))).to.equal('remote_request_unknown')
      expect(await codeOf(() => stage.room.requests.of(expert.by.personId, newId()))).to.equal('remote_request_unknown')
    })
  })
}
