/**
 * Owns the SOF_ functions of GM/T 0020 that the agent answers to, one row each. Names, order of parameters and return values are the standard's, so that a page
 * written for a CA's control can be moved over; text goes in as UTF-8, binary values as base64. Which words a person saw comes back beside the value as `shown`.
 *
 * Where vendors differ (BJCA's SOF_Login answers a boolean) the standard's reading is taken: 0 opened, a positive number of tries left, -1 locked.
 */
import { randomBytes, verify as verifyWith } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../server/kernel/clock.ts'
import { asBrokerError, BrokerError, type FailureCode } from '../../server/kernel/errors.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { verifyCms } from '../../server/pki/cms.ts'
import { verifySm2 } from '../../server/pki/sm2.ts'
import { certificateInfo } from './certificate-info.ts'
import type { PinAnswer, Shield, ShieldDriver, ShieldSession } from './driver.ts'
import { digestsOn, type OpenList, openList } from './listed.ts'
import { type Readable, readableDecryption, readableDigest, readableList, readableText, readBase64 } from './words.ts'

export const AGENT_VERSION = '1.0.0'

/** One page's conversation: what it opened and set is its own and ends with it. */
export interface Conversation {
  driver: ShieldDriver
  opened: Map<string, ShieldSession>
  signMethod: number | undefined
  lastError: number
  /** whether this agent takes a PIN from a page at all */
  pinInPage: boolean
  /** uses the shield once the words may be acted upon: at once where the page gave the PIN, else when the person agreed in the agent's window */
  withShield(shield: Shield, purpose: 'sign' | 'decrypt', readable: Readable, use: (session: ShieldSession) => Promise<Buffer>): Promise<Buffer>
  /** the same for more than one use; whoever holds it gives it back */
  holdShield(shield: Shield, purpose: 'sign', readable: Readable): Promise<{ session: ShieldSession; release(): void }>
  /** what the person agreed to have signed line by line; one a page */
  list: OpenList | undefined
  clock: Clock
}

export interface Reply {
  value: string | number | boolean
  shown?: string
}

// SGD_ constants of GM/T 0006. For SM3 with SM2 its text says 0x00020201 and several vendors compute 0x00020101: both are taken.
const SGD_SM3_SM2 = 0x00020201
const SGD_SHA256_RSA = 0x00010004
const METHODS = new Map<number, Shield['algorithm']>([
  [SGD_SM3_SM2, 'SM2'],
  [0x00020101, 'SM2'],
  [SGD_SHA256_RSA, 'RSA'],
])

/** SOF_GetLastError speaks in the SAR_ numbers of GM/T 0016, which SKF users know. */
const LAST_ERROR: Partial<Record<FailureCode, number>> = {
  shield_pin_wrong: 0x0a000024,
  shield_locked: 0x0a000025,
  shield_pin_unfit: 0x0a000027,
  shield_closed: 0x0a00002d,
  shield_absent: 0x0a000023,
  shield_text_refused: 0x0a000010,
  certificate_malformed: 0x0a000010,
  shield_request_refused: 0x0a000006,
}
const SAR_FAIL = 0x0a000001

type SofFunction = (conversation: Conversation, params: unknown[]) => Promise<Reply>

const shieldId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
const pin = z.string().max(64)
const data = z.string().max(48 * 1024)
/** base64: what is signed for an electronic seal holds the whole seal, its picture and certificates too */
const item = z.string().max(512 * 1024)
/** UTF-16 units; words.ts says what may stand in it */
const listText = z.string().max(200_000)

function row<P extends z.ZodType<unknown[]>>(
  params: P,
  run: (conversation: Conversation, ...given: z.infer<P>) => Reply | Promise<Reply>,
): SofFunction {
  return async (conversation, given) => {
    const read = params.safeParse(given)
    if (!read.success)
      throw new BrokerError('shield_request_refused', 'parameters do not fit the function', { expected: z.prettifyError(read.error) })
    return await run(conversation, ...read.data)
  }
}

