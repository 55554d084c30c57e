import { expect } from 'chai'
import { readableText } from '../../bank-adapters/shield-agent/words.ts'
import { minutes } from '../../server/kernel/clock.ts'
import { signCms } from '../../server/pki/cms.ts'
import { signCmsBy } from '../../server/pki/cms-sign.ts'
import { signSm2 } from '../../server/pki/sm2.ts'
import { ChallengeAnswer, ChallengeIssued } from '../../server/recognition/answers.ts'
import type { Party } from '../pki/hierarchy.ts'
import { expectProblem, expectWords, PUBLIC_URL } from '../suites/api-site.ts'
import { base64, derOf, openStage, revoked, type Stage, shield, USCC } from './stage.ts'

describe('recognition: challenges', () => {
  let stage: Stage
  before(async function () {
    this.timeout(60_000)
    stage = await openStage()
  })
  after(() => stage.close())

  const person = shield()
  const issue = async (question: Record<string, unknown> = { purpose: 'login' }, token = 'center-a') => {
    const { status, body } = await stage.post('challenges', question, { token })
    expect(status, JSON.stringify(body)).to.equal(201)
    expect(ChallengeIssued.parse(body)).to.deep.equal(body)
    return body as { id: string; text: string; expires_at: string }
  }
  const signed = ({ text }: { text: string }, party: Party = person) => ({
    purpose: 'login',
    format: 'raw',
    algorithm: 'SM2-SM3',
    certificate: derOf(party),
    signature: base64(signSm2(party.privateKey, Buffer.from(text))),
  })
  const answer = (id: string, response: unknown, token = 'center-a') => stage.post(`challenges/${id}:verify`, response, { token })

  it('are a text in words, which names center, purpose and time, and which a shield agent shows', async () => {
    const { id, text, expires_at } = await issue({ purpose: 'confirm', statement: '提交投标文件:标段一' })
    expect(readableText(text).words).to.equal(text)
    for (const part of [
      '用途:确认操作',
      '中心:交易中心a(center-a)',
      '事项:提交投标文件:标段一',
      `平台:${PUBLIC_URL}`,
      '有效至:2027-06-01T12:05:00.000Z',
      `编号:${id}`,
    ]) {
      expect(text.split('\n')).to.include(part)
    }
    expect(expires_at).to.equal('2027-06-01T12:05:00.000Z')
  })

  it('are never the same', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => issue()))
    expect(new Set(all.map(({ text }) => text)).size).to.equal(20)
  })

  it('a signature over it tells who signed', async () => {
    const challenge = await issue()
    const { status, body } = await answer(challenge.id, signed(challenge))
    expect(status).to.equal(200)
    expect(ChallengeAnswer.parse(body)).to.deep.equal(body)
    expect(body).to.include({ valid: true, code: 'ok', challenge: challenge.id, purpose: 'login' })
    expect(body.signers[0].certificate.subject.uscc).to.equal(USCC)
  })

  it('a signed message does as well, with the text in it or beside it', async () => {
    for (const detached of [true, false]) {
      const challenge = await issue()
      const message = signCms({ content: Buffer.from(challenge.text), certificate: person.certificate, privateKey: person.privateKey, detached })
      expect((await answer(challenge.id, { purpose: 'login', format: 'cms', message: base64(message) })).body).to.include({ valid: true })
    }
  })

  describe('are worth one try', () => {
    it('a second answer is refused, also the same', async () => {
      const challenge = await issue()
      const response = signed(challenge)
      expect((await answer(challenge.id, response)).body.valid).to.equal(true)
      expectProblem(await answer(challenge.id, response), 409, 'challenge_used')
    })

    it('also after a signature that was bad', async () => {
      const challenge = await issue()
      const { body } = await answer(challenge.id, signed({ text: 'something else' }))
      expect(body).to.include({ valid: false, code: 'signature_invalid' })
      expectProblem(await answer(challenge.id, signed(challenge)), 409, 'challenge_used')
    })

    it('of 50 at the same time exactly one wins', async () => {
      const challenge = await issue()
      const response = signed(challenge)
      const raced = await Promise.all(Array.from({ length: 50 }, () => answer(challenge.id, response)))
      expect(raced.filter(({ status, body }) => status === 200 && body.valid)).to.have.length(1)
      expect(raced.filter(({ status, body }) => status === 409 && body.code === 'challenge_used')).to.have.length(49)
    })

    it('a request that is none does not use it up', async () => {
      const challenge = await issue()
      expectProblem(await answer(challenge.id, { ...signed(challenge), signature: 5 }), 400, 'bad_request')
      expectProblem(await answer(challenge.id, { ...signed(challenge), signature: '***' }), 400, 'bad_request')
      expect((await answer(challenge.id, signed(challenge))).body.valid).to.equal(true)
    })
  })

  describe('are bound', () => {
    it('to the client: another center’s is answered like one that does not exist, and stays good for its own', async () => {
      const challenge = await issue()
      const foreign = await answer(challenge.id, signed(challenge), 'center-b')
      const none = await answer('no-such-challenge', signed(challenge), 'center-b')
      expectProblem(foreign, 404, 'service_challenge_unknown')
      expectProblem(none, 404, 'service_challenge_unknown')
      expect({ ...foreign.body, trace: '' }).to.deep.equal({ ...none.body, trace: '' })
      expect((await answer(challenge.id, signed(challenge))).body.valid).to.equal(true)
    })

    it('to the purpose', async () => {
      const challenge = await issue({ purpose: 'bind' })
      expectProblem(await answer(challenge.id, signed(challenge)), 403, 'challenge_mismatch')
      expect((await answer(challenge.id, { ...signed(challenge), purpose: 'bind' })).body.valid).to.equal(true)
    })

    it('to the certificate, where one is named', async () => {
      const other = shield()
      const question = { purpose: 'login', thumbprint: person.certificate.thumbprint }
      const first = await issue(question)
      expect(first.text).to.include(person.certificate.thumbprint)
      const { body } = await answer(first.id, signed(first, other))
      expect(body).to.include({ valid: false, code: 'challenge_mismatch' })
      expectWords(body.reasons[0])
      const second = await issue(question)
      expect((await answer(second.id, signed(second))).body.valid).to.equal(true)
    })

    it('to one signer', async () => {
      const challenge = await issue()
      const message = signCmsBy({ content: Buffer.from(challenge.text), detached: true, signers: [person, shield()] })
      expect((await answer(challenge.id, { purpose: 'login', format: 'cms', message: base64(message) })).body).to.include({
        valid: false,
        code: 'challenge_mismatch',
      })
    })

    it('to another challenge’s text it does not fit', async () => {
      const [one, two] = [await issue(), await issue()]
      expect((await answer(one.id, signed(two))).body).to.include({ valid: false, code: 'signature_invalid' })
    })

    it('to five minutes', async () => {
      const [early, late] = [await issue(), await issue()]
      stage.clock.advance(minutes(5) - 1)
      expect((await answer(early.id, signed(early))).body.valid).to.equal(true)
      stage.clock.advance(1)
      expectProblem(await answer(late.id, signed(late)), 410, 'challenge_expired')
      stage.clock.advance(-minutes(5))
    })
  })

  it('signed with a certificate that is no good is not valid', async () => {
    const challenge = await issue()
    expect((await answer(challenge.id, signed(challenge, revoked))).body).to.include({ valid: false, code: 'certificate_revoked' })
  })

  describe('refuse a question that', () => {
    for (const [sentence, question] of [
      ['has no purpose', {}],
      ['has a purpose of its own', { purpose: 'pay' }],
      ['confirms nothing', { purpose: 'confirm' }],
      ['writes a line of its own', { purpose: 'confirm', statement: '甲\n平台:https://evil.test' }],
      ['turns the text around', { purpose: 'confirm', statement: '付款 \u202E001' }],
      ['pushes the rest out of sight', { purpose: 'confirm', statement: `甲${' '.repeat(40)}乙` }],
      ['names a certificate by another digest', { purpose: 'login', thumbprint: 'AB12' }],
      ['names the client itself', { purpose: 'login', client: 'center-b' }],
    ] as const) {
      it(sentence, async () => expectProblem(await stage.post('challenges', question), 400, 'bad_request'))
    }
  })

  it('write who was given one, who answered, and with what', async () => {
    stage.events.splice(0)
    const challenge = await issue()
    await answer(challenge.id, signed(challenge))
    expect(stage.events.map(({ code }) => code)).to.deep.equal(['recognition.challenged', 'recognition.challenge-answered'])
    expect(stage.events[1]?.facts).to.deep.equal({
      client: 'center-a',
      purpose: 'login',
      challenge: challenge.id,
      outcome: 'ok',
      thumbprint: person.certificate.thumbprint,
    })
  })
})
