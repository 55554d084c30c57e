import { expect } from 'chai'
import type { Answer, Challenge, LoggedOut } from '../../bank-adapters/contract.ts'
import type { Evil } from '../../bank-adapters/mock-bank/evil.ts'
import { days } from '../../server/kernel/clock.ts'
import { BrokerError, type FailureCode } from '../../server/kernel/errors.ts'
import { isUscc } from '../../server/kernel/uscc.ts'
import { laterFailure } from '../shield-agent/failure.ts'
import type { AdapterStage, How } from './adapter-stage.ts'

/**
 * What every kind of bank adapter must do, run once a kind against a bank on the wire: `adapterSuite('saml', open)`. An adapter that passes may be put into the
 * registry; a bank's own test system may be put in the mock bank's place.
 */
type Kind = 'oidc' | 'saml' | 'shield'

/** Each way a bank can misbehave, and the code by which it is refused. A bank that answers only by signatures has other ways: see below. */
const EVILS: Record<Kind, readonly (readonly [Evil, FailureCode])[]> = {
  oidc: [
    ['wrong-issuer', 'bank_wrong_issuer'],
    ['wrong-audience', 'bank_wrong_audience'],
    ['wrong-nonce', 'bank_wrong_nonce'],
    ['expired', 'bank_answer_expired'],
    ['wrong-key', 'bank_wrong_key'],
    ['alg-none', 'bank_unsigned'],
    ['unsigned', 'bank_unsigned'],
    ['wrapped', 'bank_wrong_key'],
    ['replayed', 'bank_replayed'],
    ['mixed-up', 'bank_mixed_up'],
    ['identity-mismatch', 'bank_identity_mismatch'],
  ],
  saml: [
    ['wrong-issuer', 'bank_wrong_issuer'],
    ['wrong-audience', 'bank_wrong_audience'],
    ['wrong-nonce', 'bank_wrong_nonce'],
    ['expired', 'bank_answer_expired'],
    ['wrong-key', 'bank_wrong_key'],
    ['alg-none', 'algorithm_refused'],
    ['unsigned', 'bank_unsigned'],
    ['unsigned-assertion', 'bank_unsigned'],
    ['wrapped', 'bank_wrapped'],
    ['wrapped-response', 'bank_wrapped'],
    ['wrapped-object', 'bank_wrapped'],
    ['commented-name', 'bank_wrapped'],
    ['replayed', 'bank_replayed'],
    ['mixed-up', 'bank_mixed_up'],
    ['identity-mismatch', 'bank_identity_mismatch'],
  ],
  shield: [],
}

/** What an answer that was used already is refused with. */
const USED: Record<Kind, FailureCode[]> = { oidc: ['bank_refused', 'bank_replayed'], saml: ['bank_replayed'], shield: ['challenge_used'] }
/** What an answer to another attempt is refused with. */
const OTHERS: Record<Kind, FailureCode[]> = {
  oidc: ['bank_wrong_nonce'],
  saml: ['bank_wrong_nonce'],
  shield: ['signature_invalid', 'challenge_mismatch'],
}

