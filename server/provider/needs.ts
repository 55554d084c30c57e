import { errors } from 'oidc-provider'
import { z } from 'zod'
import { ASSURANCE, type Assurance, isAssurance, meets } from '../kernel/assurance.ts'
import type { RequestedDetail } from '../kernel/rich-request.ts'
import { neededBy, readDetails } from './details.ts'

/**
 * The weakest proof that a center's request is content with. `acr_values` lists what would do, so the weakest of them is the minimum; an essential
 * `acr` in the claims parameter is a minimum too (OpenID Connect Core 5.5.1.1), and so is what its authorization details take; the strongest of them holds. Nothing asked: a bank session.
 */
export function neededAssurance(params: Record<string, unknown>): Assurance {
  const byValues = weakest(words(params['acr_values']))
  const byClaims = weakest(essentialAcr(params['claims']))
  const byDetails = neededBy(detailsOf(params))
  return [byClaims, byDetails].reduce((most, each) => (meets(most, each) ? most : each), byValues)
}

/** The rich authorization details of a request that the library has checked; none where there are none. */
export function detailsOf(params: Record<string, unknown>): RequestedDetail[] {
  const { authorization_details: text, client_id: center } = params
  if (typeof text !== 'string') return []
  const read = readDetails(z.array(z.unknown()).parse(JSON.parse(text)), typeof center === 'string' ? center : '')
  if ('fault' in read) throw new errors.InvalidAuthorizationDetails(read.fault)
  return read.details
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
