/**
 * Owns a folder of shield files as if it were a row of USB ports: a file appears, a shield is plugged in; it goes, the shield was pulled out. Also keeps the
 * count of wrong PINs, in the file itself, so that a restart gives nobody a fresh six.
 *
 * A try is written off before the PIN is checked and given back when it was right: a process killed in between has spent a try, never gained one. Everything
 * between reading and writing a file is synchronous, so parallel guesses through one agent queue up by themselves. (Two agents on one folder are not served.)
 */
import { constants, type KeyObject, privateDecrypt, sign as signWith } from 'node:crypto'
import {
  closeSync,
  existsSync,
  type FSWatcher,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  watch,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { BrokerError } from '../../server/kernel/errors.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { signCms } from '../../server/pki/cms.ts'
import { decryptSm2, signSm2 } from '../../server/pki/sm2.ts'
import type { Opened, PinAnswer, Shield, ShieldDriver, ShieldSession } from './driver.ts'
import { changeShieldPin, type OpenedKeys, openShieldFile, PIN_TRIES, readShieldFile, type ShieldFile } from './shield-file.ts'

/** More files than this in the folder are not looked at. */
const SHIELD_LIMIT = 500

/** @param folder holds one JSON file a shield; made when it is not there */
export function createSoftwareDriver(folder: string): ShieldDriver {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const watchers = new Set<FSWatcher>()

  /** Every readable shield by its id. A file that is half copied or foreign is no shield yet; the change that completes it comes as an event. */
  function shields(): Map<string, { path: string; file: ShieldFile }> {
    const found = new Map<string, { path: string; file: ShieldFile }>()
    if (!existsSync(folder)) return found
    const names = readdirSync(folder).filter(name => name.endsWith('.json') && !name.startsWith('.'))
    for (const name of names.sort().slice(0, SHIELD_LIMIT)) {
      const path = join(folder, name)
      const file = readOrSkip(path)
      if (file !== undefined && !found.has(file.id)) found.set(file.id, { path, file })
    }
    return found
  }

  function find(id: string): { path: string; file: ShieldFile } {
    const found = shields().get(id)
    if (found === undefined) throw new BrokerError('shield_absent', `no shield ${id.slice(0, 64)} in the folder`)
    return found
  }

  /** Spends a try, runs what needs the PIN, gives the tries back when it was right. */
  function withPin<T>(id: string, use: (file: ShieldFile) => { result: T; file: ShieldFile }): { result: T } | Exclude<PinAnswer, { outcome: 'ok' }> {
    const { path, file } = find(id)
    if (file.pin.retriesLeft === 0) return { outcome: 'locked' }
    const spent = { ...file, pin: { ...file.pin, retriesLeft: file.pin.retriesLeft - 1 } }
    replaceFile(path, spent)
    try {
      const used = use(file)
      replaceFile(path, { ...used.file, pin: { ...used.file.pin, retriesLeft: PIN_TRIES } })
      return { result: used.result }
    } catch (thrown) {
      if (!(thrown instanceof BrokerError)) throw thrown
      if (thrown.code === 'shield_pin_wrong')
        return spent.pin.retriesLeft === 0 ? { outcome: 'locked' } : { outcome: 'wrong-pin', triesLeft: spent.pin.retriesLeft }
      // an unfit new PIN says nothing about the old one, which was right
      replaceFile(path, { ...file, pin: { ...file.pin, retriesLeft: PIN_TRIES } })
      throw thrown
    }
  }

  return {
    name: 'software',
    state: () => (existsSync(folder) ? 'ready' : 'unavailable'),
    list: async () => [...shields().values()].map(({ file }) => describe(file)),
    async open(id, pin): Promise<Opened> {
      const answer = withPin(id, file => ({ result: openShieldFile(file, pin), file }))
      if (!('result' in answer)) return answer
      return { outcome: 'open', session: session(answer.result, find(id)) }
    },
    async changePin(id, oldPin, newPin): Promise<PinAnswer> {
      const answer = withPin(id, file => ({ result: undefined, file: changeShieldPin(file, oldPin, newPin) }))
      return 'result' in answer ? { outcome: 'ok' } : answer
    },
    watch(changed) {
      const pluggedIn = (): string =>
        JSON.stringify([...shields().values()].map(({ file }) => [file.id, file.label, file.signCertificate, file.encryptCertificate]))
      let before = pluggedIn()
      // writing the retry counter touches the folder too: only a change of what is plugged in counts
      const watcher = watch(folder, () => {
        const after = pluggedIn()
        if (after === before) return
        before = after
        changed()
      })
      watcher.on('error', () => changed())
      watchers.add(watcher)
      return () => {
        watcher.close()
        watchers.delete(watcher)
      }
    },
    close() {
      for (const watcher of watchers) watcher.close()
      watchers.clear()
    },
  }
}

/** Parsing is what listing costs; a file with the same inode, size and time (a replaced file has another inode) is not parsed again. */
const parsed = new Map<string, { stamp: string; file: ShieldFile }>()

function readOrSkip(path: string): ShieldFile | undefined {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true })
    const stamp = `${ino} ${size} ${mtimeNs}`
    const known = parsed.get(path)
    if (known?.stamp === stamp) return known.file
    if (size > 65_536n) return undefined
    const file = readShieldFile(readFileSync(path, 'utf8'))
    parsed.set(path, { stamp, file })
    return file
  } catch {
    parsed.delete(path)
    return undefined
  }
}

