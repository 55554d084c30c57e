/**
 * Owns the far end of the agent's socket for programs: tests, the demonstration and the bench log in without a browser. A web page uses
 * server/web/browser/shield-agent.js instead.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { KEY_ALGORITHM } from './certificate-info.ts'
import { openShieldFile, readShieldFile, type ShieldFile } from './shield-file.ts'
import { signWithKey } from './software-driver.ts'

/** What the broker is sent: base64 DER, base64 signature, and the row of the signature's format. */
export interface ShieldAnswer {
  certificate: string
  signature: string
  algorithm: 'SM2' | 'RSA' | 'SM2-P7' | 'RSA-P7'
}

export interface AgentReply {
  value: string | number | boolean
  /** the words a person was shown */
  shown?: string | undefined
}

/** The agent refused; `code` is one of ours (server/kernel/failures.ts). */
export class AgentRefusal extends Error {
  readonly code: string
  constructor(code: string, words: string) {
    super(words)
    this.name = 'AgentRefusal'
    this.code = code
  }
}

const message = z.union([
  z.object({ event: z.literal('hello'), version: z.string(), driver: z.string(), state: z.string(), pin: z.enum(['page', 'own-window']) }),
  z.object({ event: z.literal('shieldsChanged') }),
  z.object({ event: z.literal('confirm'), url: z.url() }),
  z.object({ id: z.number(), error: z.object({ code: z.string(), zh: z.string(), en: z.string() }) }),
  z.object({ id: z.number(), value: z.union([z.string(), z.number(), z.boolean()]), shown: z.string().optional() }),
])

/**
 * Connects as a page of `origin` would.
 * @throws Error when the agent is not there or refuses the origin
 */
export async function connectAgent(url: string, origin: string): Promise<AgentClient> {
  const socket = new WebSocket(url, { origin, perMessageDeflate: false, handshakeTimeout: 5000 })
  const client = new AgentClient(socket)
  await once(socket, 'open')
  await client.ready
  return client
}

export class AgentClient {
  /** resolves with the agent's greeting: does it take a PIN from a page, or ask in its own window */
  readonly ready: Promise<'page' | 'own-window'>
  /** called after a shield was plugged in or pulled out */
  onShieldsChanged: () => void = () => undefined
  /** called with the address of the agent's window when it wants a person's yes */
  onConfirm: (url: string) => void = () => undefined
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, { resolve: (reply: AgentReply) => void; reject: (error: Error) => void }>()
  #last = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.ready = new Promise((resolve, reject) => {
      socket.on('message', data => {
        const read = message.parse(JSON.parse(data.toString()))
        if ('event' in read) {
          if (read.event === 'hello') resolve(read.pin)
          else if (read.event === 'confirm') this.onConfirm(read.url)
          else this.onShieldsChanged()
          return
        }
        const waiting = this.#waiting.get(read.id)
        this.#waiting.delete(read.id)
        if ('error' in read) waiting?.reject(new AgentRefusal(read.error.code, `${read.error.code}: ${read.error.en}`))
        else waiting?.resolve(read)
      })
      socket.on('close', code => {
        const gone = new Error(`the shield agent hung up (${code})`)
        reject(gone)
        for (const { reject: fail } of this.#waiting.values()) fail(gone)
        this.#waiting.clear()
      })
    })
    // a refused handshake is told through the open event's error
    this.ready.catch(() => undefined)
  }

  /** Calls one SOF_ function. @throws AgentRefusal */
  call(name: string, ...params: (string | number)[]): Promise<AgentReply> {
    this.#last += 1
    const id = this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ id, function: name, params }))
    })
  }

  async users(): Promise<{ id: string; label: string }[]> {
    const list = String((await this.call('SOF_GetUserList')).value)
    return list
      .split('&&&')
      .filter(entry => entry !== '')
      .map(entry => {
        const [label = '', id = ''] = entry.split('||')
        return { id, label }
      })
  }

  /** 0 opened, a positive number of tries left, -1 locked. Only where the agent takes a PIN from a page. */
  async login(id: string, pin: string): Promise<number> {
    return Number((await this.call('SOF_Login', id, pin)).value)
  }

  /** base64 DER */
  async signCertificate(id: string): Promise<string> {
    return String((await this.call('SOF_ExportUserCert', id)).value)
  }

  /** base64 signature over the text's UTF-8 bytes */
  async sign(id: string, text: string): Promise<string> {
    return String((await this.call('SOF_SignData', id, text)).value)
  }

  /**
   * A whole shield login of one person: whichever way this agent asks for the PIN. At the agent's window it does what the person would.
   * @param format `p7`: a signed message with the text inside, instead of the signature alone
   * @throws Error when the PIN is not accepted · AgentRefusal
   */
  async answerChallenge(id: string, pin: string, text: string, format: 'raw' | 'p7' = 'raw'): Promise<ShieldAnswer> {
    if ((await this.ready) === 'page') {
      const outcome = await this.login(id, pin)
      if (outcome !== 0) throw new Error(outcome < 0 ? 'the shield is locked' : `wrong PIN, ${outcome} tries left`)
    } else {
      this.onConfirm = url => void answerWindow(url, { pin, agree: true })
    }
    const certificate = await this.signCertificate(id)
    const signature = format === 'p7' ? String((await this.call('SOF_SignDataByP7', id, text)).value) : await this.sign(id, text)
    const key = (await this.call('SOF_GetCertInfo', certificate, KEY_ALGORITHM)).value
    const algorithm = key === 'RSA' ? 'RSA' : 'SM2'
    return { certificate, signature, algorithm: format === 'p7' ? `${algorithm}-P7` : algorithm }
  }

  close(): void {
    this.#socket.close()
  }
}

/** Presses a button in the agent's window; answers its page. */
export async function answerWindow(url: string, { pin, agree }: { pin: string; agree: boolean }): Promise<string> {
  const address = new URL(url)
  const form = new URLSearchParams({ key: address.searchParams.get('key') ?? '', decision: agree ? 'agree' : 'cancel', pin })
  const page = await fetch(new URL(address.pathname, address), { method: 'POST', headers: { origin: address.origin }, body: form })
  return await page.text()
}

/** Signs without an agent, opening the shield once: for the bench. @throws BrokerError `shield_pin_wrong` */
export function directSigner(file: ShieldFile | string, pin: string): (text: string) => ShieldAnswer {
  const shield = typeof file === 'string' ? readShieldFile(file) : file
  const { sign } = openShieldFile(shield, pin)
  const algorithm = shield.kind === 'SM2-dual' ? 'SM2' : 'RSA'
  return text => ({
    certificate: shield.signCertificate,
    signature: signWithKey(sign, Buffer.from(text, 'utf8'), shield.kind).toString('base64'),
    algorithm,
  })
}

/** One signature without an agent. @throws BrokerError `shield_pin_wrong` */
export const signDirectly = (file: ShieldFile | string, pin: string, text: string): ShieldAnswer => directSigner(file, pin)(text)
