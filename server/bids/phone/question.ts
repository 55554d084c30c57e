import type { AppRequest } from '../../kernel/app-request.ts'
import { type Clock, minutes, secondsUntil } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { readUscc, type Uscc } from '../../kernel/uscc.ts'
import type { Ask, AskStatus, PhoneAsks } from '../../storage/stores-authorization.ts'
import type { Opening } from '../../storage/stores-bids.ts'
import type { Words } from '../../web/words.ts'
import { openingWords } from '../opening-words.ts'
import type { BidVisit } from '../pages/ports.ts'

/**
 * What the bank's app on the phone is asked about a bid: to hand out the certificate that the bid is encrypted to (certificate.ts), to show that it still has the key (key-test.ts), to decrypt at the opening (decrypt.ts).
 * This folder owns the questions and what their answers are worth; the code, the number, one phone and one answer are authorization's. This file owns what the questions share: whose one is, its words, how long it stands.
 */
export type BidQuestion = 'bid-decrypt' | 'bid-certificate' | 'bid-key-test'

export interface PhoneAnswers {
  fetches: { request(ask: Ask): Promise<AppRequest> }
  back(ask: Ask): string
  prove(
    ask: Ask,
    given: { cms?: string | undefined; plain?: string | undefined; encryption?: string | undefined; found?: string | undefined },
  ): Promise<{ by: string[]; answer?: Record<string, string>; apply?(): Promise<void> }>
}

/** One of the questions, for the page that asks and the phone that answers. */
export interface PhoneQuestion {
  /** @param from where the page is. @throws BrokerError what each says */
  ask(visit: BidVisit, opening: Opening, from: string): Promise<Ask>
  /** @throws BrokerError ask_unknown */
  of(visit: BidVisit, opening: Opening, id: string): Promise<AskStatus>
  answers: PhoneAnswers
}

export interface QuestionDeps {
  asks: PhoneAsks<BidQuestion>
  centerName(id: string): Promise<string>
  clock: Clock
  publicUrl: string
}

/**
 * Whose app signed: the very person's who was asked.
 * @param own of this company, where its certificate names one
 * @throws BrokerError mandate_wrong_shield, challenge_mismatch, signature_invalid, certificate_*
 */
export type SignedBy = (membershipId: string, signed: { text: string; cms: string }, own?: boolean) => Promise<unknown>

export interface AskedPhone {
  /** where the page is that asks */
  from: string
  /** the first line of what is signed, and what the phone's own page calls it */
  what: Words
  /** what else is signed, between the company and the time */
  lines: readonly string[]
}

export type Questions = ReturnType<typeof createQuestions>

const ASKED_FOR = minutes(10)

export function createQuestions({ asks, centerName, clock, publicUrl }: QuestionDeps) {
  return {
    async open(kind: BidQuestion, { bidder, actor, who }: BidVisit, opening: Opening, { from, what, lines }: AskedPhone): Promise<Ask> {
      const center = { id: opening.center, name: await centerName(opening.center) }
      return await asks.open({
        ...{ kind, center, from, membershipId: actor.membershipId, subject: `${opening.id} ${bidder.uscc}`, trace: who.trace },
        rows: [
          { name: { zh: '办什么', en: 'What for' }, value: `${what.zh} ${what.en}` },
          { name: { zh: '项目', en: 'Project' }, value: opening.title },
          { name: { zh: '企业', en: 'Company' }, value: bidder.name },
        ],
        text: openingWords(what.zh, { opening, center: center.name, bidder, lines, at: clock.now().toISOString() }),
        expiresAt: new Date(clock.now().getTime() + ASKED_FOR).toISOString(),
      })
    },
    /** One of this person's for this opening. @throws BrokerError ask_unknown */
    async of(kind: BidQuestion, { bidder, actor }: BidVisit, opening: Opening, id: string): Promise<AskStatus> {
      const found = await asks.status(id)
      const { ask } = found
      if (ask.kind !== kind || ask.subject !== `${opening.id} ${bidder.uscc}` || ask.membershipId !== actor.membershipId)
        throw new BrokerError('ask_unknown', 'no such ask of this person for this opening')
      return found
    },
    /** as its page shows it: where the code leads the phone, and seconds until it expires */
    shown: ({ id, expiresAt }: Ask): { address: string; seconds: number } => ({
      address: `${publicUrl}/phone/${id}`,
      seconds: secondsUntil(expiresAt, clock),
    }),
    /** uses the answer, once */
    settle: (id: string): Promise<Ask> => asks.settle(id),
  }
}

/** What a question is about. */
export function subjectOf({ subject }: Pick<Ask, 'subject'>): { openingId: string; uscc: Uscc } {
  const [openingId = '', uscc = ''] = subject.split(' ')
  return { openingId, uscc: readUscc(uscc) }
}
