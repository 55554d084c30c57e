import { readFile } from 'node:fs/promises'
import { type CacheProvider, SAML, ValidateInResponseTo } from '@node-saml/node-saml'
import { z } from 'zod'
import { meets } from '../server/kernel/assurance.ts'
import { minutes, seconds } from '../server/kernel/clock.ts'
import { BrokerError } from '../server/kernel/errors.ts'
import type { BankData, SamlBank } from './bank-data.ts'
import type { AdapterDeps, AdapterKind, BankAdapter } from './contract.ts'
import { provenIdentity } from './proven-identity.ts'
import { explain, type Library, OLDEST_ASSERTION, usedId } from './saml-failures.ts'
import { readLogoutMessage } from './saml-logout.ts'
import { samlAddresses } from './saml-metadata.ts'
import { type Assertion, checkResponseShape, readAssertion } from './saml-response.ts'

/**
 * A bank that is a SAML 2.0 identity provider. Owns the service provider's side: signed request by redirect, response by POST with response and assertion both
 * signed, single logout both ways. Shape first (saml-xml.ts), then node-saml verifies, then only what the signature covers is read. Times are
 * node-saml's by the process's clock, ours by the injected one.
 */
const SKEW = seconds(10)

const memoShape = z.object({ requestId: z.string(), issuedAt: z.iso.datetime() })
type SamlMemo = z.infer<typeof memoShape>

