import { type Clock, minutes } from '../kernel/clock.ts'
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { CERTIFICATE_LIMIT, type Certificate, readCertificate } from '../pki/certificate.ts'
import { toDer } from '../pki/pem.ts'
import type { CertificateAnswer, SignatureAnswer, SignerAnswer } from './answers.ts'
import type { Use, VerdictOf } from './ports.ts'
import type { CertificateQuestion, SignatureQuestion } from './schemas.ts'
import { readChain, readSigners, type Signer } from './signers.ts'
import type { Teller } from './tell.ts'

/**
 * The questions themselves: is this certificate good, is this signature good and whose is it. What is wrong with what was sent becomes an answer with a code; only what is no question at all, or our
 * own fault, is thrown. It does not know who asks.
 */
export interface Judge {
  certificate(question: CertificateQuestion): Promise<Judged<CertificateAnswer>>
  signature(question: SignatureQuestion): Promise<Judged<SignatureAnswer>>
}

/** An answer, and the CA and region that the statistics count it under: those of the first certificate judged. */
export interface Judged<Answer> {
  answer: Answer
  ca: string
  region: string
}

export interface JudgeDeps {
  verdictOf: VerdictOf
  clock: Clock
  tell: Teller
}

const NOWHERE = { ca: '', region: '' }

export function createJudge({ verdictOf, clock, tell }: JudgeDeps): Judge {
  async function verdict(certificate: Certificate, chain: readonly Certificate[], asked: Asked): Promise<Judged<CertificateAnswer>> {
    const found = await verdictOf(certificate, { ...asked, ...(chain.length === 0 ? {} : { chain }) })
    const { id = '', region = '' } = found.ca ?? {}
    return { answer: tell.certificate(found, { certificate, ...asked }), ca: id, region }
  }

  async function signer(found: Signer, chain: readonly Certificate[], asked: Asked): Promise<Judged<SignerAnswer>> {
    if (!found.ok) {
      // possession first: a certificate that nobody proved to hold sets nothing in motion, least of all a fetch of its CRL
      const { code, facts } = found
      return { answer: { valid: false, code, signature: 'bad', reasons: [tell.reason({ code, facts })] }, ...NOWHERE }
    }
    const { answer: certificate, ...place } = await verdict(found.certificate, chain, asked)
    const { valid, code } = certificate
    const claimed = found.signingTime === undefined ? {} : { signing_time: found.signingTime.toISOString() }
    return { answer: { valid, code, signature: 'good', ...claimed, certificate, reasons: [] }, ...place }
  }

  return {
    async certificate(question) {
      const asked = askedOf(question, clock)
      const chain = readChain(question.chain)
      try {
        return await verdict(readCertificate(toDer(question.certificate, CERTIFICATE_LIMIT)), chain, asked)
      } catch (thrown) {
        return { answer: tell.unreadable(aboutWhatWasSent(thrown), asked), ...NOWHERE }
      }
    },

    async signature(question) {
      const asked = askedOf(question, clock)
      const common = { use: asked.use, at: asked.at.toISOString() }
      try {
        const { signers, chain } = readSigners(question)
        const judged: Judged<SignerAnswer>[] = []
        for (const each of signers) judged.push(await signer(each, chain, asked))
        const bad = judged.find(each => !each.answer.valid)?.answer
        const { ca, region } = judged.find(each => each.ca !== '') ?? NOWHERE
        const answer = { valid: bad === undefined, code: bad?.code ?? 'ok', ...common, signers: judged.map(each => each.answer), reasons: [] }
        return { answer, ca, region }
      } catch (thrown) {
        const reason = aboutWhatWasSent(thrown)
        return { answer: { valid: false, code: reason.code, ...common, signers: [], reasons: [tell.reason(reason)] }, ...NOWHERE }
      }
    },
  }
}

interface Asked {
  at: Date
  use: Use
}

/** A center's clock may be a little ahead of ours. */
const AHEAD = minutes(5)

/** @throws BrokerError bad_request: nobody can say today what will be revoked tomorrow */
function askedOf({ at, use }: { at?: string | undefined; use: Use }, clock: Clock): Asked {
  const now = clock.now()
  const time = at === undefined ? now : new Date(at)
  if (time.getTime() > now.getTime() + AHEAD) {
    throw new BrokerError('bad_request', 'a question about the future', {
      received: time.toISOString(),
      expected: `at: no later than ${now.toISOString()}`,
    })
  }
  return { at: time, use }
}

/** A reason that is about what was sent. @throws what is not: our own faults, and what is no question */
function aboutWhatWasSent(thrown: unknown): { code: FailureCode; facts: string } {
  const error = asBrokerError(thrown)
  if (failures[error.code].status >= 500 || error.code === 'bad_request' || error.code === 'too_large') throw error
  return { code: error.code, facts: error.facts }
}
