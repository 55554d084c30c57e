/**
 * Owns what waits for a person's yes: the words, the shield, the page that asks. The PIN goes from the agent's own window to the shield and nowhere else.
 * Each waiting request has an address nobody can guess; it ends signed, declined, locked or timed out, once.
 */
import { timingSafeEqual } from 'node:crypto'
import { asBrokerError, BrokerError } from '../../server/kernel/errors.ts'
import { newId, newSecret } from '../../server/kernel/ids.ts'
import type { Shield, ShieldDriver, ShieldSession } from './driver.ts'

export interface Confirmation {
  id: string
  key: string
  /** of the page that asks */
  origin: string
  purpose: 'sign' | 'decrypt'
  words: string
  shield: Shield
}

/** What the window shows after the person pressed a button. */
export type Step =
  | { kind: 'ask'; confirmation: Confirmation; triesLeft: number; wrongPin: boolean }
  | { kind: 'done' }
  | { kind: 'declined' }
  | { kind: 'locked' }
  | { kind: 'gone' }

interface Waiting {
  confirmation: Confirmation
  settle(outcome: { session: ShieldSession } | { error: BrokerError }): void
}

export function createConfirmations({ driver, seconds }: { driver: ShieldDriver; seconds: number }) {
  const waiting = new Map<string, Waiting>()

  /** Registers a request; `session` resolves when the person agreed and the PIN was right. */
  function ask(input: Omit<Confirmation, 'id' | 'key'>): { confirmation: Confirmation; session: Promise<ShieldSession> } {
    const confirmation: Confirmation = { ...input, id: newId(), key: newSecret() }
    const session = new Promise<ShieldSession>((resolve, reject) => {
      const timer = setTimeout(() => decline(confirmation.id, 'nobody confirmed in time'), seconds * 1000)
      waiting.set(confirmation.id, {
        confirmation,
        settle(outcome) {
          clearTimeout(timer)
          waiting.delete(confirmation.id)
          if ('session' in outcome) resolve(outcome.session)
          else reject(outcome.error)
        },
      })
    })
    return { confirmation, session }
  }

  function find(id: string, key: string): Waiting | undefined {
    const found = waiting.get(id)
    const [given, real] = [Buffer.from(key), Buffer.from(found?.confirmation.key ?? '')]
    return found !== undefined && given.length === real.length && timingSafeEqual(given, real) ? found : undefined
  }

  function decline(id: string, facts: string): void {
    waiting.get(id)?.settle({ error: new BrokerError('shield_sign_declined', facts) })
  }

  async function show(id: string, key: string): Promise<Step> {
    const found = find(id, key)
    if (found === undefined) return { kind: 'gone' }
    const now = (await driver.list()).find(shield => shield.id === found.confirmation.shield.id)
    if (now === undefined) {
      found.settle({ error: new BrokerError('shield_absent', 'the shield was removed while its PIN was asked') })
      return { kind: 'gone' }
    }
    if (now.triesLeft === 0) {
      found.settle({ error: new BrokerError('shield_locked', 'no tries left') })
      return { kind: 'locked' }
    }
    return { kind: 'ask', confirmation: found.confirmation, triesLeft: now.triesLeft, wrongPin: false }
  }

  async function answer(id: string, key: string, given: { agree: boolean; pin: string }): Promise<Step> {
    const found = find(id, key)
    if (found === undefined) return { kind: 'gone' }
    if (!given.agree) {
      decline(id, 'the person declined')
      return { kind: 'declined' }
    }
    try {
      const opened = await driver.open(found.confirmation.shield.id, given.pin)
      if (opened.outcome === 'open') {
        found.settle({ session: opened.session })
        return { kind: 'done' }
      }
    } catch (thrown) {
      found.settle({ error: asBrokerError(thrown) })
      return { kind: 'gone' }
    }
    const step = await show(id, key)
    return step.kind === 'ask' ? { ...step, wrongPin: true } : step
  }

  function close(): void {
    for (const id of waiting.keys()) decline(id, 'the agent stops')
  }

  return { ask, show, answer, decline, close }
}

export type Confirmations = ReturnType<typeof createConfirmations>
