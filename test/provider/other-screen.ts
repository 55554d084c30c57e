import type { Authority, Decision } from '../../server/kernel/authority.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { BackChannel, BackChannelAnswer, BackChannelQuestion } from '../../server/provider/back-channel.ts'

/** The person at the other screen, and what the one decision says of them, as a test wants both. */
export function otherScreen() {
  const questions: BackChannelQuestion[] = []
  const answers = new Map<string, BackChannelAnswer>()
  const handlers: ((subject: string) => Promise<void>)[] = []
  const decision: { now: Decision } = { now: { kind: 'allow', power: { kind: 'bank-named' } } }
  const uses: { membership: string; center: string; reference: string; once?: string }[] = []

  const port: BackChannel = {
    open: async question => void questions.push(question),
    waiting: async (membershipId, center, limit) =>
      questions.filter(each => each.membershipId === membershipId && each.center.id === center && !answers.has(each.subject)).slice(0, limit).length,
    onAnswered: handler => void handlers.push(handler),
    async take(subject, act) {
      const answer = answers.get(subject)
      if (answer === undefined || taken.has(subject)) return false
      taken.add(subject)
      await act(answer).catch((thrown: unknown) => {
        taken.delete(subject)
        throw thrown
      })
      return true
    },
  }
  const taken = new Set<string>()

  const authority: Pick<Authority, 'decide' | 'use'> = {
    decide: async () => decision.now,
    async use(actor, request, { reference, once }) {
      if (decision.now.kind === 'deny') throw new BrokerError(decision.now.code, decision.now.facts)
      const again = once !== undefined && uses.some(use => use.once === once)
      if (!again) uses.push({ membership: actor.membershipId, center: request.center, reference, ...(once === undefined ? {} : { once }) })
      return { power: { kind: 'bank-named' }, entry: uses.length, ...(again ? { again } : {}) }
    },
  }

  const approved: BackChannelAnswer = {
    kind: 'approved',
    bank: 'ccb',
    bankSubject: 'person-1',
    certificate: {
      issuer: 'CN=CCB Issuing CA',
      subject: 'CN=x',
      serial: '0a1b',
      notBefore: '2026-01-01T00:00:00.000Z',
      notAfter: '2028-01-01T00:00:00.000Z',
      thumbprint: 'cd'.repeat(32),
      algorithm: 'SM2',
    },
  }

  return {
    port,
    authority,
    questions,
    uses,
    decision,
    approved,
    /** `heard: false`: whoever took the answer died before acting on it */
    async answer(given: BackChannelAnswer, { heard = true } = {}): Promise<void> {
      const { subject } = questions.at(-1) ?? { subject: '' }
      answers.set(subject, given)
      if (heard) for (const handler of handlers) await handler(subject)
    },
    forget() {
      questions.length = 0
      uses.length = 0
      decision.now = { kind: 'allow', power: { kind: 'bank-named' } }
    },
  }
}
