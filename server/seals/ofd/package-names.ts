/** Owns which names a part may have: those that every reader on every system understands as the same place inside the package, and no other. */
import { OFD_LIMITS, unusable } from './limits.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** a bare name that Windows takes for a device */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/**
 * @param raw as it stands in the directory
 * @param utf8 general purpose bit 11; without it older writers used the code page of their machine
 * @returns the name, a folder's with its final slash
 * @throws BrokerError seal_document_unusable
 */
export function nameOf(raw: Buffer, utf8: boolean): string {
  if (raw.length === 0 || raw.length > OFD_LIMITS.name) throw unusable(`a part with a name of ${raw.length} bytes`)
  const name = decoded(raw, utf8)
  const shown = JSON.stringify(name.slice(0, 120))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f\\:*?"<>|\ufffd]/.test(name)) throw unusable(`a part with a name that is no path: ${shown}`)
  if (name.startsWith('/')) throw unusable(`a part with an absolute name: ${shown}`)
  const steps = (name.endsWith('/') ? name.slice(0, -1) : name).split('/')
  for (const step of steps) {
    if (step === '' || step === '.' || step === '..') throw unusable(`a part outside the package: ${shown}`)
    if (step.endsWith('.') || step.endsWith(' ') || DEVICE.test(step)) throw unusable(`a part with a name that systems read differently: ${shown}`)
  }
  return name
}

function decoded(raw: Buffer, utf8: boolean): string {
  try {
    return UTF8.decode(raw)
  } catch (cause) {
    if (utf8) throw unusable('a part with a name that is not UTF-8', cause)
  }
  try {
    return new TextDecoder('gb18030', { fatal: true }).decode(raw)
  } catch (cause) {
    throw unusable('a part with a name in no known encoding', cause)
  }
}

/** Under which two names are the same to some reader. */
export const keyOf = (path: string): string => path.normalize('NFC').toLowerCase()

/**
 * That no two parts can be taken for one another, and none is a folder of others.
 * @throws BrokerError seal_document_unusable
 */
export function checkNames(names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const key = keyOf(name.endsWith('/') ? name.slice(0, -1) : name)
    const other = seen.get(key)
    if (other === name) throw unusable(`a part twice: ${name}`)
    if (other !== undefined) throw unusable(`parts that differ by case alone: ${other}, ${name}`)
    seen.set(key, name)
  }
  for (const [key, name] of seen) {
    for (let cut = key.lastIndexOf('/'); cut > 0; cut = key.lastIndexOf('/', cut - 1)) {
      const above = seen.get(key.slice(0, cut))
      if (above !== undefined && !above.endsWith('/')) throw unusable(`a part inside another part: ${name}`)
    }
  }
}
