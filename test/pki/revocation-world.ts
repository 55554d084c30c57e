import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { Certificate } from '../../server/pki/certificate.ts'
import { issueCrl, issueOcspResponse, readOcspRequest } from '../../server/pki/issue-revocation.ts'
import { createRevocation, type RevocationOptions, type RevocationQuestion } from '../../server/pki/revocation.ts'
import { defaultRule, type RevocationRule } from '../../server/pki/revocation-rule.ts'
import { at, codeOfAsync, from, makeRoot, makeUnder } from './hierarchy.ts'

/** A CA that publishes lists and answers OCSP, and brokers that ask it. The clock stands still until a test moves it. */
export const ca = makeRoot('CA')
export const LIST = 'http://crl.example/1.crl'
export const RESPONDER = 'http://ocsp.example/ocsp'
export const byList = makeUnder(ca, 'by list', { crlUrl: LIST }).certificate
export const byResponder = makeUnder(ca, 'by OCSP', { ocspUrl: RESPONDER }).certificate
export const byBoth = makeUnder(ca, 'by both', { crlUrl: LIST, ocspUrl: RESPONDER }).certificate

export const HOUR = 3_600_000

type Answer = (url: string, init: RequestInit | undefined) => Response | Promise<Response>

export function openWorld() {
  const clock = fixedClock(at)
  const source = {
    revoked: [] as string[],
    /** addresses in the order they were asked, with the method */
    asked: [] as string[],
    /** instead of what the CA would say, by the start of the address */
    instead: new Map<string, Answer>(),
    number: 1,
  }
  const list = (issuedAt = clock.now(), revoked = source.revoked) =>
    issueCrl({
      issuer: ca,
      entries: revoked.map(serial => ({ serial, at: from })),
      number: source.number++,
      thisUpdate: issuedAt,
      nextUpdate: new Date(issuedAt.getTime() + HOUR),
    })

  const respond = async (url: string, init: RequestInit | undefined, nonce: 'given back' | 'left out' = 'given back') => {
    const sent =
      init?.method === 'POST'
        ? Buffer.from(await new Response(init.body ?? null).arrayBuffer())
        : Buffer.from(decodeURIComponent(new URL(url).pathname.split('/').slice(2).join('/')), 'base64')
    const question = readOcspRequest(sent)
    const der = issueOcspResponse({
      responder: ca,
      answers: question.ids.map(id => ({ id, status: source.revoked.includes(id.serial) ? { revokedAt: from } : 'good' })),
      nonce: nonce === 'given back' ? question.nonce : undefined,
      producedAt: clock.now(),
      thisUpdate: clock.now(),
      nextUpdate: new Date(clock.now().getTime() + HOUR),
    })
    return new Response(new Uint8Array(der))
  }

  const network: typeof fetch = async (input, init) => {
    const url = String(input)
    source.asked.push(`${init?.method ?? 'GET'} ${url}`)
    const [, other] = [...source.instead].find(([start]) => url.startsWith(start)) ?? []
    if (other !== undefined) return other(url, init)
    return url === LIST ? new Response(new Uint8Array(list())) : respond(url, init)
  }

  /** One process. */
  function broker(more: Partial<RevocationOptions> = {}) {
    const verdicts: string[] = []
    const revocation = createRevocation({
      fetch: network,
      clock,
      allowHosts: host => host.endsWith('.example'),
      log: silentLog,
      onVerdict: verdict => verdicts.push(verdict),
      ...more,
    })
    const check = (certificate: Certificate = byList, question?: RevocationQuestion) =>
      codeOfAsync(() => revocation.check(certificate, ca.certificate, question))
    return { revocation, check, verdicts }
  }
  return { clock, source, list, respond, broker }
}

export const silence = () => Promise.reject(new TypeError('fetch failed'))
export const bytes = (der: Uint8Array) => () => new Response(new Uint8Array(der))

/** A rule that differs from the default in what a test is about. */
export const rule = (wishes: Partial<RevocationRule> = {}): RevocationRule => ({ ...defaultRule('login'), ...wishes })
