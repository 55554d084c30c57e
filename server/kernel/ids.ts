import { randomFillSync } from 'node:crypto'

/** Letters a person can read out on the phone: no I, L, O, U, 0 or 1. */
const SPEAKABLE = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Random bytes are drawn by the page, as crypto.randomUUID does: a login takes some thirty ids, and a draw costs more than its bytes. Each byte is handed out once. */
const page = Buffer.alloc(4096)
let used = page.length

function draw(count: number): Buffer {
  if (used + count > page.length) {
    randomFillSync(page)
    used = 0
  }
  used += count
  const drawn = Buffer.from(page.subarray(used - count, used))
  page.fill(0, used - count, used)
  return drawn
}

/** A random identifier of 160 bits, safe in a URL. */
export const newId = (): string => draw(20).toString('base64url')

/** A random secret of 256 bits, safe in a URL. */
export const newSecret = (): string => draw(32).toString('base64url')

/** A trace code such as `K7QM-3F9T`: short enough to read out, one in 6.5e11, unique enough for the weeks a trace is kept. */
export function newTraceCode(): string {
  let code = ''
  while (code.length < 8) {
    for (const byte of draw(16)) {
      if (byte < 240 && code.length < 8) code += SPEAKABLE[byte % 30]
    }
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/** Two digits, for a person to compare on two screens. */
export function newPairNumber(): string {
  for (;;) {
    const [byte = 255] = draw(1)
    if (byte < 200) return String(byte % 100).padStart(2, '0')
  }
}

/** Reads a trace code as a person types it (any case, with or without the dash); undefined when it cannot be one. */
export function readTraceCode(text: string): string | undefined {
  const letters = text.toUpperCase().replaceAll(/[\s-]/g, '')
  return /^[2-9A-HJKMNP-TV-Z]{8}$/.test(letters) ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined
}