const FUNCTIONS: Record<string, SofFunction> = {
  SOF_GetVersion: row(z.tuple([]), () => ({ value: AGENT_VERSION })),
  SOF_GetUserList: row(z.tuple([]), async ({ driver }) => ({
    value: (await driver.list()).map(({ label, id }) => `${label.replaceAll(/[|&]/g, ' ')}||${id}&&&`).join(''),
  })),
  SOF_Login: row(z.tuple([shieldId, pin]), async (conversation, id, given) => {
    pinMayComeFromPage(conversation)
    const opened = await conversation.driver.open(id, given)
    if (opened.outcome === 'open') {
      conversation.opened.get(id)?.close()
      conversation.opened.set(id, opened.session)
      return { value: 0 }
    }
    return pinRefused(conversation, opened)
  }),
  SOF_GetPinRetryCount: row(z.tuple([shieldId]), async (conversation, id) => ({ value: (await find(conversation, id)).triesLeft })),
  SOF_IsLogin: row(z.tuple([shieldId]), ({ opened }, id) => ({ value: opened.has(id) })),
  SOF_Logout: row(z.tuple([shieldId]), ({ opened }, id) => {
    opened.get(id)?.close()
    return { value: opened.delete(id) }
  }),
  SOF_ChangePassWd: row(z.tuple([shieldId, pin, pin]), async (conversation, id, oldPin, newPin) => {
    pinMayComeFromPage(conversation)
    const answer = await conversation.driver.changePin(id, oldPin, newPin)
    return answer.outcome === 'ok' ? { value: 0 } : pinRefused(conversation, answer)
  }),

  SOF_ExportUserCert: row(z.tuple([shieldId]), async (conversation, id) => ({
    value: (await find(conversation, id)).signCertificate.toString('base64'),
  })),
  /** a shield with one certificate for both uses answers with that one */
  SOF_ExportExChangeUserCert: row(z.tuple([shieldId]), async (conversation, id) => {
    const { encryptCertificate, signCertificate } = await find(conversation, id)
    return { value: (encryptCertificate ?? signCertificate).toString('base64') }
  }),
  SOF_GetCertInfo: row(z.tuple([data, z.number().int()]), (_, certificate, type) => ({
    value: certificateInfo(readCertificate(readBase64(certificate)), type),
  })),

  SOF_SetSignMethod: row(z.tuple([z.number().int()]), (conversation, method) => {
    if (!METHODS.has(method)) throw new BrokerError('shield_request_refused', `sign method 0x${method.toString(16)}`)
    conversation.signMethod = method
    return { value: true }
  }),
  SOF_GetSignMethod: row(z.tuple([]), ({ signMethod }) => ({ value: signMethod ?? SGD_SM3_SM2 })),
  /** the third parameter is ours: `digest` marks 32 bytes in hexadecimal that cannot be shown in words */
  SOF_SignData: row(z.tuple([shieldId, data, z.enum(['text', 'digest']).default('text')]), async (conversation, id, text, kind) => {
    const readable = kind === 'digest' ? readableDigest(text) : readableText(text)
    return await signing(conversation, id, readable, session => session.sign(readable.bytes))
  }),
  SOF_VerifySignedData: row(z.tuple([data, data, data]), (_, certificate, text, signature) => {
    const key = readCertificate(readBase64(certificate)).publicKey
    const [signed, value] = [Buffer.from(text, 'utf8'), readBase64(signature)]
    return { value: key.asymmetricKeyType === 'rsa' ? verifyWith('sha256', signed, key, value) : verifySm2(key, signed, value) }
  }),
  SOF_SignDataByP7: row(z.tuple([shieldId, data]), async (conversation, id, text) => {
    const readable = readableText(text)
    return await signing(conversation, id, readable, session => session.signP7(readable.bytes))
  }),
  /** the signature alone: who signed, and whether to trust them, is for the one who relies on it */
  SOF_VerifySignedDataByP7: row(z.tuple([data]), (_, message) => {
    verifyCms({ cms: readBase64(message) })
    return { value: true }
  }),
  /**
   * Ours: signs a list of what will be signed, as SOF_SignDataByP7 would, and keeps it open: SHIELD_SignListed then signs what stands on it, each line once, without another PIN. The standard has nothing for many
   * documents but one PIN a signature, or a PIN kept by the page.
   */
  SHIELD_OpenList: row(z.tuple([shieldId, listText]), async (conversation, id, text) => {
    const readable = readableList(text)
    digestsOn(text)
    conversation.list?.close()
    conversation.list = undefined
    const held = await conversation.holdShield(await find(conversation, id), 'sign', readable)
    try {
      const signed = await held.session.signP7(readable.bytes)
      conversation.list = openList(text, held, conversation.clock)
      return { value: signed.toString('base64'), shown: readable.words }
    } catch (thrown) {
      held.release()
      throw thrown
    }
  }),
  /** base64 of the signed attributes, TBS_Sign or SignedInfo of one line; a single seal is a list of one */
  SHIELD_SignListed: row(z.tuple([item]), async ({ list }, item) => {
    if (list === undefined) throw new BrokerError('shield_closed', 'no list is open')
    return { value: (await list.sign(readBase64(item))).toString('base64') }
  }),
  SHIELD_CloseList: row(z.tuple([]), conversation => {
    const left = conversation.list?.left() ?? 0
    conversation.list?.close()
    conversation.list = undefined
    return { value: left }
  }),
  /** the third parameter is ours: the standard knows PKCS#1 v1.5 for RSA, and bid keys come under OAEP (docs/bid-envelopes.md) */
  SOF_PriKeyDecrypt: row(
    z.tuple([shieldId, data, z.enum(['pkcs1', 'oaep-sha256']).default('pkcs1')]),
    async (conversation, id, ciphertext, padding) => {
      const readable = readableDecryption(ciphertext)
      const plain = await conversation.withShield(await find(conversation, id), 'decrypt', readable, session =>
        session.decrypt(readable.bytes, padding),
      )
      return { value: plain.toString('base64'), shown: readable.words }
    },
  ),
  SOF_GenRandom: row(z.tuple([z.number().int().min(1).max(1024)]), (_, length) => ({ value: randomBytes(length).toString('base64') })),
  SOF_GetLastError: row(z.tuple([]), ({ lastError }) => ({ value: lastError })),
}

