import { type SAML, type SamlConfig, SamlStatusError, ValidateInResponseTo } from '@node-saml/node-saml'
import { minutes } from '../server/kernel/clock.ts'
import { BrokerError, type FailureCode } from '../server/kernel/errors.ts'
import type { SamlBank } from './bank-data.ts'
import type { AdapterDeps } from './contract.ts'

/** What node-saml threw, in our codes; and where its order of checks hides whose mistake it was, the question put again. */
export type Library = (more: Partial<SamlConfig>) => Promise<SAML>

export const OLDEST_ASSERTION = minutes(5)

/** The name under which an assertion counts as used. */
export const usedId = (data: SamlBank, assertionId: string): string => `saml:${data.id}:${assertionId}`

/** node-saml's errors are sentences only; each is matched to a code, and what matches none is malformed. */
const SENTENCES: readonly (readonly [RegExp, FailureCode])[] = [
  [/InResponse/i, 'bank_wrong_nonce'],
  [/audience/i, 'bank_wrong_audience'],
  [/expired|not yet valid|No valid subject confirmation/i, 'bank_answer_expired'],
  [/multiple assertions|Too many|too many|Referenced node|more than one element|Only 1 signed|quote character/, 'bank_wrapped'],
  [/^Invalid (?:document )?signature/, 'bank_wrong_key'],
]

interface Refused {
  library: Library
  SAMLResponse: string
  shape: { issuer: string; assertionId: string }
}

export const explain =
  (data: SamlBank, deps: AdapterDeps, { library, SAMLResponse, shape }: Refused) =>
  async (error: unknown): Promise<never> => {
    if (error instanceof BrokerError) throw error
    const message = error instanceof Error ? error.message : String(error)
    const refuse = (code: FailureCode, facts: string, received?: string) =>
      new BrokerError(code, facts, { cause: error, ...(received === undefined ? {} : { received: received.slice(0, 200), expected: data.entityId }) })
    if (error instanceof SamlStatusError) throw refuse('bank_refused', 'the bank’s status is not Success')
    // a TypeError is the library stumbling over something that is not there
    const code = (error instanceof TypeError ? undefined : SENTENCES.find(([pattern]) => pattern.test(message))?.[1]) ?? 'bank_answer_malformed'
    if (code === 'bank_wrong_key' || code === 'bank_wrong_nonce') {
      // which of the two comes first is the library's order, not the truth: ask again as if every request were ours
      const signed = code === 'bank_wrong_nonce' && (await signatureHolds(library, SAMLResponse))
      if (!signed && shape.issuer !== data.entityId) throw refuse('bank_mixed_up', 'another party answered, with its own key', shape.issuer)
      if (!signed) throw refuse('bank_wrong_key', 'the response’s signature does not verify by the bank’s certificate')
      const fresh = await deps.once(usedId(data, shape.assertionId), new Date(deps.clock.now().getTime() + OLDEST_ASSERTION))
      if (!fresh) throw refuse('bank_replayed', 'the assertion of an earlier login came again')
    }
    throw refuse(code, message.slice(0, 200))
  }

async function signatureHolds(library: Library, SAMLResponse: string): Promise<boolean> {
  const saml = await library({ validateInResponseTo: ValidateInResponseTo.never })
  return saml.validatePostResponseAsync({ SAMLResponse }).then(
    () => true,
    (error: unknown) => !(error instanceof Error && /^Invalid (?:document )?signature/.test(error.message)),
  )
}
