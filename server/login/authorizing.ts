import { minutes } from '../kernel/clock.ts'
import { asBrokerError, BrokerError, isOurFault } from '../kernel/errors.ts'
import type { CertificateFacts } from '../kernel/identity.ts'
import { newSecret } from '../kernel/ids.ts'
import type { GrantedDetail, RichAsk, RichProgress } from '../kernel/rich-request.ts'
import { readUscc } from '../kernel/uscc.ts'
import { byMandate, type Current, membershipOf, note, proofOf } from './current.ts'
import type { Flow } from './flow.ts'
import { authorizePage, deniedPage } from './pages/authorize.ts'
import { waitingPage } from './pages/waiting.ts'
import type { LoginDeps } from './room.ts'

/**
 * The step in which a person agrees to what a center asks beyond the login, by a signature over exactly that. Owns the challenge in the login record and the page; what may be done, and whether the signature is good,
 * is authorization's (`richRequests`).
 */
export interface Authorizing {
  /** changes with what the page shows of those who have to agree first; empty once nobody has to any more */
  stamp(at: Current): Promise<string>
  /** the page; undefined where nobody has to do anything, and the record tells what comes next */
  show(at: Current): Promise<{ page: string; status: number; agentUrl?: string } | undefined>
  /**
   * Takes the signed message. One challenge takes one answer, right or wrong; the acts are used only after the record says that the challenge is spent.
   * @param cms base64
   * @throws BrokerError login_moved_on, and what `RichRequests.grant` throws
   */
  signed(at: Current, cms: string): Promise<void>
}

/** how long a text may be signed: as long as a person needs to read ten items and find the shield */
const SIGNING_TIME = minutes(10)

export function createAuthorizing(deps: LoginDeps, { flow }: { flow: Flow }): Authorizing {
  const { stores, banks, richRequests, clock, agentUrl } = deps

  async function askOf(at: Current): Promise<RichAsk> {
    const { id, trace, request } = at.record
    const { enterprise, person, id: membershipId } = await membershipOf(at, stores.parties)
    return {
      login: id,
      trace,
      center: { id: request.clientId, name: request.clientName },
      company: { uscc: enterprise.uscc, name: enterprise.name },
      person: {
        membershipId,
        personId: person.id,
        name: person.name,
        assurance: proofOf(at).assurance,
        ...(byMandate(at) ? { byMandate: true } : {}),
      },
      details: request.details ?? [],
    }
  }

  async function agreed(at: Current, ask: RichAsk, signed: Parameters<typeof richRequests.grant>[1], claim: () => Promise<void>): Promise<void> {
    const came = await richRequests.grant(ask, signed, claim)
    if ('granted' in came) return granted(at, came.granted)
    at.record = { ...at.record, waits: came.waits }
    note(at, 'login.waits', { approvals: came.waits.approvals.length, evidence: came.waits.evidence })
  }

  function granted(at: Current, authorized: GrantedDetail[]): void {
    const { waits: _, ...record } = at.record
    at.record = { ...record, authorized }
    const evidence = authorized[0]?.['evidence']
    note(at, 'login.authorized', { details: authorized.length, ...(typeof evidence === 'string' ? { evidence } : {}) })
  }

  /** Denied: told on a page that leads on, and kept, so that the center hears the same code when the person goes back to it. */
  async function denied(at: Current, ask: RichAsk, error: BrokerError) {
    at.record = { ...at.record, denied: error.code }
    await flow.save(at)
    deps.trace({
      trace: ask.trace,
      hop: 'broker',
      step: 'refused',
      outcome: 'failed',
      code: error.code,
      ...(error.expected === undefined ? {} : { expected: error.expected }),
      facts: { reason: error.facts },
    })
    return { page: deniedPage({ ask, code: error.code }), status: 403 }
  }

  /** Signed before: whatever others said meanwhile. @returns as `show` */
  async function waiting(at: Current, ask: RichAsk, waits: NonNullable<Current['record']['waits']>) {
    try {
      const came = await richRequests.resume(ask, waits)
      if ('progress' in came) return { page: waitingPage({ ask, progress: came.progress, stamp: stampOf(came.progress) }), status: 200 }
      granted(at, came.granted)
      return undefined
    } catch (thrown) {
      if (!isDenial(thrown)) throw thrown
      const { waits: _, ...record } = at.record
      at.record = record
      return await denied(at, ask, thrown)
    }
  }

  return {
    async stamp(at) {
      const { waits, outcome } = at.record
      if (waits === undefined || outcome !== undefined) return ''
      try {
        const came = await richRequests.progress(waits)
        return stampOf(came)
      } catch (thrown) {
        if (!isDenial(thrown)) throw thrown
        return thrown.code
      }
    },

    async show(at) {
      const ask = await askOf(at)
      if (at.record.waits !== undefined) return await waiting(at, ask, at.record.waits)
      let needed: Awaited<ReturnType<typeof richRequests.judge>>
      try {
        needed = await richRequests.judge(ask)
      } catch (thrown) {
        if (!isDenial(thrown)) throw thrown
        return await denied(at, ask, thrown)
      }
      const { denied: _, ...record } = at.record
      if (needed !== undefined) {
        at.record = { ...record, raised: { needs: needed, why: 'step_up_needed', uscc: readUscc(ask.company.uscc) } }
        return undefined
      }
      if (!richRequests.needsSignature(ask.details)) {
        await agreed(at, ask, undefined, () => flow.save(at))
        return undefined
      }
      const now = clock.now().getTime()
      const until = Math.min(now + SIGNING_TIME, Date.parse(record.expiresAt))
      const challenge = { nonce: newSecret(), at: new Date(now).toISOString(), until: new Date(until).toISOString() }
      at.record = { ...record, authorizing: challenge }
      await flow.save(at)
      const { bank: bankId, certificate } = proofOf(at)
      const bank = banks.get(bankId)?.data
      const text = richRequests.text(ask, challenge)
      return { page: authorizePage({ ask, text, agentUrl, bank, issuers: issuersOf(certificate) }), status: 200, agentUrl }
    },

    async signed(at, cms) {
      const step = await flow.advance(at)
      const { authorizing: challenge, ...record } = at.record
      if (step.kind !== 'authorize' || challenge === undefined) throw new BrokerError('login_moved_on', 'nothing is to be signed now')
      const ask = await askOf(at)
      let spent = false
      const spend = async () => {
        at.record = record
        await flow.save(at)
        spent = true
      }
      try {
        await agreed(at, ask, { challenge, cms }, spend)
      } catch (thrown) {
        // somebody else may have moved the login on meanwhile: then there is nothing to take back
        if (!spent)
          await spend().catch((error: unknown) => {
            if (asBrokerError(error).code !== 'login_moved_on') throw error
          })
        throw thrown
      }
    },
  }
}

/** Where the database was away, nothing was decided: what was signed waits on, and the next look asks again. */
const isDenial = (thrown: unknown): thrown is BrokerError => thrown instanceof BrokerError && !isOurFault(thrown.code)

const stampOf = (progress: readonly RichProgress[]): string => progress.map(({ agreed, done }) => `${agreed.length}${done ? '!' : ''}`).join('.')

/** A person with shields of several banks is offered those of the bank they just came with: only a help, whichever signs is judged. */
const issuersOf = (certificate: CertificateFacts | undefined): string[] => /(?:^|,)CN=([^,+\\]+)/.exec(certificate?.issuer ?? '')?.slice(1, 2) ?? []
