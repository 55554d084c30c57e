import { errors } from 'oidc-provider'
import { z } from 'zod'
import { ASSURANCE, type Assurance, isAssurance, meets } from '../kernel/assurance.ts'

/**
 * The weakest proof that a center's request is content with. `acr_values` lists what would do, so the weakest of them is the minimum; an essential
 * `acr` in the claims parameter is a minimum too (OpenID Connect Core 5.5.1.1), and the stronger of the two holds. Nothing asked: a bank session.
 */
export function neededAssurance(params: Record<string, unknown>): Assurance {
  const byValues = weakest(words(params['acr_values']))
  const byClaims = weakest(essentialAcr(params['claims']))
  return meets(byValues, byClaims) ? byValues : byClaims
}

/**
 * Refuses words we do not know, instead of ignoring them as the standard would allow: a center that misspells "shield" must not be content with less.
 * @throws InvalidRequest, which goes back to the center
 */
export function checkAcrValues(acrValues: unknown): void {
  const unknown = words(acrValues).filter(word => !isAssurance(word))
  if (unknown.length > 0) throw new errors.InvalidRequest(`acr_values knows only ${ASSURANCE.join(', ')}`)
}

const words = (text: unknown): string[] => (typeof text === 'string' ? text.split(' ').filter(word => word !== '') : [])

const weakest = (asked: readonly string[]): Assurance => ASSURANCE.find(level => asked.includes(level)) ?? 'bank-session'

const acrRequest = z.object({
  id_token: z.object({ acr: z.object({ essential: z.literal(true), value: z.string().optional(), values: z.array(z.string()).optional() }) }),
})

function essentialAcr(claims: unknown): string[] {
  if (typeof claims !== 'string') return []
  const { data } = acrRequest.safeParse(JSON.parse(claims))
  const acr = data?.id_token.acr
  return acr === undefined ? [] : [...(acr.values ?? []), ...(acr.value === undefined ? [] : [acr.value])]
}
