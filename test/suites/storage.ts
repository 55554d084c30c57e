import { expect } from 'chai'
import { days, fixedClock, minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { BankIdentity, CertificateFacts } from '../../server/kernel/identity.ts'
import { newId } from '../../server/kernel/ids.ts'
import { readUscc, type Uscc, usccCheckCharacter } from '../../server/kernel/uscc.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { LoginRecord } from '../../server/storage/stores-logins.ts'
import type { Proof } from '../../server/storage/stores-parties.ts'

export type SuiteClock = ReturnType<typeof fixedClock>

/** What every database behind the stores has to do. `open` is called once; tests use ids of their own, so they run in any order. */
export function storageSuite(name: string, open: (clock: SuiteClock) => Promise<Stores>): void {
  describe(`storage on ${name}`, () => {
    const clock = fixedClock('2026-05-01T08:00:00.000Z')
    let stores: Stores

    before(async function () {
      this.timeout(60_000)
      stores = await open(clock)
    })
    after(() => stores.close())

    const soon = () => new Date(clock.now().getTime() + minutes(10))
    const times = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)))
    const trues = (answers: readonly boolean[]) => answers.filter(answer => answer).length

    describe('logins', () => {
      const newLogin = (): LoginRecord => ({
        id: newId(),
        version: 1,
        trace: 'K7QM-3F9T',
        createdAt: clock.now().toISOString(),
        expiresAt: soon().toISOString(),
        request: {
          clientId: 'c',
          clientName: '交易中心',
          clientOrigins: [],
          scopes: ['openid'],
          needs: 'shield',
          prompts: ['login'],
          returnTo: '/oidc/auth/x',
        },
      })

      it('keeps record and interaction, and gives each reader a copy of its own', async () => {
        const login = newLogin()
        await stores.logins.put(login, { params: { nonce: '"\\{}, NULL \u0001 ✓' } })
        const [one, two] = await times(2, () => stores.logins.find(login.id))
        expect(one?.record).to.deep.equal(login)
        expect(one?.interaction).to.deep.equal({ params: { nonce: '"\\{}, NULL \u0001 ✓' } })
        expect(one?.record).not.to.equal(two?.record)
      })

      it('lets exactly one of 50 parallel saves of one version through, and tells the others', async () => {
        const login = newLogin()
        await stores.logins.put(login, {})
        const codes = await times(50, i => stores.logins.save({ ...login, trace: `T${i}` }).then(() => 'saved', codeOf))
        expect(codes.filter(code => code === 'saved')).to.have.length(1)
        expect(codes.filter(code => code === 'login_moved_on')).to.have.length(49)
        const found = await stores.logins.find(login.id)
        expect(found?.record).to.deep.include({ version: 2, trace: `T${codes.indexOf('saved')}` })
      })

      it('lets a save follow a save with the version that it answered', async () => {
        const login = newLogin()
        await stores.logins.put(login, { kept: true })
        const second = await stores.logins.save({ ...login, membershipId: 'm' })
        const third = await stores.logins.save({ ...second, consented: true })
        const found = await stores.logins.find(login.id)
        expect(found?.record).to.deep.equal(third)
        expect(found?.interaction).to.deep.equal({ kept: true })
        expect(third.version).to.equal(3)
      })

      it('does not know a login that was removed or has expired, and does not save it', async () => {
        const [removed, expired] = [newLogin(), newLogin()]
        await Promise.all([stores.logins.put(removed, {}), stores.logins.put(expired, {})])
        await stores.logins.remove(removed.id)
        clock.advance(minutes(11))
        for (const login of [removed, expired]) {
          expect(await stores.logins.find(login.id)).to.equal(undefined)
          expect(await stores.logins.save(login).then(() => 'saved', codeOf)).to.equal('login_moved_on')
        }
      })
    })

    describe('provider records', () => {
      for (const model of ['AuthorizationCode', 'RefreshToken']) {
        it(`lets exactly one of 50 parallel consumptions of one ${model} win`, async () => {
          const id = newId()
          await stores.providerRecords.upsert(model, id, { a: 1 }, soon())
          expect(trues(await times(50, () => stores.providerRecords.consume(model, id)))).to.equal(1)
          expect(await stores.providerRecords.consume(model, id)).to.equal(false)
          expect((await stores.providerRecords.find(model, id))?.consumedAt).to.deep.equal(clock.now())
        })

        it(`does not make a consumed ${model} fresh by writing it again`, async () => {
          const id = newId()
          await stores.providerRecords.upsert(model, id, { a: 1 }, soon())
          await stores.providerRecords.consume(model, id)
          await stores.providerRecords.upsert(model, id, { a: 2 }, soon())
          expect(await stores.providerRecords.consume(model, id)).to.equal(false)
          expect((await stores.providerRecords.find(model, id))?.payload).to.deep.equal({ a: 2 })
        })
      }

      it('answers nothing consumable for an id that is not there', async () => {
        expect(await stores.providerRecords.consume('AuthorizationCode', newId())).to.equal(false)
        expect(await stores.providerRecords.find('AccessToken', newId())).to.equal(undefined)
      })

      it('keeps records of two models with one id apart', async () => {
        const id = newId()
        await Promise.all([
          stores.providerRecords.upsert('AccessToken', id, { a: 1 }, soon()),
          stores.providerRecords.upsert('Grant', id, { a: 2 }, soon()),
        ])
        await stores.providerRecords.destroy('AccessToken', id)
        expect(await stores.providerRecords.find('AccessToken', id)).to.equal(undefined)
        expect((await stores.providerRecords.find('Grant', id))?.payload).to.deep.equal({ a: 2 })
      })

      it('lets one of 20 parallel changes of a session as it was read stand, and none once it is gone', async () => {
        const id = newId()
        const before = { uid: id, authorizations: { b: { sid: '1' }, 5: {}, a: {} }, accountId: 'm', n: 0 }
        const { providerRecords } = stores
        expect(await providerRecords.replaceSession(id, before, { ...before, n: 1 }, soon())).to.equal(false)
        await providerRecords.upsert('Session', id, before, soon())
        const read = (await providerRecords.find('Session', id))?.payload ?? {}
        expect(trues(await times(20, i => providerRecords.replaceSession(id, read, { ...read, uid: `${id}-new`, n: i + 1 }, soon())))).to.equal(1)
        expect((await providerRecords.findByUid('Session', `${id}-new`))?.payload['n']).to.be.above(0)
        await providerRecords.destroy('Session', id)
        expect(await providerRecords.replaceSession(id, read, before, soon())).to.equal(false)
        expect(await providerRecords.find('Session', id)).to.equal(undefined)
      })

      it('ends with the last of several writes of one record made in one turn', async () => {
        const id = newId()
        await times(20, i => stores.providerRecords.upsert('Session', id, { uid: id, n: i }, soon()))
        expect((await stores.providerRecords.find('Session', id))?.payload).to.deep.equal({ uid: id, n: 19 })
      })

      it('forgets what has expired', async () => {
        const id = newId()
        await stores.providerRecords.upsert('AccessToken', id, {}, new Date(clock.now().getTime() + 1000))
        expect(await stores.providerRecords.find('AccessToken', id)).to.deep.equal({ payload: {} })
        clock.advance(1001)
        expect(await stores.providerRecords.find('AccessToken', id)).to.equal(undefined)
      })

      it('takes everything of a revoked grant away and nothing of another', async () => {
        const [grant, other, id] = [newId(), newId(), newId()]
        await stores.providerRecords.upsert('AccessToken', id, { grantId: grant }, soon())
        await stores.providerRecords.upsert('RefreshToken', id, { grantId: grant }, soon())
        await stores.providerRecords.upsert('RefreshToken', other, { grantId: other }, soon())
        await stores.providerRecords.revokeGrant(grant)
        expect(await stores.providerRecords.find('AccessToken', id)).to.equal(undefined)
        expect(await stores.providerRecords.find('RefreshToken', id)).to.equal(undefined)
        expect(await stores.providerRecords.find('RefreshToken', other)).not.to.equal(undefined)
      })

      it('finds a session by its uid, and every live session of a membership', async () => {
        const [a, b, gone, membershipId] = [newId(), newId(), newId(), newId()]
        await stores.providerRecords.upsert('Session', a, { uid: `u${a}`, accountId: membershipId }, soon())
        await stores.providerRecords.upsert('Session', b, { uid: `u${b}`, accountId: membershipId }, soon())
        await stores.providerRecords.upsert('Session', gone, { uid: `u${gone}`, accountId: membershipId }, new Date(clock.now().getTime() - 1))
        expect((await stores.providerRecords.findByUid('Session', `u${a}`))?.payload).to.deep.include({ uid: `u${a}` })
        const found = await stores.providerRecords.sessionsOf({ membershipId }, 10)
        expect(found.map(session => session.id).sort()).to.deep.equal([a, b].sort())
        expect(await stores.providerRecords.sessionsOf({ membershipId }, 1)).to.have.length(1)
      })
    })

    describe('batches', () => {
      it('sends a hundred concurrent calls of one kind in a few statements, each with its own answer', async () => {
        const ids = Array.from({ length: 100 }, newId)
        const before = stores.statements()
        await Promise.all(ids.map(id => stores.providerRecords.upsert('AccessToken', id, { id }, soon())))
        const found = await Promise.all(ids.map(id => stores.providerRecords.find('AccessToken', id)))
        const after = stores.statements()
        expect(found.map(record => record?.payload['id'])).to.deep.equal(ids)
        expect(after.writes - before.writes).to.be.at.most(2)
        expect(after.reads - before.reads).to.be.at.most(2)
      })

      it('lets a row that the database refuses fail alone', async () => {
        const good = Array.from({ length: 5 }, newId)
        const poisoned = `${newId()}\0`
        const answers = await Promise.allSettled([...good, poisoned].map(id => stores.providerRecords.upsert('AccessToken', id, { id }, soon())))
        expect(answers.map(answer => answer.status)).to.deep.equal([...good.map(() => 'fulfilled'), 'rejected'])
        for (const id of good) expect(await stores.providerRecords.find('AccessToken', id)).not.to.equal(undefined)
      })
    })

    describe('parties', () => {
      it('makes everything at a first login and neither writes nor makes anything at the second', async () => {
        const uscc = newUscc()
        const identity = person({ seats: [seat(uscc)], certificate: shield() })
        const first = await stores.parties.recognise(identity, uscc)
        expect(first.firstTime).to.equal(true)
        expect(first.membership).to.deep.include({ role: 'operator', suspended: false })
        expect(first.membership.enterprise).to.deep.include({ uscc, name: '建设公司' })
        const before = stores.statements()
        const second = await stores.parties.recognise(identity, uscc)
        const after = stores.statements()
        expect(second).to.deep.equal({ membership: first.membership, firstTime: false })
        expect({ reads: after.reads - before.reads, writes: after.writes - before.writes }).to.deep.equal({ reads: 1, writes: 0 })
        expect(await stores.parties.membership(first.membership.id)).to.deep.equal(first.membership)
        expect(await stores.parties.membershipsOf(identity.bank, identity.subject)).to.deep.equal([first.membership.id])
      })

      it('makes one enterprise of many first logins of its people at the same moment', async () => {
        const uscc = newUscc()
        const before = await stores.parties.counts()
        const found = await times(12, () => stores.parties.recognise(person({ seats: [seat(uscc)] }), uscc))
        expect(new Set(found.map(each => each.membership.enterprise.id)).size).to.equal(1)
        expect(new Set(found.map(each => each.membership.id)).size).to.equal(12)
        const after = await stores.parties.counts()
        expect(after.enterprises - before.enterprises).to.equal(1)
        expect(after.persons - before.persons).to.equal(12)
      })

      it('makes one person of many first logins of that person at the same moment, through several banks', async () => {
        const uscc = newUscc()
        const who = { name: '王芳', idDigest: newId() }
        const found = await times(9, i =>
          stores.parties.recognise(
            byPassword({
              bank: ['ccb', 'icbc', 'abc'][i % 3] ?? '',
              subject: who.idDigest,
              person: who,
              seats: [{ ...seat(uscc), role: 'legal-representative' }],
            }),
            uscc,
          ),
        )
        expect(new Set(found.map(each => each.membership.id)).size).to.equal(1)
        expect(found.filter(each => each.firstTime)).to.have.length(1)
      })

      it('knows a person again at another bank by the id digest that the banks share', async () => {
        const [uscc, other] = [newUscc(), newUscc()]
        const who = { name: '李强', idDigest: newId() }
        const ccb = await stores.parties.recognise(person({ bank: 'ccb', person: who, seats: [seat(uscc)] }), uscc)
        const abc = await stores.parties.recognise(person({ bank: 'abc', person: who, seats: [seat(uscc), seat(other)] }), other)
        expect(abc.membership.person.id).to.equal(ccb.membership.person.id)
        expect(abc.membership.id).not.to.equal(ccb.membership.id)
      })

      it('never merges people whom no digest ties together, whatever their names', async () => {
        const uscc = newUscc()
        const [a, b] = await times(2, () => stores.parties.recognise(person({ seats: [seat(uscc)] }), uscc))
        expect(a?.membership.person.id).not.to.equal(b?.membership.person.id)
      })

      it('refuses a known credential that comes with another id digest', async () => {
        const uscc = newUscc()
        const identity = person({ person: { name: '张三', idDigest: newId() }, seats: [seat(uscc)] })
        await stores.parties.recognise(identity, uscc)
        const other = { ...identity, person: { name: '张三', idDigest: newId() } }
        expect(await stores.parties.recognise(other, uscc).catch(codeOf)).to.equal('identity_conflict')
      })

      it('refuses to join two accounts that both exist', async () => {
        const uscc = newUscc()
        const idDigest = newId()
        const without = person({ bank: 'ccb', seats: [seat(uscc)] })
        await stores.parties.recognise(without, uscc)
        await stores.parties.recognise(person({ bank: 'abc', person: { name: '张三', idDigest }, seats: [seat(uscc)] }), uscc)
        const joining = { ...without, person: { name: '张三', idDigest } }
        expect(await stores.parties.recognise(joining, uscc).catch(codeOf)).to.equal('identity_conflict')
      })

      it('refuses a known id digest under another name, so that a bank that sends one digest for all merges nobody', async () => {
        const uscc = newUscc()
        const idDigest = newId()
        await stores.parties.recognise(person({ bank: 'ccb', person: { name: '张三', idDigest }, seats: [seat(uscc)] }), uscc)
        const other = person({ bank: 'abc', person: { name: '李四', idDigest }, seats: [seat(uscc)] })
        expect(await stores.parties.recognise(other, uscc).catch(codeOf)).to.equal('identity_conflict')
      })

      it('refuses a shield that belongs to another person', async () => {
        const uscc = newUscc()
        const certificate = shield()
        await stores.parties.recognise(person({ seats: [seat(uscc)], certificate }), uscc)
        expect(await stores.parties.recognise(person({ seats: [seat(uscc)], certificate }), uscc).catch(codeOf)).to.equal('identity_conflict')
      })

      it('takes a digest that the bank tells later, once', async () => {
        const uscc = newUscc()
        const before = person({ seats: [seat(uscc)] })
        const first = await stores.parties.recognise(before, uscc)
        const told = { ...before, person: { ...before.person, idDigest: newId() } }
        const second = await stores.parties.recognise(told, uscc)
        expect(second).to.deep.equal({ membership: first.membership, firstTime: false })
        expect(await stores.parties.recognise({ ...told, person: { ...told.person, idDigest: newId() } }, uscc).catch(codeOf)).to.equal(
          'identity_conflict',
        )
      })

      it('keeps the binding when the certificate is renewed, and lists both shields', async () => {
        const uscc = newUscc()
        const identity = person({ seats: [seat(uscc)], certificate: shield() })
        const first = await stores.parties.recognise(identity, uscc)
        clock.advance(minutes(1))
        const renewed = shield()
        const second = await stores.parties.recognise({ ...identity, certificate: renewed }, uscc)
        expect(second).to.deep.equal({ membership: first.membership, firstTime: true })
        const shields = await stores.parties.shieldsOf(first.membership.enterprise.id, 10)
        expect(shields).to.have.length(2)
        expect(shields[0]).to.deep.equal({ ...renewed, bank: identity.bank, lastSeenAt: clock.now().toISOString() })
      })

      it('notes the last use of a shield to the day, behind the login', async () => {
        const uscc = newUscc()
        const identity = person({ seats: [seat(uscc)], certificate: shield() })
        const { membership } = await stores.parties.recognise(identity, uscc)
        clock.advance(days(2))
        await stores.parties.recognise(identity, uscc)
        // the note is sent in the background, on any connection: ask until it is there
        const seen = async () => (await stores.parties.shieldsOf(membership.enterprise.id, 1))[0]?.lastSeenAt
        let last = await seen()
        for (let tries = 0; tries < 500 && last !== clock.now().toISOString(); tries++) last = await seen()
        expect(last).to.equal(clock.now().toISOString())
      })

      it('follows the bank when a company, a person or a role changes, but not for full-width brackets', async () => {
        const uscc = newUscc()
        const identity = person({ seats: [seat(uscc)] })
        const first = await stores.parties.recognise({ ...identity, seats: [{ ...seat(uscc), name: '建设\uff08集团\uff09公司' }] }, uscc)
        const before = stores.statements().writes
        const same = await stores.parties.recognise({ ...identity, seats: [{ ...seat(uscc), name: '建设(集团) 公司' }] }, uscc)
        expect(same.membership).to.deep.equal(first.membership)
        expect(stores.statements().writes).to.equal(before)
        const changed = { ...identity, person: { name: '张三丰' }, seats: [{ uscc, name: '新名公司', role: 'legal-representative' as const }] }
        const second = await stores.parties.recognise(changed, uscc)
        expect(second.firstTime).to.equal(false)
        expect(await stores.parties.membership(first.membership.id)).to.deep.equal(second.membership)
        expect(second.membership).to.deep.include({ id: first.membership.id, role: 'legal-representative' })
        expect([second.membership.enterprise.name, second.membership.person.name]).to.deep.equal(['新名公司', '张三丰'])
      })

      it('binds nobody by a password alone for the first time but the legal representative, and writes nothing of who was refused', async () => {
        const uscc = newUscc()
        const before = await stores.parties.counts()
        const clerk = byPassword({ seats: [seat(uscc)] })
        expect(await stores.parties.recognise(clerk, uscc).catch(codeOf)).to.equal('binding_needs_shield')
        expect(await stores.parties.counts()).to.deep.equal(before)
        const representative = byPassword({ seats: [{ ...seat(uscc), role: 'legal-representative' }] })
        expect((await stores.parties.recognise(representative, uscc)).membership).to.deep.include({ role: 'legal-representative', byBank: true })

        const bound = await stores.parties.recognise({ ...clerk, certificate: shield() }, uscc)
        expect(bound).to.deep.include({ firstTime: true })
        expect(await stores.parties.recognise(clerk, uscc)).to.deep.equal({ membership: bound.membership, firstTime: false })
      })

      it('binds by a mandate without a shield, and asks for the shield when the bank then names the person for the first time', async () => {
        const uscc = newUscc()
        const who = byPassword({ seats: [{ ...seat(uscc), by: 'mandate' }] })
        const bound = await stores.parties.recognise(who, uscc)
        expect(bound.membership).to.deep.include({ role: 'operator', byBank: false })
        const named = { ...who, seats: [seat(uscc)] }
        expect(await stores.parties.recognise(named, uscc).catch(codeOf)).to.equal('binding_needs_shield')
        const shown = await stores.parties.recognise({ ...named, certificate: shield() }, uscc)
        expect(shown.membership).to.deep.equal({ ...bound.membership, byBank: true })
      })

      it('tells when the banks name another legal representative, and not when the same one renews the shield', async () => {
        const uscc = newUscc()
        const seats = [{ ...seat(uscc), role: 'legal-representative' as const }]
        const first = person({ seats })
        expect(await stores.parties.recognise(first, uscc)).not.to.have.property('representativeChanged')
        expect(await stores.parties.recognise({ ...first, certificate: shield() }, uscc)).not.to.have.property('representativeChanged')
        expect(await stores.parties.recognise(person({ seats }), uscc)).to.deep.include({ representativeChanged: true })
      })

      it('refuses a company that the bank did not name', async () => {
        const identity = person({ seats: [seat(newUscc())] })
        expect(await stores.parties.recognise(identity, newUscc()).catch(codeOf)).to.equal('company_not_offered')
      })

      it('refuses a suspended membership, by the short way and by the long one, and lets it in again', async () => {
        const uscc = newUscc()
        const identity = person({ seats: [seat(uscc)] })
        const { membership } = await stores.parties.recognise(identity, uscc)
        await stores.parties.suspend(membership.id, true)
        expect((await stores.parties.membership(membership.id))?.suspended).to.equal(true)
        expect(await stores.parties.recognise(identity, uscc).catch(codeOf)).to.equal('membership_suspended')
        expect(await stores.parties.recognise({ ...identity, certificate: shield() }, uscc).catch(codeOf)).to.equal('membership_suspended')
        await stores.parties.suspend(membership.id, false)
        expect((await stores.parties.recognise(identity, uscc)).membership).to.deep.equal(membership)
        expect(await stores.parties.suspend(newId(), true).catch(codeOf)).to.equal('not_found')
      })
    })

    describe('proofs and consents', () => {
      it('reads a proof with its membership in one statement', async () => {
        const uscc = newUscc()
        const identity = person({ seats: [seat(uscc)], certificate: shield() })
        const { membership } = await stores.parties.recognise(identity, uscc)
        const session = newId()
        const proofs = [proofOf(identity, membership.id, session), proofOf({ ...identity, methods: [] }, membership.id, session)]
        for (const proof of proofs) {
          await stores.proofs.insert(proof)
          clock.advance(1)
        }
        const before = stores.statements().reads
        const found = await stores.proofs.find(proofs[0]?.id ?? '')
        expect(stores.statements().reads - before).to.equal(1)
        expect(found).to.deep.equal({ proof: proofs[0], membership })
        expect(await stores.proofs.byBankSession(identity.bank, session, 10)).to.deep.equal(proofs.toReversed())
        expect(await stores.proofs.find(newId())).to.equal(undefined)
      })

      it('reads a code or token with its grant, its session and its proof in one statement, and what is not there as absent', async () => {
        const { providerRecords } = stores
        const identity = person({ seats: [seat(newUscc())] })
        const { membership } = await stores.parties.recognise(identity, identity.seats[0]?.uscc ?? newUscc())
        const proof = proofOf(identity, membership.id)
        await stores.proofs.insert(proof)
        const [id, uid, grantId] = [newId(), newId(), `${proof.id}.abc.${newId()}`]
        const ends = new Date(clock.now().getTime() + 60_000)
        const token = { grantId, sessionUid: uid }
        await providerRecords.upsert('AccessToken', id, token, ends)
        expect(await providerRecords.findBehind('AccessToken', id)).to.deep.equal({ payload: token, proven: { proof, membership } })

        await providerRecords.upsert('Grant', grantId, { clientId: 'c' }, ends)
        await providerRecords.upsert('Session', newId(), { uid, accountId: membership.id }, ends)
        const before = stores.statements().reads
        const found = await providerRecords.findBehind('AccessToken', id)
        expect(stores.statements().reads - before).to.equal(1)
        expect(found).to.deep.equal({
          payload: token,
          grant: { payload: { clientId: 'c' } },
          session: { payload: { uid, accountId: membership.id } },
          proven: { proof, membership },
        })

        const code = newId()
        await providerRecords.upsert('AuthorizationCode', code, token, ends)
        await providerRecords.consume('AuthorizationCode', code)
        expect((await providerRecords.findBehind('AuthorizationCode', code))?.consumedAt).to.deep.equal(clock.now())
        await providerRecords.destroy('Grant', grantId)
        expect(await providerRecords.findBehind('AuthorizationCode', code)).not.to.have.property('grant')
        clock.advance(120_000)
        expect(await providerRecords.findBehind('AuthorizationCode', code)).to.equal(undefined)
        expect(await providerRecords.findBehind('AccessToken', newId())).to.equal(undefined)
      })

      it('refuses a second proof of one id', async () => {
        const proof = proofOf(person({ seats: [seat(newUscc())] }), newId())
        const both = await Promise.allSettled([stores.proofs.insert(proof), stores.proofs.insert(proof)])
        expect(both.map(each => each.status)).to.deep.equal(['fulfilled', 'rejected'])
      })

      it('adds scopes to a consent and loses none when two come at once', async () => {
        const [membershipId, clientId] = [newId(), newId()]
        expect(await stores.consents.has(membershipId, clientId, ['openid'])).to.equal(false)
        await Promise.all([
          stores.consents.grant(membershipId, clientId, ['openid', 'person']),
          stores.consents.grant(membershipId, clientId, ['enterprise']),
        ])
        const answers = await Promise.all([
          stores.consents.has(membershipId, clientId, ['openid', 'person', 'enterprise']),
          stores.consents.has(membershipId, clientId, ['openid', 'certificate']),
          stores.consents.has(membershipId, newId(), ['openid']),
        ])
        expect(answers).to.deep.equal([true, false, false])
        await stores.consents.withdraw(membershipId, clientId)
        expect(await stores.consents.has(membershipId, clientId, ['openid'])).to.equal(false)
      })
    })

    describe('clients and keys', () => {
      it('keeps a center, replaces it, and lists in pages', async () => {
        const prefix = newId()
        for (const n of [1, 2, 3])
          await stores.clients.put({
            id: `${prefix}-${n}`,
            name: `中心${n}`,
            metadata: { redirect_uris: ['https://a.example/cb'], nested: { a: null } },
          })
        await stores.clients.put({ id: `${prefix}-2`, name: '新中心', metadata: {} })
        expect(await stores.clients.find(`${prefix}-2`)).to.deep.equal({ id: `${prefix}-2`, name: '新中心', metadata: {} })
        expect((await stores.clients.find(`${prefix}-1`))?.metadata).to.deep.equal({ redirect_uris: ['https://a.example/cb'], nested: { a: null } })
        const page = await stores.clients.list(2, `${prefix}-1`)
        expect(page.map(client => client.id)).to.deep.equal([`${prefix}-2`, `${prefix}-3`])
        expect(await stores.clients.find(newId())).to.equal(undefined)
      })

      it('inserts a key once and moves its state by compare-and-set', async () => {
        const at = clock.now().toISOString()
        const key = { kid: newId(), use: 'saml' as const, state: 'initial' as const, sealed: 'v1.x', createdAt: at, activeFrom: at }
        expect(trues(await times(5, () => stores.signingKeys.insert(key)))).to.equal(1)
        expect(trues(await times(5, () => stores.signingKeys.setState(key.kid, 'initial', 'active')))).to.equal(1)
        expect((await stores.signingKeys.list('saml')).find(each => each.kid === key.kid)).to.deep.equal({ ...key, state: 'active' })
        await stores.signingKeys.remove(key.kid)
        expect((await stores.signingKeys.list('saml')).some(each => each.kid === key.kid)).to.equal(false)
      })
    })

    describe('one-time ids', () => {
      it('lets exactly one of 50 parallel claims win, and nobody after until its life is over', async () => {
        const id = newId()
        expect(trues(await times(50, () => stores.onceIds.claim(id, soon())))).to.equal(1)
        expect(await stores.onceIds.claim(id, soon())).to.equal(false)
        expect([await stores.onceIds.seen(id), await stores.onceIds.seen(newId())]).to.deep.equal([true, false])
        clock.advance(minutes(11))
        expect(await stores.onceIds.claim(id, soon())).to.equal(true)
      })
    })

    describe('audit rows', () => {
      it('adds rows only behind the head it was told', async () => {
        const head = await stores.audit.head()
        const row = (n: number) => ({
          seq: head.seq + n,
          at: clock.now().toISOString(),
          code: 'login.started',
          trace: `${head.hash}-t`,
          body: '{}',
          hash: newId(),
        })
        const [one, two] = [row(1), row(2)]
        const answers = await times(10, () => stores.audit.append([one, two], head))
        expect(trues(answers)).to.equal(1)
        expect(await stores.audit.head()).to.deep.equal({ seq: two.seq, hash: two.hash })
        expect(await stores.audit.read(one.seq, 10)).to.deep.equal([one, two])
        expect(await stores.audit.byTrace(one.trace, 1)).to.deep.equal([one])
        expect(await stores.audit.append([row(3)], { seq: two.seq, hash: 'another' })).to.equal(false)
      })
    })

    describe('traces', () => {
      it('reads the steps of one trace in order, those just added included', async () => {
        const trace = newId()
        const step = (n: number) => ({
          trace,
          at: `2026-05-01T08:00:00.00${n}Z`,
          hop: 'bank' as const,
          step: `step ${n}`,
          outcome: 'ok' as const,
          facts: { n: `\0${n}` },
        })
        for (const n of [2, 1, 3]) stores.traces.add(step(n))
        expect(await stores.traces.read(trace, 2)).to.deep.equal([step(1), step(2)])
        expect(await stores.traces.read(newId(), 2)).to.deep.equal([])
      })
    })

    describe('sweep', () => {
      it('deletes what expired, no more than it is told, and nothing that lives', async () => {
        const [live, forever] = [newId(), newId()]
        await times(7, () => stores.providerRecords.upsert('AccessToken', newId(), {}, soon()))
        await times(3, () => stores.onceIds.claim(newId(), soon()))
        clock.advance(minutes(11))
        await stores.providerRecords.upsert('AccessToken', live, {}, soon())
        await stores.providerRecords.upsert('Grant', forever, {}, undefined)
        expect(await stores.sweep(4)).to.equal(4)
        let swept = 4
        for (let more = 1; more > 0; swept += more) more = await stores.sweep(1000)
        expect(swept).to.be.at.least(10)
        expect(await stores.providerRecords.find('AccessToken', live)).not.to.equal(undefined)
        expect(await stores.providerRecords.find('Grant', forever)).not.to.equal(undefined)
      })
    })

    describe('outbox', () => {
      it('delivers, tries again after a failure, and counts nothing as waiting at the end', async () => {
        const queue = `q-${newId()}`
        const seen: unknown[] = []
        await stores.outbox.work(queue, async job => {
          seen.push(job['n'])
          if (job['n'] === 2 && seen.filter(n => n === 2).length === 1) throw new Error('the center did not answer')
        })
        await times(3, n => stores.outbox.send(queue, { n: n + 1 }))
        await stores.outbox.drained(queue)
        expect(seen.toSorted()).to.deep.equal([1, 2, 2, 3])
      })

      it('keeps a job that no worker takes, and puts one that always fails among the dead, where a person sees it', async () => {
        const queue = `q-${newId()}`
        const before = await stores.outbox.backlog()
        await stores.outbox.send(queue, { n: 1 })
        expect((await stores.outbox.backlog()).waiting - before.waiting).to.equal(1)
        const last: boolean[] = []
        await stores.outbox.work(queue, async (_job, attempt) => {
          last.push(attempt.last)
          throw new Error('never')
        })
        await stores.outbox.drained(queue)
        expect(last).to.deep.equal([false, false, false, true])
        expect(await stores.outbox.backlog()).to.deep.equal({ waiting: before.waiting, dead: before.dead + 1 })
      })
    })
  })
}

