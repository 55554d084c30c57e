import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import { seeOther, sendPage } from '../http/answers.ts'
import { adoptTrace } from '../http/context.ts'
import { formBody, readForm } from '../http/forms.ts'
import { allowOnPage } from '../http/headers.ts'
import { type Clock, secondsUntil } from '../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import type { BankIdentity, CertificateFacts } from '../kernel/identity.ts'
import { newId } from '../kernel/ids.ts'
import type { Stores } from '../storage/stores.ts'
import type { Ask, AskStatus } from '../storage/stores-authorization.ts'
import type { Membership } from '../storage/stores-parties.ts'
import type { AskQuestion, Asks } from './asks.ts'
import { answeredPage, backChannelPage } from './pages/back-channel.ts'
import type { Signatures } from './ports.ts'

/**
 * The person's side of a login that a center began by itself (CIBA): the ask in the inbox, the page that shows it, the signature that answers it. Owns that only the person asked can say yes, with a shield of
 * theirs over exactly the words of this ask. Does not own what a yes opens: that is the provider's, which acts on the answer once.
 */
export interface BackChannelDesk {
  open(question: Omit<AskQuestion, 'kind' | 'request'>): Promise<void>
  waiting(membershipId: string, center: string, limit: number): Promise<number>
  onAnswered(handler: (subject: string) => Promise<void>): void
  take(subject: string, act: (answer: BackChannelAnswer) => Promise<void>): Promise<boolean>
  /**
   * Judges the signed words of such an ask, wherever they were signed, and keeps them as evidence.
   * @returns whom they prove, and what the provider needs to know of it
   * @throws BrokerError ask_wrong_person, signature_invalid, challenge_mismatch, certificate_*
   */
  prove(ask: Ask, cms: string): Promise<{ by: string[]; answer: Record<string, string> }>
  /** the pages at `/asks/{id}`, for a computer with the shield agent; mount after the same-site guard */
  router: Router
}

type BackChannelAnswer =
  | { kind: 'approved'; certificate: CertificateFacts; bank: string; bankSubject: string }
  | { kind: 'refused'; failure: FailureCode }

export interface BackChannelDeps {
  asks: Asks
  stores: Pick<Stores, 'mandates' | 'evidence' | 'parties'>
  signatures: Pick<Signatures, 'verify'>
  trail: Trail
  clock: Clock
  /** where a page finds the shield agent on the person's own machine */
  agentUrl: string
}

/** how many open asks are looked through for those of one center */
const INBOX = 50
const answerForm = z.union([
  z.looseObject({ decision: z.literal('refuse') }),
  z.looseObject({
    signature: z
      .string()
      .min(1)
      .max(48 * 1024)
      .regex(/^[A-Za-z0-9+/]*={0,2}$/),
  }),
])

export function createBackChannel({ asks, stores, signatures, trail, clock, agentUrl }: BackChannelDeps): BackChannelDesk {
  const router = Router()

  /** A shield that is new here, such as the app on a new phone, of somebody whom the bank and we know for this company: bound to them now, as at a login. What would change who they are takes a login. */
  async function holderOf(thumbprint: string, identity: BankIdentity | undefined, membership: Membership | undefined, trace: string) {
    const known = await stores.mandates.holderOf(thumbprint)
    if (known !== undefined || identity === undefined || membership === undefined) return known
    const [seat] = identity.seats
    const { id, enterprise, role } = membership
    if (seat?.uscc !== enterprise.uscc || seat.role !== role) return undefined
    if (!(await stores.parties.membershipsOf(identity.bank, identity.subject)).includes(id)) return undefined
    await stores.parties.recognise(identity, enterprise.uscc)
    await trail.append({ code: 'login.bound', trace, facts: { membership: id, bank: identity.bank } })
    return await stores.mandates.holderOf(thumbprint)
  }

  async function prove(ask: Ask, cms: string): Promise<{ by: string[]; answer: Record<string, string> }> {
    const { text = '', membershipId = '', trace } = ask
    const { certificate, uscc, identity } = await signatures.verify({ text, cms })
    const { thumbprint } = certificate
    const membership = await stores.parties.membership(membershipId)
    const holder = await holderOf(thumbprint, identity, membership, trace)
    if (membership === undefined || holder?.personId !== membership.person.id || (uscc !== undefined && uscc !== membership.enterprise.uscc))
      throw new BrokerError('ask_wrong_person', 'the shield that signed is not one of the person asked, for this company', {
        received: thumbprint.slice(0, 16),
      })
    const id = newId()
    await stores.evidence.insert({
      id,
      kind: 'ciba',
      text,
      cms,
      thumbprint,
      membershipId,
      at: clock.now().toISOString(),
      trace,
      clientId: ask.center.id,
    })
    return { by: [membershipId], answer: { evidence: id, thumbprint } }
  }

  async function enter(req: Request, res: Response): Promise<AskStatus> {
    const { id } = req.params
    const found = await asks.status(typeof id === 'string' ? id : '')
    if (found.ask.kind !== 'ciba') throw new BrokerError('ask_unknown', `an ask of kind ${found.ask.kind} is not answered here`)
    adoptTrace(res, found.ask.trace)
    return found
  }

  router.get('/asks/:id', async (req, res) => {
    const { ask, state } = await enter(req, res)
    if (state !== 'waiting' && state !== 'opened') return sendPage(res, answeredPage({ ask, state }))
    allowOnPage(res, { connect: [agentUrl] })
    sendPage(res, backChannelPage({ ask, agentUrl, secondsLeft: secondsUntil(ask.expiresAt, clock) }))
  })

  /** A no needs no proof: whoever holds the address can at most send the center away, and the person is asked again. */
  router.post('/asks/:id', formBody(64 * 1024), async (req, res) => {
    const { ask } = await enter(req, res)
    const { membershipId = '' } = ask
    const form = readForm(req, answerForm)
    if ('decision' in form) {
      await asks.answerAs(ask.id, membershipId, { decision: 'refuse' })
    } else {
      // somebody else's shield ends nothing: the right person can still answer
      const { answer } = await prove(ask, String(form.signature))
      await asks.answerAs(ask.id, membershipId, { decision: 'approve', answer })
    }
    seeOther(res, `/asks/${ask.id}`)
  })

  return {
    prove,
    router,
    async open(question) {
      await asks.open({ ...question, kind: 'ciba', request: { act: 'login', center: question.center.id } })
    },
    async waiting(membershipId, center, limit) {
      const open = await asks.inbox(membershipId, INBOX)
      return Math.min(limit, open.filter(ask => ask.kind === 'ciba' && ask.center.id === center).length)
    },
    onAnswered: handler => asks.onAnswered('ciba', ({ subject }) => handler(subject)),
    async take(subject, act) {
      const [ask] = await asks.ofSubject('ciba', subject, 1)
      if (ask?.state === 'refused') {
        await act({ kind: 'refused', failure: ask.failure ?? 'ask_refused' })
        return true
      }
      if (ask?.state !== 'approved') return false
      return await asks.use(ask.id, async ({ answer }) => {
        const holder = await stores.mandates.holderOf(answer?.['thumbprint'] ?? '')
        if (holder === undefined) throw new BrokerError('internal', 'the shield behind an answer is not known any more')
        await act({ kind: 'approved', bank: holder.bank, bankSubject: holder.subject, certificate: holder.certificate })
      })
    },
  }
}
