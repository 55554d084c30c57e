/** A center's back end by hand: its authorize request, and its requests to the token and userinfo endpoints, as raw as an attacker or a careless developer sends them. */
import { createHash, randomBytes } from 'node:crypto'
import { forms, type Page } from '../../server/sandbox/http-browser.ts'
import type { Plan } from '../../server/sandbox/start.ts'
import { paperCenter, type TestWalker } from './sandbox.ts'

interface TokenAnswer {
  status: number
  trace: string
  body: { error?: string; error_description?: string; access_token?: string; refresh_token?: string; id_token?: string }
}

/** @param more what is to be different: a parameter replaced, or left out with undefined */
export function authorizeUrl({ urls }: Plan, more: Record<string, string | undefined> = {}): { url: string; verifier: string } {
  const verifier = randomBytes(32).toString('base64url')
  const asked = {
    client_id: paperCenter.id,
    response_type: 'code',
    redirect_uri: paperCenter.redirectUri,
    scope: 'openid enterprise',
    state: 'state-of-the-paper-center',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }
  const given = Object.entries(asked).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return { url: `${urls.broker}/oidc/auth?${new URLSearchParams(given)}`, verifier }
}

/** A code for somebody who has a session here already: at most the question for consent stands in between. */
export async function obtainCode({ browser, plan }: TestWalker, more: Record<string, string> = {}): Promise<{ code: string; verifier: string }> {
  const { url, verifier } = authorizeUrl(plan, more)
  const stopAt = (address: string) => address.startsWith(paperCenter.redirectUri)
  let page: Page = await browser.get(url, { stopAt })
  const consent = forms(page).find(({ action }) => action.endsWith('/consent'))
  if (consent !== undefined) page = await browser.post(consent.action, { decision: 'agree' }, { stopAt })
  const code = new URL(page.url).searchParams.get('code')
  if (page.status !== 0 || code === null) throw new Error(`no code but ${page.status} at ${page.url}`)
  return { code, verifier }
}

export const redeem = (plan: Plan, { code, verifier }: { code: string; verifier: string }): Promise<TokenAnswer> =>
  askForTokens(plan, { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: paperCenter.redirectUri })

export const refresh = (plan: Plan, token: string): Promise<TokenAnswer> => askForTokens(plan, { grant_type: 'refresh_token', refresh_token: token })

async function askForTokens({ urls }: Plan, form: Record<string, string>): Promise<TokenAnswer> {
  const body = new URLSearchParams({ ...form, client_id: paperCenter.id, client_secret: paperCenter.secret })
  const answer = await fetch(`${urls.broker}/oidc/token`, { method: 'POST', body })
  return { status: answer.status, trace: answer.headers.get('x-trace-code') ?? '', body: await answer.json() }
}

/** @returns the status of the userinfo endpoint */
export async function userinfo({ urls }: Plan, token: string): Promise<number> {
  const answer = await fetch(`${urls.broker}/oidc/me`, { headers: { authorization: `Bearer ${token}` } })
  await answer.arrayBuffer()
  return answer.status
}
