import type { AuthorizationDetailsForIntrospection, KoaContextWithOIDC, RichAuthorizationRequestsActiveConfiguration } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { z } from 'zod'
import type { GrantedDetail } from '../kernel/rich-request.ts'
import { faultOf, readDetails, TYPE_NAMES } from './details.ts'

/**
 * Rich authorization requests (RFC 9396) as the library is told of them: where they may come from, what of them a token carries. The details themselves stand in details.ts; whether the person may, and what came of
 * it, arrives in the login's result.
 */
export interface RichRequestDeps {
  /** the one resource server that we are: the library wants a name for where such a token is good (RFC 8707) */
  issuer: string
  /** whether the power by which something was granted still stands, now */
  standing(membershipId: string, power: string): Promise<boolean>
}

type RichRequestsFeature = RichAuthorizationRequestsActiveConfiguration & {
  authorizationDetailsForIntrospection: AuthorizationDetailsForIntrospection
}

/** The library takes rich requests only beside resource indicators (RFC 8707): there is one resource, ourselves, and a login's token stays without an audience, so that userinfo takes it. */
export const ourselves = (issuer: string) => ({
  enabled: true,
  // a login without details stays as it is
  defaultResource: async (ctx: KoaContextWithOIDC) => (ctx.oidc.params?.['authorization_details'] === undefined ? [] : issuer),
  useGrantedResource: async () => false,
  async getResourceServerInfo(_ctx: KoaContextWithOIDC, resource: string) {
    if (resource !== issuer) throw new errors.InvalidTarget(`the only resource here is ${issuer}`)
    return { scope: '', audience: issuer, accessTokenFormat: 'opaque' as const }
  },
})

export function createRichFeature({ standing }: Pick<RichRequestDeps, 'standing'>): RichRequestsFeature {
  const still = (membershipId: string, details: readonly GrantedDetail[]) => standingOf(standing, membershipId, details)
  return {
    enabled: true,
    types: Object.fromEntries(TYPE_NAMES.map(name => [name, { validate: checkDetail }])),
    async authorizationDetailsForGrantSource(ctx) {
      if (ctx.oidc.params?.['authorization_details'] === undefined) return undefined
      const granted = readGranted(ctx.oidc.result?.['details'])
      if (granted === undefined) throw new errors.AccessDenied('the details that were asked for were not granted')
      return granted
    },
    async authorizationDetailsForAccessToken(ctx, token, source, grantType) {
      const asked = ctx.oidc.params?.['authorization_details']
      const granted = readGranted(source?.['rar'])
      if (granted === undefined) {
        if (asked === undefined) return undefined
        throw new errors.InvalidAuthorizationDetails('authorization_details are granted by a person, at a login, and none were')
      }
      const wanted = typeof asked === 'string' ? narrowed(granted, asked) : granted
      // a code is used at once; what comes later asks whether the power still stands
      if (grantType === 'authorization_code' || !('accountId' in token)) return wanted
      return await still(token.accountId, wanted)
    },
    async authorizationDetailsForIntrospection(_ctx, token) {
      const granted = readGranted('rar' in token ? token.rar : undefined)
      if (granted === undefined || !('accountId' in token) || typeof token.accountId !== 'string') return undefined
      return await still(token.accountId, granted)
    },
  }
}

/** What of it is still backed by a power. */
export async function standingOf(
  standing: RichRequestDeps['standing'],
  membershipId: string,
  details: readonly GrantedDetail[],
): Promise<GrantedDetail[]> {
  const powers = new Map<string, Promise<boolean>>()
  const kept: GrantedDetail[] = []
  for (const detail of details) {
    const power = String(detail['power'])
    const stands = powers.get(power) ?? standing(membershipId, power)
    powers.set(power, stands)
    if (await stands) kept.push(detail)
  }
  return kept
}

/** One detail of a request; runs for each, so that the whole is looked at too. @throws InvalidAuthorizationDetails, InvalidRequest */
function checkDetail(ctx: KoaContextWithOIDC, detail: unknown): void {
  const { route, entities, params, client } = ctx.oidc
  const fault = faultOf(detail)
  if (fault !== undefined) throw new errors.InvalidAuthorizationDetails(ascii(fault))
  // who narrows what was granted repeats it, nothing more
  if (route === 'token') return
  const read = readDetails(parse(params?.['authorization_details']), client?.clientId ?? '')
  if ('fault' in read) throw new errors.InvalidAuthorizationDetails(ascii(read.fault))
  if (route === 'pushed_authorization_request') return
  // by the browser they could be read, kept in a history, and changed on the way
  if (route !== 'authorization' || entities.PushedAuthorizationRequest === undefined)
    throw new errors.InvalidRequest('authorization_details have to be pushed (RFC 9126) before the browser is sent here')
}

/**
 * The granted details that a center names again, to have a token with less in it: each by its own members as it asked for them, without what we added.
 * @throws InvalidAuthorizationDetails for one that was not granted
 */
export function narrowed(granted: readonly GrantedDetail[], asked: string): GrantedDetail[] {
  return parse(asked).map(detail => {
    const found = granted.find(each => sameDetail(each, detail))
    if (found === undefined) throw new errors.InvalidAuthorizationDetails('a detail that was not granted at this login')
    return found
  })
}

const ADDED = new Set(['power', 'entry', 'place', 'evidence'])
const sameDetail = (granted: GrantedDetail, asked: unknown): boolean =>
  canonical(Object.fromEntries(Object.entries(granted).filter(([name]) => !ADDED.has(name)))) === canonical(asked)
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

const granted = z.array(z.looseObject({ type: z.string() })).min(1)
export const readGranted = (value: unknown): GrantedDetail[] | undefined => granted.safeParse(value).data

/** Read and checked by the library before it comes here. */
function parse(text: unknown): unknown[] {
  const details: unknown = typeof text === 'string' ? JSON.parse(text) : []
  return Array.isArray(details) ? details : []
}

/** RFC 6749 4.1.2.1: error_description is printable ASCII without quote and backslash. */
const ascii = (text: string): string => text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '').slice(0, 400)
