import { asBrokerError, type BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { type Certificate, certificateFacts } from '../pki/certificate.ts'
import { docUrl, type Problem, problemOf } from '../web/interface/problem.ts'
import type { CertificateAnswer, Reason } from './answers.ts'
import type { CertificateVerdict, Use } from './ports.ts'

interface TellableReason {
  code: FailureCode
  clause?: string | undefined
  facts?: string
}

/** Puts verdicts into the words of the interface. Nothing here depends on who asks: the same certificate gets the same answer at every center. */
export interface Teller {
  reason(reason: TellableReason): Reason
  certificate(verdict: CertificateVerdict, asked: { certificate: Certificate; at: Date; use: Use }): CertificateAnswer
  /** what was sent as a certificate is none, so there is no verdict of the trust list */
  unreadable(reason: TellableReason, asked: { at: Date; use: Use }): CertificateAnswer
  /** RFC 9457, as http/respond.ts writes it */
  problem(error: BrokerError, trace: string): Problem
}

/** Characters of one fact that leave the house. */
const MOST = 300

export function createTeller({ publicUrl }: { publicUrl: string }): Teller {
  function reason({ code, clause, facts }: TellableReason): Reason {
    const { zh, en, who } = failures[code]
    return {
      code,
      ...(clause === undefined ? {} : { clause }),
      ...(facts === undefined ? {} : { facts: facts.slice(0, MOST).toWellFormed() }),
      user_message: { zh, en },
      who_can_fix: who,
      doc_url: docUrl(publicUrl, code),
    }
  }

  return {
    reason,
    certificate(verdict, { certificate, at, use }) {
      return {
        valid: verdict.ok,
        code: verdict.ok ? 'ok' : (verdict.code ?? 'certificate_untrusted'),
        use,
        at: at.toISOString(),
        uses: [...verdict.uses],
        ...(verdict.subject === undefined ? {} : { subject: holderOf(verdict.subject) }),
        ...(verdict.ca === undefined ? {} : { issuer: placeOf(verdict.ca) }),
        ...factsOf(certificate),
        path: verdict.path.map(({ thumbprint }) => thumbprint),
        revocation: verdict.revocation.state,
        reasons: reasonsOf(verdict).map(reason),
        trust_list_version: verdict.version,
      }
    },
    unreadable: (why, { at, use }) => ({
      valid: false,
      code: why.code,
      use,
      at: at.toISOString(),
      uses: [],
      path: [],
      revocation: 'not-asked',
      reasons: [reason(why)],
    }),
    problem: (error, trace) => problemOf(error, { publicUrl, trace }),
  }
}

/** Only what the interface promises: whatever else the trust list keeps about a CA stays there. */
const placeOf = ({
  id,
  name,
  region,
  qualification,
  filing,
  joins,
  leaves,
}: NonNullable<CertificateVerdict['ca']>): NonNullable<CertificateAnswer['issuer']> => ({
  id,
  name: { zh: name.zh, en: name.en },
  ...(region === undefined ? {} : { region }),
  qualification,
  filing,
  joins,
  ...(leaves === undefined ? {} : { leaves }),
})

/** The person's name, and never the number that some certificates carry beside it. */
const holderOf = ({ name, uscc, person }: NonNullable<CertificateVerdict['subject']>): NonNullable<CertificateAnswer['subject']> => ({
  ...(name === undefined ? {} : { name }),
  ...(uscc === undefined ? {} : { uscc }),
  ...(person?.name === undefined ? {} : { person: person.name }),
})

/** The deciding reason stands first, with its clause, also where the verdict lists it elsewhere or not at all. */
function reasonsOf({ ok, code, clause, reasons }: CertificateVerdict): readonly TellableReason[] {
  if (ok || code === undefined) return reasons
  const deciding = reasons.find(reason => reason.code === code)
  return [{ code, clause, ...(deciding === undefined ? {} : { facts: deciding.facts }) }, ...reasons.filter(reason => reason !== deciding)]
}

function factsOf(certificate: Certificate): Pick<CertificateAnswer, 'certificate'> {
  try {
    const { issuer, subject, serial, notBefore, notAfter, thumbprint, algorithm } = certificateFacts(certificate)
    return { certificate: { thumbprint, serial, subject, issuer, not_before: notBefore, not_after: notAfter, algorithm } }
  } catch (thrown) {
    // a key of a kind that nobody accepts has no algorithm to name: the verdict says so
    if (asBrokerError(thrown).code !== 'algorithm_refused') throw thrown
    return {}
  }
}
