import { OWN_PAGES } from '../../kernel/authority.ts'
import { minutes } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { Ask, AskStatus } from '../../storage/stores-authorization.ts'
import type { PhoneAnswers, SealAsks } from '../phone.ts'
import type { SealLife } from './life.ts'
import type { Person } from './room.ts'

/** Showing the certificate of a bank's app, so that seals can be made for it, as a shield's is shown (life.ts). Owns what the phone is asked for that; nothing else follows from it. */
export interface ShowingPhone {
  /** @param from where the page is, for the phone to show */
  ask(by: Person, from: string): Promise<Ask>
  /** one of this person's. @throws BrokerError ask_unknown */
  of(by: Person, id: string): Promise<AskStatus>
  answers: PhoneAnswers
}

const ASKED_FOR = minutes(10)

export function createShowingPhone({
  asks,
  life,
  now,
  path,
}: {
  asks: SealAsks
  life: SealLife
  now(): Date
  path(id: string): string
}): ShowingPhone {
  return {
    async ask(by, from) {
      return await asks.open({
        kind: 'seal-shield',
        center: { id: OWN_PAGES, name: '企业工作台' },
        from,
        membershipId: by.membershipId,
        rows: [{ name: { zh: '办什么', en: 'What for' }, value: '登记这部手机，用于制章 Show this phone for seals' }],
        text: await life.presenting(by),
        subject: by.membershipId,
        expiresAt: new Date(now().getTime() + ASKED_FOR).toISOString(),
        trace: by.trace,
      })
    },
    async of(by, id) {
      const found = await asks.status(id)
      if (found.ask.kind !== 'seal-shield' || found.ask.subject !== by.membershipId)
        throw new BrokerError('ask_unknown', 'no such ask of this person')
      return found
    },
    answers: {
      back: ({ id }) => path(id),
      // whose signature it is, and over which words, is asked where it is kept
      prove: async ({ text = '', subject, trace }, { cms = '' }) => ({
        by: [subject],
        apply: async () => void (await life.present({ membershipId: subject, trace }, { text, cms }, true)),
      }),
    },
  }
}
