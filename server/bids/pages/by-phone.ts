import type { AppRequest } from '../../kernel/app-request.ts'
import { type Clock, minutes, secondsUntil } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { oneLine } from '../../kernel/one-line.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import { readUscc } from '../../kernel/uscc.ts'
import type { Ask, AskStatus, PhoneAsks } from '../../storage/stores-authorization.ts'
import type { Bid, Opening } from '../../storage/stores-bids.ts'
import { secondOf } from '../../web/beijing.ts'
import { inspect } from '../envelope/open.ts'
import { holderOfAnswers, type KeyHolder, KIND, unwrapPart } from '../envelope/part.ts'
import type { Openings } from '../opening/openings.ts'
import { forShield } from '../parts.ts'
import type { BidPagesDeps, BidVisit } from './ports.ts'
import { bidPath } from './words.ts'

/**
 * Decrypting a bid at its opening with the bank's app on the phone. Owns what the app is asked, which it is not before the bids are open, and what its answer is worth. What it decrypted is kept sealed until the page
 * that asked takes it, in its own session, as it takes a shield's.
 */
export interface DecryptByPhone {
  /** as its page shows it: where the code leads the phone, and seconds until it expires */
  shown(ask: Ask): { address: string; seconds: number }
  /** @param from where the page is. @throws BrokerError bid_before_opening, bid_unknown */
  ask(visit: BidVisit, opening: Opening, from: string): Promise<Ask>
  /** One of this person's for this opening. @throws BrokerError ask_unknown */
  of(visit: BidVisit, opening: Opening, id: string): Promise<AskStatus>
  /** The key, for one caller. @throws BrokerError ask_* where there is none to take */
  take(visit: BidVisit, opening: Opening, id: string): Promise<KeyHolder>
  answers: {
    fetches: { request(ask: Ask): Promise<AppRequest> }
    back(ask: Ask): string
    prove(ask: Ask, given: { cms?: string | undefined; plain?: string | undefined }): Promise<{ by: string[]; answer: Record<string, string> }>
  }
}

/** What the composition root joins: authorization's asks, whose app signed, and how a secret is kept. */
export interface DecryptByPhoneDeps {
  asks: PhoneAsks<'bid-decrypt'>
  /** @throws BrokerError mandate_wrong_shield, challenge_mismatch, signature_invalid, certificate_* */
  signedBy(membershipId: string, signed: { text: string; cms: string }): Promise<string>
  sealing: Pick<Sealing, 'seal' | 'open'>
  openings: Pick<Openings, 'demandOpen' | 'ownBid'>
  store: Pick<BidPagesDeps['store'], 'opening'>
  envelopes: BidPagesDeps['shelf']['envelopes']
  centerName: BidPagesDeps['centerName']
  clock: Clock
  publicUrl: string
}

const ASKED_FOR = minutes(10)
const KEY = 'bid key from a phone'

export function createDecryptByPhone(deps: DecryptByPhoneDeps): DecryptByPhone {
  const { asks, openings, clock, sealing } = deps

  /** @throws BrokerError bid_before_opening: before it is open the app would hand us the key of the bid */
  async function bidOf({ subject }: Ask): Promise<Bid> {
    const [id = '', uscc = ''] = subject.split(' ')
    await openings.demandOpen(id)
    return await openings.ownBid(id, readUscc(uscc))
  }
  const subjectOf = (visit: BidVisit, opening: Opening): string => `${opening.id} ${visit.bidder.uscc}`

  async function of(visit: BidVisit, opening: Opening, id: string) {
    const found = await asks.status(id)
    const { kind, subject, membershipId } = found.ask
    if (kind !== 'bid-decrypt' || subject !== subjectOf(visit, opening) || membershipId !== visit.actor.membershipId)
      throw new BrokerError('ask_unknown', 'no such ask of this person for this opening')
    return found
  }

  return {
    of,
    shown: ({ id, expiresAt }) => ({
      address: `${deps.publicUrl}/phone/${id}`,
      seconds: secondsUntil(expiresAt, clock),
    }),
    async ask(visit, opening, from) {
      await openings.demandOpen(opening.id)
      const bid = await openings.ownBid(opening.id, visit.bidder.uscc)
      const center = { id: opening.center, name: await deps.centerName(opening.center) }
      const at = clock.now().toISOString()
      const project = opening.section === undefined ? opening.project : `${opening.project} / ${opening.section}`
      return await asks.open({
        kind: 'bid-decrypt',
        center,
        from,
        membershipId: visit.actor.membershipId,
        rows: [
          { name: { zh: '办什么', en: 'What for' }, value: '解密投标文件 Decrypt a bid' },
          { name: { zh: '项目', en: 'Project' }, value: opening.title },
          { name: { zh: '企业', en: 'Company' }, value: visit.bidder.name },
        ],
        text: [
          '解密投标文件',
          `交易中心:${oneLine(center.name)}`,
          `项目:${oneLine(opening.title)}(${oneLine(project)})`,
          `开标时间:${secondOf(opening.opensAt)}`,
          `企业:${oneLine(visit.bidder.name)}(${visit.bidder.uscc})`,
          `标书信封SM3:${bid.file.sm3}`,
          `时间:${at}`,
        ].join('\n'),
        subject: subjectOf(visit, opening),
        expiresAt: new Date(clock.now().getTime() + ASKED_FOR).toISOString(),
        trace: visit.who.trace,
      })
    },
    async take(visit, opening, id) {
      const { ask, state } = await of(visit, opening, id)
      if (state === 'approved') await openings.demandOpen(opening.id)
      const { answer = {} } = await asks.settle(ask.id)
      return holderOfAnswers(new Map([[answer['part'] ?? '', Buffer.from(sealing.open(answer['plain'] ?? '', KEY), 'base64')]]))
    },
    answers: {
      back: ({ id, subject }) => bidPath(subject.split(' ')[0] ?? '', `phone/${id}`),
      fetches: {
        async request(ask) {
          const { header } = await inspect(deps.envelopes.open((await bidOf(ask)).envelope))
          return {
            kind: 'decrypt',
            text: ask.text ?? '',
            parts: header.keys.map(key => {
              const { value, padding } = forShield(key)
              return { value, ...(padding === undefined ? {} : { padding }) }
            }),
          }
        },
      },
      async prove(ask, { cms = '', plain = '' }) {
        const { membershipId = '' } = ask
        await deps.signedBy(membershipId, { text: ask.text ?? '', cms })
        const { header, binding } = await inspect(deps.envelopes.open((await bidOf(ask)).envelope))
        const octets = Buffer.from(plain, 'base64')
        // which part it was of is not said: what it holds says that it is this envelope's key
        const [part] = header.keys
        const holds = part && (await unwrapPart(part, { open: async () => octets }, { kind: KIND.bidKey, place: 0 }, binding))
        if (part === undefined || holds === undefined) throw new BrokerError('bid_not_for_this_key', 'the app decrypted nothing')
        return { by: [membershipId], answer: { part: part.value, plain: sealing.seal(plain, KEY) } }
      },
    },
  }
}