export const samlKind = ((bank, deps) => {
  const data = own(bank)
  const at = samlAddresses(deps.publicUrl, data.id)
  const certificates = oncePossible(() => readSigningCertificates(data))

  const library: Library = async more => {
    const { privateKeyPem } = await deps.keys.saml()
    return new SAML({
      issuer: at.entityId,
      audience: at.entityId,
      callbackUrl: at.callback,
      entryPoint: data.signOnUrl,
      logoutUrl: data.logoutUrl,
      idpCert: await certificates(),
      idpIssuer: data.entityId,
      privateKey: privateKeyPem,
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      identifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      wantAssertionsSigned: true,
      wantAuthnResponseSigned: true,
      validateInResponseTo: ValidateInResponseTo.always,
      acceptedClockSkewMs: SKEW,
      maxAssertionAgeMs: OLDEST_ASSERTION,
      requestIdExpirationPeriodMs: minutes(30),
      disableRequestedAuthnContext: true,
      ...more,
    })
  }

  const adapter: BankAdapter = {
    async begin(attempt) {
      const requests = new Map<string, string>()
      const levels = Object.entries(data.assurance).flatMap(([word, level]) => (meets(level, attempt.needs) ? [word] : []))
      const strongest = levels.length > 0 ? levels : Object.entries(data.assurance).flatMap(([word, level]) => (meets(level, 'shield') ? [word] : []))
      const asked = attempt.needs !== 'bank-session' && strongest.length > 0
      const saml = await library({
        cacheProvider: remembering(requests),
        forceAuthn: attempt.afresh,
        ...(asked ? { disableRequestedAuthnContext: false, authnContext: strongest, racComparison: 'exact' as const } : {}),
      })
      const url = await saml.getAuthorizeUrlAsync(attempt.id, undefined, {})
      const [request] = requests
      if (request === undefined) throw new BrokerError('internal', 'node-saml made a request and did not say its id')
      const memo: SamlMemo = { requestId: request[0], issuedAt: deps.clock.now().toISOString() }
      return { challenge: { kind: 'redirect', url }, memo }
    },

    async complete(attempt, answer, memo) {
      if (answer.kind !== 'form') throw new BrokerError('bad_request', 'a SAML bank answers with a form', { received: answer.kind })
      const { SAMLResponse = '', RelayState } = answer.fields
      if (RelayState !== attempt.id) throw new BrokerError('bank_wrong_nonce', 'the response has another RelayState than this attempt')
      const asked = memoShape.parse(memo)
      const shape = checkResponseShape(SAMLResponse)
      const xml = await verified(library, SAMLResponse, asked).catch(explain(data, deps, { library, SAMLResponse, shape }))
      const assertion = readAssertion(xml)
      if (assertion.id !== shape.assertionId) throw new BrokerError('bank_wrapped', 'the verified assertion is not the one in its place')
      checkAddressed(assertion, shape.destination, { data, callback: at.callback, requestId: asked.requestId })
      if (!(await deps.once(usedId(data, assertion.id), until(assertion, deps))))
        throw new BrokerError('bank_replayed', 'this assertion was used before')
      const first = (name: string) => assertion.attributes.get(name)?.[0]
      return provenIdentity(data, deps, {
        subject: assertion.nameId,
        name: first(data.attributes.name),
        idDigest: first(data.attributes.idDigest),
        seats: assertion.attributes.get(data.attributes.seats)?.map(readSeat),
        level: assertion.level,
        methods: [],
        authenticatedAt: assertion.authenticatedAt,
        certificate: first(data.attributes.certificate),
        bankSession: assertion.sessionIndex,
      })
    },

    async logoutUrl({ subject, bankSession }) {
      const saml = await library({ cacheProvider: remembering(new Map()) })
      const who = { issuer: data.entityId, nameID: subject, nameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' }
      // the way back is our single-logout address in the metadata, where the answer arrives; the browser's cookie knows where it wanted to go
      return saml.getLogoutUrlAsync({ ...who, ...(bankSession === undefined ? {} : { sessionIndex: bankSession }) }, '', {})
    },

    /** `next`: where the browser takes our answer, when the message was a request. */
    async readLogout(message, end): Promise<{ next?: string }> {
      const saml = await library({ validateInResponseTo: ValidateInResponseTo.never })
      const verifyPosted = async (base64: string) => {
        const read =
          message['SAMLRequest'] === undefined
            ? saml.validatePostResponseAsync({ SAMLResponse: base64 })
            : saml.validatePostRequestAsync({ SAMLRequest: base64 })
        return read.then(
          ({ loggedOut }) => loggedOut,
          () => false,
        )
      }
      const read = await readLogoutMessage(message, data, {
        clock: deps.clock,
        once: deps.once,
        seen: deps.seen,
        end,
        certificates: await certificates(),
        location: at.logout,
        verifyPosted,
      })
      if (read.kind === 'response') return {}
      const profile = { issuer: data.entityId, ID: read.id, nameID: read.subject, nameIDFormat: '' }
      return { next: await saml.getLogoutResponseUrlAsync(profile, relayStateOf(message), {}, true) }
    },
  }
  return adapter
}) satisfies AdapterKind

function own(bank: BankData): SamlBank {
  if (bank.protocol !== 'saml') throw new BrokerError('config_invalid', `bank ${bank.id} is not of the kind saml`)
  return bank
}

/** The canonical bytes of the assertion that the signatures cover. */
async function verified(library: Library, SAMLResponse: string, asked: SamlMemo): Promise<string> {
  const saml = await library({ cacheProvider: remembering(new Map([[asked.requestId, asked.issuedAt]])) })
  const { profile } = await saml.validatePostResponseAsync({ SAMLResponse })
  const xml = profile?.getAssertionXml?.()
  if (xml === undefined) throw new BrokerError('bank_answer_malformed', 'a response without an assertion')
  return xml
}

/** node-saml wants a cache for the requests it made; ours is the attempt's memo, so that any process can take the answer. */
function remembering(requests: Map<string, string>): CacheProvider {
  return {
    async saveAsync(key, value) {
      requests.set(key, value)
      return { value, createdAt: 0 }
    },
    getAsync: async key => requests.get(key) ?? null,
    // one use is kept by the login record and by the assertion's id, not here
    removeAsync: async key => key,
  }
}

interface Checked {
  data: SamlBank
  callback: string
  requestId: string
}

/** What node-saml leaves to its caller: issuer, Destination (Bindings 3.5.5.2), Recipient and InResponseTo of the confirmation (Profiles 4.1.4.3). */
function checkAddressed(assertion: Assertion, destination: string | null, { data, callback, requestId }: Checked): void {
  if (assertion.issuer !== data.entityId) {
    throw new BrokerError('bank_wrong_issuer', 'the assertion names another issuer', {
      received: assertion.issuer.slice(0, 200),
      expected: data.entityId,
    })
  }
  for (const [what, address] of [
    ['Destination', destination],
    ['Recipient', assertion.recipient],
  ] as const) {
    if (address !== callback)
      throw new BrokerError('bank_wrong_audience', `${what} is another address`, { received: (address ?? 'none').slice(0, 200), expected: callback })
  }
  if (assertion.inResponseTo !== requestId) throw new BrokerError('bank_wrong_nonce', 'the assertion answers another request')
}

/** An assertion's id is kept for as long as anybody could still accept it. */
function until({ notOnOrAfter }: Assertion, deps: AdapterDeps): Date {
  return new Date(Math.max(notOnOrAfter.getTime(), deps.clock.now().getTime() + OLDEST_ASSERTION) + 2 * SKEW)
}

function readSeat(value: string): { uscc: string; name: string; role: string } {
  const parts = value.split('|')
  // a company's name may hold a bar; code and role never do
  return { uscc: parts[0] ?? '', name: parts.slice(1, -1).join('|'), role: parts.at(-1) ?? '' }
}

async function readSigningCertificates(data: SamlBank): Promise<string[]> {
  const text = await readFile(data.signingCertificates, 'utf8').catch((cause: unknown) => {
    throw new BrokerError('config_invalid', `the signing certificates of bank ${data.id} cannot be read`, { cause })
  })
  const found = text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0 || found.length > 10)
    throw new BrokerError('config_invalid', `the signing certificates of bank ${data.id}: between one and ten`)
  return found
}

/** Reads once; a failure is tried again at the next call. */
function oncePossible<T>(read: () => Promise<T>): () => Promise<T> {
  let held: Promise<T> | undefined
  return () => {
    held ??= read().catch((error: unknown) => {
      held = undefined
      throw error
    })
    return held
  }
}

function relayStateOf(message: Record<string, string>): string {
  const state = message['query'] === undefined ? message['RelayState'] : new URLSearchParams(message['query']).get('RelayState')
  return (state ?? '').slice(0, 80)
}
