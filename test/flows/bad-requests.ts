/** Owns the table of what strangers send: one row a request, with the refusal that has to come back. A new way to be rude is a new row. */
import type { FailureCode } from '../../server/kernel/errors.ts'
import { paperCenter } from './sandbox.ts'

/** one line of a table: what is sent, and what has to come back */
export interface Bad {
  what: string
  method?: string
  /** as it goes over the wire, nothing tidied */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** one of ours, or an error of OAuth; undefined where the HTTP parser itself refuses */
  code: FailureCode | 'invalid_client' | 'invalid_request' | 'invalid_grant' | undefined
  status?: number
}
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
export const JSON_BODY = { 'content-type': 'application/json' }
export const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`
const NOBODY = 'A'.repeat(43)

export const strangers: Bad[] = [
  { what: 'a center that is not registered', path: '/oidc/auth?client_id=nobody&response_type=code', code: 'client_unknown' },
  { what: 'a center named by a null byte', path: '/oidc/auth?client_id=%00&response_type=code', code: 'client_unknown' },
  {
    what: 'a center named twice',
    path: '/oidc/auth?client_id=paper-center&client_id=demo-center&response_type=code',
    code: 'client_request_refused',
  },
  {
    what: 'a return address that is not registered',
    path: `/oidc/auth?client_id=${paperCenter.id}&response_type=code&redirect_uri=https%3A%2F%2Fevil.example%2F`,
    code: 'redirect_uri_unregistered',
  },
  {
    what: 'a pushed request that was never pushed',
    path: `/oidc/auth?client_id=${paperCenter.id}&request_uri=urn:ietf:params:oauth:request_uri:%00`,
    code: 'client_request_refused',
  },
  { what: 'a login that is not there', path: `/login/${NOBODY}`, code: 'login_not_found' },
  { what: 'a login named by a null byte', path: '/login/%00', code: 'login_not_found' },
  { what: 'a login named in signs', path: '/login/%F0%9F%9B%A1%EF%B8%8F', code: 'login_not_found' },
  { what: 'a path that is no UTF-8', path: '/login/%ff%fe', code: 'bad_request' },
  { what: 'a path half escaped', path: '/login/%E0%A4%A', code: 'bad_request' },
  { what: 'dots in a path', path: '/login/../../../etc/passwd', code: 'not_found' },
  { what: 'escaped dots in a path', path: '/assets/..%2f..%2f..%2fpackage.json', code: 'not_found' },
  { what: 'backslashes in a path', path: '/assets/..\\..\\..\\package.json', code: 'not_found' },
  { what: 'a hidden file', path: '/assets/.env', code: 'not_found' },
  { what: 'two slashes and a host', path: '//evil.example/%2e%2e', code: 'not_found' },
  { what: 'a bank that is not connected', path: '/banks/nobank/metadata', code: 'unknown_bank' },
  { what: 'a bank named as a prototype', path: '/banks/__proto__/metadata', code: 'unknown_bank' },
  {
    what: 'a logout of an unknown bank',
    method: 'POST',
    path: '/login/banks/nobank/logout',
    headers: FORM,
    body: 'logout_token=x',
    code: 'unknown_bank',
  },
  {
    what: 'a forged logout of a bank',
    method: 'POST',
    path: '/login/banks/ccb/logout',
    headers: FORM,
    body: 'logout_token=x',
    code: 'invalid_request',
    status: 400,
  },
  { what: 'a ticket for the bank’s logout that we did not make', path: '/login/banks/ccb/leave?ticket=v1.AAAA.AAAA.AAAA', code: 'bad_request' },
  { what: 'an answer of no bank', path: `/login/callback/nobank?state=${NOBODY}.${NOBODY}`, code: 'login_not_found' },
  { what: 'an answer for a login that is not there', path: `/login/callback/ccb?state=${NOBODY}.${NOBODY}&code=x`, code: 'login_not_found' },
  {
    what: 'a SAML answer for a login that is not there',
    method: 'POST',
    path: '/login/callback/icbc',
    headers: FORM,
    body: `SAMLResponse=x&RelayState=${NOBODY}.${NOBODY}`,
    code: 'login_not_found',
  },
  {
    what: 'a form from another site',
    method: 'POST',
    path: `/login/${NOBODY}/bank`,
    headers: { ...FORM, origin: 'https://evil.example' },
    body: 'bank=ccb',
    code: 'cross_site',
  },
  {
    what: 'a form from a browser that says it is another site’s',
    method: 'POST',
    path: `/login/${NOBODY}/bank`,
    headers: { ...FORM, 'sec-fetch-site': 'cross-site' },
    body: 'bank=ccb',
    code: 'cross_site',
  },
  { what: 'a form from nowhere', method: 'POST', path: `/login/${NOBODY}/bank`, headers: FORM, body: 'bank=ccb', code: 'cross_site' },
  { what: 'a method that a page does not have', method: 'PUT', path: '/', headers: { 'sec-fetch-site': 'same-origin' }, code: 'not_found' },
  { what: 'a method that nobody has', method: 'PROPFIND', path: '/', headers: { 'sec-fetch-site': 'same-origin' }, code: 'not_found' },
  { what: 'a code redeemed by GET', path: '/oidc/token', code: 'not_found' },
  { what: 'a trace code of script', path: '/trace/%3Cscript%3Ealert(1)%3C%2Fscript%3E', code: undefined, status: 404 },
  {
    what: 'a center without its secret',
    method: 'POST',
    path: '/oidc/token',
    headers: FORM,
    body: 'grant_type=authorization_code&client_id=paper-center&code=x',
    code: 'invalid_client',
    status: 401,
  },
  { what: 'a code that is none', method: 'POST', path: '/oidc/token', headers: FORM, body: token({ code: 'x' }), code: 'invalid_grant', status: 400 },
  {
    what: 'a code of a null byte',
    method: 'POST',
    path: '/oidc/token',
    headers: FORM,
    body: token({ code: '\0' }),
    code: 'invalid_grant',
    status: 400,
  },
  {
    what: 'a refresh token of signs',
    method: 'POST',
    path: '/oidc/token',
    headers: FORM,
    body: token({ grant_type: 'refresh_token', refresh_token: '盾🛡️\0' }),
    code: 'invalid_grant',
    status: 400,
  },
  {
    what: 'a token request in JSON',
    method: 'POST',
    path: '/oidc/token',
    headers: JSON_BODY,
    body: '{"grant_type":"authorization_code"}',
    code: 'invalid_request',
    status: 400,
  },
  { what: 'a token request in deep JSON', method: 'POST', path: '/oidc/token', headers: JSON_BODY, body: deep, code: 'invalid_request', status: 400 },
  {
    what: 'a token request of two megabytes',
    method: 'POST',
    path: '/oidc/token',
    headers: FORM,
    body: `code=${'x'.repeat(2_000_000)}`,
    code: 'invalid_request',
    status: 400,
  },
]

function token(more: Record<string, string>): string {
  const { id, secret, redirectUri } = paperCenter
  const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: 'v'.repeat(43), client_id: id, client_secret: secret }
  return new URLSearchParams({ ...form, ...more }).toString()
}