export const codeOf = (thrown: unknown): string => (thrown instanceof BrokerError ? thrown.code : `not a BrokerError: ${thrown}`)

let lastUscc = Math.floor(Math.random() * 1e8)
/** A company nobody has seen, with a valid check character. */
export function newUscc(): Uscc {
  const first = `9111000${String(++lastUscc).padStart(10, '0')}`
  return readUscc(first + usccCheckCharacter(first))
}
export const seat = (uscc: Uscc) => ({ uscc, name: '建设公司', role: 'operator' as const })
/** with a shield of their own unless it is a bank session */
export const person = (more: Partial<BankIdentity> & Pick<BankIdentity, 'seats'>): BankIdentity => ({
  ...(more.assurance === 'bank-session' ? {} : { certificate: shield() }),
  bank: 'ccb',
  subject: newId(),
  person: { name: '张三' },
  assurance: 'shield',
  methods: ['hwk', 'pin'],
  authenticatedAt: '2026-05-01T08:00:00.000Z',
  ...more,
})
const byPassword = (more: Parameters<typeof person>[0]): BankIdentity => person({ assurance: 'bank-session', methods: ['pwd'], ...more })
export const shield = (): CertificateFacts => ({
  issuer: 'CN=CCB Issuing CA',
  subject: 'CN=051@建设公司@N1@1',
  serial: '0a1b',
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2028-01-01T00:00:00.000Z',
  thumbprint: newId(),
  algorithm: 'SM2',
})
const proofOf = (identity: BankIdentity, membershipId: string, bankSession?: string): Proof => ({
  id: newId(),
  membershipId,
  bank: identity.bank,
  subject: identity.subject,
  ...(bankSession === undefined ? {} : { bankSession }),
  assurance: identity.assurance,
  methods: identity.methods,
  authenticatedAt: identity.authenticatedAt,
  ...(identity.certificate === undefined ? {} : { certificate: identity.certificate }),
  trace: 'K7QM-3F9T',
})