/**
 * Answers one request.
 * @throws BrokerError, which is also what SOF_GetLastError answers next
 */
export async function callSof(conversation: Conversation, name: string, params: unknown[]): Promise<Reply> {
  const run = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  try {
    if (run === undefined) throw new BrokerError('shield_request_refused', `no function ${name.slice(0, 64)}`)
    if (name !== 'SOF_GetLastError') conversation.lastError = 0
    return await run(conversation, params)
  } catch (thrown) {
    const error = asBrokerError(thrown)
    conversation.lastError = LAST_ERROR[error.code] ?? SAR_FAIL
    throw error
  }
}

async function find({ driver }: Conversation, id: string): Promise<Shield> {
  const found = (await driver.list()).find(shield => shield.id === id)
  if (found === undefined) throw new BrokerError('shield_absent', `no shield ${id}`)
  return found
}

async function signing(conversation: Conversation, id: string, readable: Readable, use: (session: ShieldSession) => Promise<Buffer>): Promise<Reply> {
  const shield = await find(conversation, id)
  const algorithm = conversation.signMethod === undefined ? shield.algorithm : METHODS.get(conversation.signMethod)
  if (algorithm !== shield.algorithm)
    throw new BrokerError('shield_request_refused', 'the sign method set is not for this shield', {
      received: String(algorithm),
      expected: shield.algorithm,
    })
  return { value: (await conversation.withShield(shield, 'sign', readable, use)).toString('base64'), shown: readable.words }
}

function pinMayComeFromPage({ pinInPage }: Conversation): void {
  if (!pinInPage) throw new BrokerError('shield_request_refused', 'a page sent a PIN', { expected: 'the PIN is entered in the agent’s own window' })
}

function pinRefused(conversation: Conversation, answer: Exclude<PinAnswer, { outcome: 'ok' }>): Reply {
  conversation.lastError = (answer.outcome === 'locked' ? LAST_ERROR.shield_locked : LAST_ERROR.shield_pin_wrong) ?? SAR_FAIL
  return { value: answer.outcome === 'locked' ? -1 : answer.triesLeft }
}