export function adapterSuite(kind: Kind, open: () => Promise<AdapterStage>): void {
  describe(`a bank adapter of the kind ${kind}`, function () {
    this.timeout(60_000)
    let stage: AdapterStage
    before(async () => {
      stage = await open()
    })
    after(() => stage.close())
    afterEach(() => stage.reset())

    /** from a new attempt to what came back from the bank */
    async function walk(how: How = stage.shield()) {
      const attempt = stage.attempt(how.method === 'shield' ? 'shield' : 'bank-session')
      const { challenge, memo } = await stage.adapter.begin(attempt)
      return { attempt, challenge, memo, answer: await stage.answer(challenge, how) }
    }
    const complete = ({ attempt, answer, memo }: Awaited<ReturnType<typeof walk>>) => stage.adapter.complete(attempt, answer, memo)
    const logIn = async (how?: How) => complete(await walk(how))

    it('proves a person with a shield: company, role and certificate', async () => {
      const identity = await logIn()
      expect(identity.bank).to.equal(stage.data.id)
      expect(identity.subject).to.be.a('string').with.length.greaterThan(0)
      expect(identity.seats).to.have.length(1)
      expect(isUscc(identity.seats[0]?.uscc ?? '')).to.equal(true)
      expect(identity.seats[0]?.uscc).to.equal(stage.holder().company.uscc)
      expect(identity.seats[0]?.name).to.equal(stage.holder().company.name)
      expect(identity.seats[0]?.role).to.equal(stage.holder().role)
      expect(identity.person.name).to.equal(stage.holder().person.name)
      expect(identity.assurance).to.equal('shield')
      expect(identity.certificate?.serial).to.equal(stage.holder().serial)
      expect(identity.methods).to.include('hwk')
    })

    it('says the same subject at every login, and after the shield was renewed', async () => {
      const first = await logIn()
      const renewed = await stage.renewed()
      const second = await logIn({ method: 'shield', shield: renewed })
      expect(second.subject).to.equal(first.subject)
      expect(second.certificate?.serial).not.to.equal(first.certificate?.serial)
    })

    it('keeps no state of its own: the memo is text, and another process can take the answer', async () => {
      const walked = await walk()
      expect(Object.values(walked.memo).every(value => typeof value === 'string')).to.equal(true)
      const elsewhere = stage.another()
      expect((await elsewhere.complete(walked.attempt, walked.answer, JSON.parse(JSON.stringify(walked.memo)))).bank).to.equal(stage.data.id)
    })

    it('takes an answer once', async () => {
      const walked = await walk()
      await complete(walked)
      expect(USED[kind]).to.include(await laterFailure(complete(walked)))
    })

    it('refuses an answer to another attempt', async () => {
      const [mine, other] = [await walk(), await walk()]
      expect(OTHERS[kind]).to.include(await laterFailure(stage.adapter.complete(mine.attempt, other.answer, mine.memo)))
    })

    it('refuses an answer of another kind than it asked for', async () => {
      const { attempt, memo, answer } = await walk()
      const wrong: Answer = answer.kind === 'query' ? { kind: 'form', fields: {} } : { kind: 'query', url: '/?code=x' }
      expect(await laterFailure(stage.adapter.complete(attempt, wrong, memo))).to.equal('bad_request')
    })

    it('refuses a shield that was revoked since the bank let the person in', async () => {
      const walked = await walk({ method: 'shield', shield: await stage.extra() })
      stage.revokeExtra()
      expect(await laterFailure(complete(walked))).to.equal('certificate_revoked')
    })

    it('refuses a shield whose certificate has expired', async () => {
      const walked = await walk()
      stage.certificateClock.advance(days(4000))
      expect(await laterFailure(complete(walked))).to.equal('certificate_expired')
    })

    it('refuses a shield of another CA', async () => {
      const walked = await walk()
      await stage.trustOnly('another bank')
      expect(await laterFailure(complete(walked))).to.equal('certificate_untrusted')
    })

    it('refuses when nobody can say whether the certificate was revoked', async () => {
      const walked = await walk()
      stage.silenceRevocation()
      expect(await laterFailure(complete(walked))).to.equal('revocation_unknown')
    })

    for (const [evil, code] of EVILS[kind]) {
      it(`refuses an evil bank: ${evil}, as ${code}`, async () => {
        // something to replay
        await logIn()
        stage.setEvil(evil)
        expect(await laterFailure(logIn())).to.equal(code)
      })
    }

    if (kind === 'shield') {
      it('shows all that it signs in words, and asks for nothing else', async () => {
        const { challenge } = await stage.adapter.begin(stage.attempt('shield'))
        expect(textOf(challenge)).to.include(stage.attempt('shield').binding.relyingPartyName)
      })
      it('refuses a signature over another text', async () => {
        const walked = await walk()
        const answer = await stage.answer(
          { kind: 'sign', text: `${textOf(walked.challenge)}!`, agentUrl: '', issuers: [], expiresAt: '' },
          stage.shield(),
        )
        expect(await laterFailure(complete({ ...walked, answer }))).to.equal('signature_invalid')
      })
    } else {
      it('lets a person in without a shield, at the weaker level and with every company', async () => {
        const identity = await logIn(stage.password())
        expect(identity.assurance).to.equal('bank-session')
        expect(identity.certificate).to.equal(undefined)
        expect(identity.person.idDigest).to.match(/^[0-9a-f]{64}$/)
        expect(identity.seats.map(({ uscc }) => uscc)).to.have.members(stage.companiesOf(stage.password()))
        expect(identity.bankSession).to.be.a('string')
      })
      it('tells of a person who cancelled at the bank', async () => {
        expect(await laterFailure(logIn({ method: 'cancel' }))).to.equal('bank_cancelled')
      })
      it('hears of a logout at the bank, and sends the browser there for ours', async () => {
        const identity = await logIn(stage.password())
        const told = await stage.logoutAtBank()
        expect(told).to.have.length.greaterThan(0)
        const heard: LoggedOut[] = []
        const read = async (message: Record<string, string>, end = async (who: LoggedOut) => void heard.push(who)) =>
          await stage.adapter.readLogout?.(message, end)
        // one whose end failed counts for nothing, and comes again
        for (const message of told) {
          const away = async () => {
            throw new BrokerError('database_unavailable', 'the test says so')
          }
          expect(await laterFailure(read(message, away))).to.equal('database_unavailable')
        }
        for (const message of told) await read(message)
        expect(heard.some(each => each.bankSession === identity.bankSession || each.subject === identity.subject)).to.equal(true)
        const ended = heard.length
        for (const message of told) expect(await laterFailure(read(message))).to.equal('bank_replayed')
        expect(heard).to.have.length(ended)
        const url = await stage.adapter.logoutUrl?.({
          subject: identity.subject,
          bankSession: identity.bankSession,
          returnTo: `${stage.brokerUrl}/bye`,
        })
        expect(new URL(url ?? '').origin).to.equal(stage.bankUrl)
      })
      it('refuses a logout message that somebody else signed', async () => {
        await logIn(stage.password())
        const [message] = await stage.logoutAtBank()
        expect(await laterFailure(stage.adapter.readLogout?.(stage.tampered(message ?? {}), async () => undefined) ?? Promise.resolve())).to.be.oneOf(
          ['bank_wrong_key', 'bank_unsigned'],
        )
      })
    }
  })
}

function textOf(challenge: Challenge): string {
  if (challenge.kind !== 'sign') throw new Error('not a challenge to sign')
  return challenge.text
}
