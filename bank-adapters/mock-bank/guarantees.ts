/**
 * Owns the bank's desk of guarantees: prices an application, issues a signed document once its offer was accepted, answers amendments and claims. All it knows of what a guarantee is for is the platform's code. How it
 * behaves can be switched: slow, refusing, or wrong in one of the ways that the platform has to notice.
 */
import { z } from 'zod'
import { days } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { MessageHead } from '../channel/head.ts'
import type { Bank } from './bank.ts'
import { createLine } from './channel-line.ts'
import { type Paper, type Spoilt, writeDocument } from './guarantee-document.ts'

/** `slow`: says nothing until it is told to behave otherwise. `refusing`: no to everything. `asking`: extend or pay, where it may ask */
type GuaranteeManner = 'prompt' | 'slow' | 'refusing' | 'wrong-amount' | 'short-period' | 'asking' | Spoilt

export interface GuaranteeDesk {
  /** A message of the platform that is on disk; what is no guarantee's is passed over. */
  took(head: MessageHead, body: string): void
  /** From now on; what a slow bank held back is said. */
  behave(manner: GuaranteeManner): void
  /** what the platform answered, in the order of the bank's messages */
  answers(): readonly { type: string; status: number; body: string }[]
  /** when nothing is left to be said */
  settled(): Promise<void>
}

const applied = z.object({
  way: z.string(),
  fen: z.number(),
  validUntil: z.string(),
  textVersion: z.string(),
  text: z.string(),
  verification: z.string(),
})
const asked = z.object({ amendment: z.string(), fen: z.number(), validUntil: z.string() })
const claimed = z.object({ claim: z.string(), fen: z.number(), extendTo: z.string().optional() })
const answered = z.object({ claim: z.string(), choice: z.enum(['extend', 'pay']) })
const coded = z.object({ code: z.string() })

interface File {
  paper: Paper
  /** by claim: what was demanded */
  claims: Map<string, z.infer<typeof claimed>>
}

/** in fen: two thousandths, at least 100 yuan */
const priceOf = (fen: number): number => Math.max(10_000, Math.ceil(fen / 500))

export function createGuaranteeDesk(bank: Bank): GuaranteeDesk {
  const { clock, log, profile } = bank
  const line = createLine(bank)
  const files = new Map<string, File>()
  const answers: { type: string; status: number; body: string }[] = []
  let manner: GuaranteeManner = 'prompt'
  let held: (() => Promise<void>)[] = []
  let work: Promise<void> = Promise.resolve()

  const say = async (type: string, code: string, more: object) => {
    const serial = `${profile.id.toUpperCase()}-${newId()}`
    const part = { serial, at: clock.now().toISOString(), ...more }
    answers.push({ type, ...(await line.send({ type, code, key: serial, part })) })
  }
  const documented = async (paper: Paper) =>
    writeDocument(paper, await line.sign(), clock.now(), manner === 'forged' || manner === 'altered' || manner === 'other-text' ? manner : undefined)

  async function onMessage(type: string, code: string, part: unknown): Promise<void> {
    if (type === 'guarantee.applied') return await offer(code, applied.parse(part))
    const file = files.get(code)
    if (file === undefined) return
    switch (type) {
      case 'guarantee.accepted':
        return await issue(code, file)
      case 'guarantee.amendment-asked':
        return await amend(code, file, asked.parse(part))
      case 'guarantee.claimed':
        return await claim(code, file, claimed.parse(part))
      case 'guarantee.extend-or-pay-answered':
        return await choose(code, file, answered.parse(part))
      default:
        // withdrawn, released, expired: the file stays, and nothing is to be said
        return
    }
  }

  async function offer(code: string, { way, fen, validUntil, textVersion, text, verification }: z.infer<typeof applied>): Promise<void> {
    if (manner === 'refusing') return await say('guarantee.refused', code, { reason: '授信额度不足' })
    const number = `${profile.id.toUpperCase()}-BH-${newId().slice(0, 12)}`
    const paper = { way, number, code, verification, fen, validFrom: clock.now().toISOString(), validUntil, textVersion, text }
    files.set(code, { paper, claims: new Map() })
    const until = new Date(clock.now().getTime() + days(3)).toISOString()
    await say('guarantee.offered', code, { priceFen: priceOf(fen), terms: '见索即付；保费一次付清，出具后不退。', until })
  }

  async function issue(code: string, file: File): Promise<void> {
    const { paper } = file
    if (manner === 'wrong-amount') file.paper = { ...paper, fen: paper.fen - 1 }
    if (manner === 'short-period') file.paper = { ...paper, validUntil: new Date(Date.parse(paper.validUntil) - 1).toISOString() }
    await say('guarantee.premium-paid', code, { payment: `P-${newId().slice(0, 12)}`, fen: priceOf(paper.fen) })
    await say('guarantee.issued', code, await documented(file.paper))
  }

  async function amend(code: string, file: File, { amendment, fen, validUntil }: z.infer<typeof asked>): Promise<void> {
    if (manner === 'refusing') return await say('guarantee.amendment-answered', code, { amendment, answer: 'refused', reason: '不再承保' })
    file.paper = { ...file.paper, fen, validUntil }
    await say('guarantee.amendment-answered', code, { amendment, answer: 'amended', ...(await documented(file.paper)) })
  }

  async function claim(code: string, file: File, made: z.infer<typeof claimed>): Promise<void> {
    file.claims.set(made.claim, made)
    if (manner === 'refusing') return await say('guarantee.claim-refused', code, { claim: made.claim, reason: '索赔单据与保函不符' })
    if (manner === 'asking' && made.extendTo !== undefined) return await say('guarantee.extend-or-pay', code, { claim: made.claim })
    await pay(code, made)
  }

  async function choose(code: string, file: File, { claim: id, choice }: z.infer<typeof answered>): Promise<void> {
    const made = file.claims.get(id)
    if (made === undefined) return
    if (choice === 'pay' || made.extendTo === undefined) return await pay(code, made)
    file.paper = { ...file.paper, validUntil: made.extendTo }
    await say('guarantee.amendment-answered', code, { amendment: id, answer: 'amended', ...(await documented(file.paper)) })
  }

  const pay = (code: string, { claim: id, fen }: z.infer<typeof claimed>) =>
    say('guarantee.claim-paid', code, { claim: id, payment: `C-${newId().slice(0, 12)}`, fen })

  function run(task: () => Promise<void>): void {
    work = work.then(async () => {
      try {
        await task()
      } catch (thrown) {
        log.warn({ err: thrown, bank: profile.id }, 'mock bank: a guarantee could not be dealt with')
      }
    })
  }

  return {
    took(head, body) {
      if (!head.type.startsWith('guarantee.')) return
      const task = async () => await onMessage(head.type, coded.parse(JSON.parse(body)).code, await line.open(head, body))
      if (manner === 'slow') held.push(task)
      else run(task)
    },
    behave(next) {
      manner = next
      if (manner === 'slow') return
      for (const task of held) run(task)
      held = []
    },
    answers: () => answers,
    async settled() {
      // what is done may bring more to do
      let seen: Promise<void> | undefined
      while (seen !== work) {
        seen = work
        await seen
      }
    },
  }
}
