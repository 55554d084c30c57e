import type { Plan } from './start.ts'

/** The demonstration center's program: what it asks at one of the interfaces for centers, with a token of its own. */
export interface CenterProgram {
  /** a token of its own, by client credentials */
  token(): Promise<string>
  /** @returns what came, refused or not */
  send(method: 'GET' | 'POST', path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<{ status: number; body: unknown }>
  /** @returns the answer's body; undefined where there is none. @throws Error with the problem's code */
  ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T>
  /** @returns the code of the refusal. @throws Error where it is not refused */
  refusal(method: 'GET' | 'POST', path: string, body?: object): Promise<string>
}

/** @param more scopes that this program has beside those that the demonstration needs */
export function centerProgram({ urls, config }: Plan, base: `/api/${string}` = '/api/bonds', more: readonly string[] = []): CenterProgram {
  const [center] = config.clients
  if (center === undefined) throw new Error('the sandbox has no center')

  async function token(): Promise<string> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: center?.id ?? '',
      client_secret: String(center?.metadata['client_secret']),
      scope: ['bonds.manage', 'bonds.read', 'deals.report', ...more].join(' '),
    })
    const answer: unknown = await (await fetch(`${urls.broker}/oidc/token`, { method: 'POST', body: form })).json()
    if (typeof answer === 'object' && answer !== null && 'access_token' in answer) return String(answer.access_token)
    throw new Error(`no token: ${JSON.stringify(answer)}`)
  }

  const send: CenterProgram['send'] = async (method, path, body, more = {}) => {
    const headers = { authorization: `Bearer ${await token()}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more }
    const answer = await fetch(`${urls.broker}${base}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const codeOf = (body: unknown): string => (typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '')

  return {
    token,
    send,
    async ask<T>(method: 'GET' | 'POST', path: string, body?: object) {
      const answer = await send(method, path, body)
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as T
    },
    async refusal(method, path, body) {
      const answer = await send(method, path, body)
      if (answer.status < 400) throw new Error(`${method} ${path} was not refused`)
      return codeOf(answer.body)
    },
  }
}
