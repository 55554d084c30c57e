/**
 * Walks a bank's pages over HTTP as a person with a browser would: for the demonstration, tests and the bench. It knows what a person knows (login name, password,
 * the code in the message, the shield and its PIN) and reads the rest off the pages.
 */
import { readFile } from 'node:fs/promises'
import { openShieldFile, readShieldFile } from '../shield-agent/shield-file.ts'
import { signWithKey } from '../shield-agent/software-driver.ts'
import type { Person } from './companies.ts'
import type { IssuedShield } from './shields.ts'

/** What a walk needs of a browser: cookies kept, redirects followed up to `stopAt`. */
export interface Visitor {
  get(url: string, options?: { stopAt?: (url: string) => boolean }): Promise<VisitedPage>
  post(url: string, form: Record<string, string>, options?: { stopAt?: (url: string) => boolean }): Promise<VisitedPage>
}
interface VisitedPage {
  status: number
  url: string
  body: string
}

export type Proof =
  | { method: 'password'; person: Pick<Person, 'login' | 'password'> }
  | { method: 'shield'; shield: Pick<IssuedShield, 'path' | 'pin'> }
  | { method: 'cancel' }

/**
 * From the broker's redirect to an OpenID bank, to the address at the broker that the bank sends the browser back to, which is not visited.
 * @throws Error with what the page said, when the bank did not let the person in
 */
export async function walkOidcLogin(visitor: Visitor, authorizeUrl: string, proof: Proof): Promise<string> {
  const bank = new URL(authorizeUrl).origin
  const stopAt = (url: string): boolean => new URL(url).origin !== bank
  const first = await visitor.get(authorizeUrl, { stopAt })
  if (stopAt(first.url)) return first.url
  const last = await prove(visitor, first, proof)
  const next = /<a id="go-on"[^>]* href="([^"]+)"/.exec(last.body)?.[1]
  if (next === undefined) throw notLetIn(last)
  const back = await visitor.get(new URL(plainText(next), last.url).href, { stopAt })
  if (!stopAt(back.url)) throw notLetIn(back)
  return back.url
}

/**
 * From the broker's redirect to a SAML bank, to the form that the bank has the browser post to the broker, which is not posted.
 * @throws Error with what the page said, when the bank did not let the person in
 */
export async function walkSamlLogin(visitor: Visitor, ssoUrl: string, proof: Proof): Promise<{ action: string; fields: Record<string, string> }> {
  const first = await visitor.get(ssoUrl)
  const already = samlForm(first)
  if (already !== undefined) return already
  const last = await prove(visitor, first, proof)
  const form = samlForm(last)
  if (form === undefined) throw notLetIn(last)
  return form
}

async function prove(visitor: Visitor, page: VisitedPage, proof: Proof): Promise<VisitedPage> {
  const at = new URL(page.url)
  const post = (step: string, form: Record<string, string>) => visitor.post(`${at.origin}${at.pathname}/${step}`, form)
  if (page.status !== 200 || !/\/login\/[\w-]+$/.test(at.pathname)) throw notLetIn(page)
  switch (proof.method) {
    case 'password': {
      const sms = await post('password', { login: proof.person.login, password: proof.person.password })
      const code = /<strong id="sms-code">(\d{6})</.exec(sms.body)?.[1]
      return code === undefined ? sms : post('sms', { code })
    }
    case 'shield': {
      const text = /<pre id="shield-text"[^>]*>([^<]*)<\/pre>/.exec(page.body)?.[1]
      if (text === undefined) throw notLetIn(page)
      const next = await post('shield', await signWithShield(proof.shield, plainText(text)))
      return next.body.includes('id="face-form"') ? await post('face', {}) : next
    }
    case 'cancel':
      return post('cancel', {})
  }
}

/** What the agent does when the person has entered the PIN: the certificate and the signature over the text, in base64. */
export async function signWithShield(
  { path, pin }: Pick<IssuedShield, 'path' | 'pin'>,
  text: string,
): Promise<{ certificate: string; signature: string }> {
  const file = readShieldFile(await readFile(path, 'utf8'))
  const { sign } = openShieldFile(file, pin)
  return { certificate: file.signCertificate, signature: signWithKey(sign, Buffer.from(text, 'utf8'), file.kind).toString('base64') }
}

function samlForm({ body }: VisitedPage): { action: string; fields: Record<string, string> } | undefined {
  const action = /<form id="post-form" method="post" action="([^"]+)"/.exec(body)?.[1]
  if (action === undefined) return undefined
  const inputs = [...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
  return { action: plainText(action), fields: Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, plainText(value)])) }
}

function notLetIn({ status, url, body }: VisitedPage): Error {
  const said = /role="alert">([^<]+)/.exec(body)?.[1]?.trim()
  return new Error(`the bank did not let the person in: ${status} ${said ?? 'no sign-in page'} at ${url.split('?')[0]}`)
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
/** Text as it stood before it was put into HTML. */
export const plainText = (text: string): string => text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, entity => ENTITIES[entity] ?? entity)