const describe = (file: ShieldFile): Shield => ({
  id: file.id,
  label: file.label,
  algorithm: file.kind === 'RSA-single' ? 'RSA' : 'SM2',
  signCertificate: Buffer.from(file.signCertificate, 'base64'),
  ...(file.encryptCertificate === undefined ? {} : { encryptCertificate: Buffer.from(file.encryptCertificate, 'base64') }),
  triesLeft: file.pin.retriesLeft,
})

function session(opened: OpenedKeys, { path, file }: { path: string; file: ShieldFile }): ShieldSession {
  let keys: OpenedKeys | undefined = opened
  const use = (): OpenedKeys => {
    if (keys === undefined) throw new BrokerError('shield_closed', 'the session was closed')
    if (readOrSkip(path)?.id !== file.id) throw new BrokerError('shield_absent', 'the file is gone')
    return keys
  }
  return {
    sign: async data => signWithKey(use().sign, data, file.kind),
    signP7: async content =>
      signCms({ content, certificate: readCertificate(Buffer.from(file.signCertificate, 'base64')), privateKey: use().sign, detached: false }),
    async decrypt(ciphertext, padding = 'pkcs1') {
      const { sign, encrypt = sign } = use()
      if (file.kind === 'SM2-dual') return decryptSm2(encrypt, ciphertext)
      if (padding === 'pkcs1') return privateDecrypt({ key: encrypt, padding: constants.RSA_PKCS1_PADDING }, ciphertext)
      try {
        return privateDecrypt({ key: encrypt, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, ciphertext)
      } catch (cause) {
        throw new BrokerError('signature_invalid', 'the ciphertext is not for this key', { cause })
      }
    },
    close: () => {
      keys = undefined
    },
  }
}

/** The signature a shield of this kind makes; shared with what signs without an agent (agent-client.ts). */
export const signWithKey = (key: KeyObject, data: Uint8Array, kind: ShieldFile['kind']): Buffer =>
  kind === 'SM2-dual' ? Buffer.from(signSm2(key, data)) : signWith('sha256', data, key)

/** Written beside, flushed, renamed: a crash leaves the old file or the new one, never half of one. */
function replaceFile(path: string, file: ShieldFile): void {
  // unplugged while its PIN was checked: writing it back would plug it in again
  if (!existsSync(path)) throw new BrokerError('shield_absent', 'the file went away while it was in use')
  const beside = `${path}.new`
  const handle = openSync(beside, 'w', 0o600)
  try {
    writeSync(handle, JSON.stringify(file, undefined, 2))
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(beside, path)
}
