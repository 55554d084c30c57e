import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { oneLine } from '../kernel/one-line.ts'
import type { ClientStore } from '../storage/stores-parties.ts'
import type { RecognitionChallenge, RecognitionChallengeStore } from '../storage/stores-recognition.ts'
import type { ChallengeAnswer, ChallengeIssued } from './answers.ts'
import type { Judge, Judged } from './judge.ts'
import { LIMITS } from './limits.ts'
import type { ChallengeQuestion, ChallengeResponse, Purpose } from './schemas.ts'
import type { Teller } from './tell.ts'

/**
 * Challenges for centers with a login page of their own: a text in words, for one client, one purpose and, where the center names it, one certificate. It is consumed before the signature is
 * looked at, so a challenge is worth one try, and a recorded signature none.
 */
export interface Challenges {
  issue(client: string, question: ChallengeQuestion): Promise<ChallengeIssued>
  /**
   * Consumes the challenge and judges the signature over its text.
   * @throws BrokerError service_challenge_unknown (another client's among them), challenge_used, challenge_expired, challenge_mismatch for another purpose
   */
  answer(client: string, id: string, response: ChallengeResponse): Promise<Judged<ChallengeAnswer>>
}

export interface ChallengeDeps {
  challenges: RecognitionChallengeStore
  clients: Pick<ClientStore, 'find'>
  judge: Judge
  tell: Teller
  clock: Clock
  publicUrl: string
}

const purposeWords: Record<Purpose, string> = { login: '登录', bind: '绑定证书', confirm: '确认操作' }

export function createChallenges({ challenges, clients, judge, tell, clock, publicUrl }: ChallengeDeps): Challenges {
  async function open(client: string, id: string, purpose: Purpose): Promise<RecognitionChallenge> {
    const found = await challenges.find(id)
    // another center's challenge is answered like none, so that nobody can find out which exist
    if (found === undefined || found.challenge.client !== client)
      throw new BrokerError('service_challenge_unknown', 'no challenge of this client has this id')
    const { challenge, used } = found
    if (used) throw new BrokerError('challenge_used', 'the challenge was answered before')
    const now = clock.now()
    if (now >= new Date(challenge.expiresAt)) {
      throw new BrokerError('challenge_expired', 'the answer came too late', {
        received: now.toISOString(),
        expected: `before ${challenge.expiresAt}`,
      })
    }
    if (challenge.purpose !== purpose) {
      throw new BrokerError('challenge_mismatch', 'the challenge was made for another purpose', { received: purpose, expected: challenge.purpose })
    }
    return challenge
  }

  return {
    async issue(client, { purpose, statement, thumbprint }) {
      const center = await clients.find(client)
      const issued = clock.now()
      const id = newId()
      const createdAt = issued.toISOString()
      const expiresAt = new Date(issued.getTime() + LIMITS.challenge).toISOString()
      const text = [
        '共享盾签名确认',
        `用途:${purposeWords[purpose]}`,
        `中心:${oneLine(center?.name ?? client)}(${oneLine(client)})`,
        ...(statement === undefined ? [] : [`事项:${statement}`]),
        `平台:${publicUrl}`,
        ...(thumbprint === undefined ? [] : [`证书:${thumbprint}`]),
        `时间:${createdAt}`,
        `有效至:${expiresAt}`,
        `编号:${id}`,
      ].join('\n')
      const bound = thumbprint === undefined ? {} : { thumbprint }
      await challenges.insert({ id, client, purpose, ...bound, text, createdAt, expiresAt })
      return { id, purpose, text, ...bound, expires_at: expiresAt }
    },

    async answer(client, id, response) {
      const challenge = await open(client, id, response.purpose)
      if (!(await challenges.consume(id, client))) throw new BrokerError('challenge_used', 'somebody else answered it in this moment')
      const { purpose: _, ...signature } = response
      const judged = await judge.signature({ ...signature, data: Buffer.from(challenge.text, 'utf8').toString('base64'), use: 'login' })
      return { ...judged, answer: { challenge: id, purpose: response.purpose, ...bind(judged.answer, challenge, tell) } }
    },
  }
}

/** One person signs, and where the center named a certificate, with that one. */
function bind(
  answer: Judged<Omit<ChallengeAnswer, 'challenge' | 'purpose'>>['answer'],
  { thumbprint }: RecognitionChallenge,
  tell: Teller,
): typeof answer {
  if (!answer.valid) return answer
  const [signer, another] = answer.signers
  const facts =
    another !== undefined
      ? 'several signers of one challenge'
      : thumbprint !== undefined && signer?.certificate?.certificate?.thumbprint !== thumbprint
        ? 'signed with another certificate than the challenge names'
        : undefined
  if (facts === undefined) return answer
  return { ...answer, valid: false, code: 'challenge_mismatch', reasons: [tell.reason({ code: 'challenge_mismatch', facts })] }
}
