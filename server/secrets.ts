import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BrokerError } from './kernel/errors.ts'

/**
 * Development secrets: made on the first start of a sandbox and kept in its data folder, so that sessions and sealed keys survive a restart. Each is marked, and
 * whoever copies one into a production configuration is refused by the mark.
 */
const COOKIE_MARK = 'sandbox-'
const SEALING_MARK = Buffer.from('sandbox:')

export interface Secrets {
  /** the first signs cookies, all verify */
  cookieKeys: string[]
  /** 32 bytes in base64; encrypts private keys at rest */
  sealingKey: string
}

const stored = z.strictObject({ cookieKeys: z.array(z.string().min(32)).min(1).max(10), sealingKey: z.string().length(44) })

/** Reads `<dataDir>/secrets.json`, or makes it (mode 0600, written beside and renamed). @param dataDir `memory` keeps nothing */
export async function developmentSecrets(dataDir: string): Promise<{ secrets: Secrets; file: string | undefined; fresh: boolean }> {
  if (dataDir === 'memory') return { secrets: generate(), file: undefined, fresh: true }
  const file = join(dataDir, 'secrets.json')
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (before !== undefined) return { secrets: readStored(before, file), file, fresh: false }
  const secrets = generate()
  await mkdir(dataDir, { recursive: true })
  const beside = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(beside, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(beside, file)
  return { secrets, file, fresh: true }
}

/** What the sandbox's messages to people are signed with: known to everybody, which is why production refuses it. */
export const DEMONSTRATION_GATEWAY_SECRET = `whsec_${Buffer.from('a demonstration, known to everybody').toString('base64')}`

/** Whether a secret was generated for a sandbox, wherever it was copied to. */
export const isDevelopmentCookieKey = (key: string): boolean => key.startsWith(COOKIE_MARK)
export function isDevelopmentSealingKey(key: string): boolean {
  const bytes = Buffer.from(key, 'base64')
  return bytes.length === 32 && timingSafeEqual(bytes.subarray(0, SEALING_MARK.length), SEALING_MARK)
}

function generate(): Secrets {
  return {
    cookieKeys: [`${COOKIE_MARK}${randomBytes(32).toString('base64url')}`],
    sealingKey: Buffer.concat([SEALING_MARK, randomBytes(32 - SEALING_MARK.length)]).toString('base64'),
  }
}

function readStored(text: string, file: string): Secrets {
  try {
    return stored.parse(JSON.parse(text))
  } catch (cause) {
    // never the parser's words: they may quote a secret
    throw new BrokerError('config_invalid', `${file} is not what was written there; delete it to start with new development secrets`, {
      cause: cause instanceof z.ZodError ? undefined : 'unreadable JSON',
    })
  }
}
