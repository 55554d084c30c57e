import { createHash } from 'node:crypto'
import { z } from 'zod'
import { nextDay } from '../../server/kernel/china-time.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { OwnKey, Party } from '../channel/keys.ts'
import { signText, verifyText } from '../channel/signature.ts'
import { KINDS } from './row.ts'

/** What a file says of itself, signed. Owns its text, and that files of one bank and direction stand in a chain: numbers without a gap, each with the hash of the one before, each opening with what the one before closed with. */
const party = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const fen = z.string().regex(/^(0|-?[1-9]\d{0,17})$/)
const count = z.int().min(0)
const whole = z.strictObject({
  version: z.literal(1),
  what: z.enum(['day', 'differences']),
  bank: party,
  /** whose file it is */
  sender: party,
  receiver: party,
  /** YYYY-MM-DD as the calendar in Beijing has it */
  day: z.string().regex(/^\d{4}-\d\d-\d\d$/),
  format: z.enum(['csv', 'jsonl']),
  /** of a day file: the edition of the key that its codes of payers are made with; the first where it says nothing */
  payerKey: z.int().min(1).max(9999).optional(),
  /** from 1 */
  sequence: z.int().min(1),
  /** SM3 of the manifest before; 64 zeros for the first */
  previous: hash,
  /** SM3 of the content, and of the file as it lies there */
  content: hash,
  file: hash,
  bytes: count,
  fileBytes: count,
  rows: count,
  /** of each kind, how many rows, and their sum in fen: in less out */
  sums: z.strictObject(
    Object.fromEntries(KINDS.map(kind => [kind, z.strictObject({ rows: count, fen })])) as Record<(typeof KINDS)[number], typeof sum>,
  ),
  opening: fen,
  closing: fen,
  /** ISO 8601 */
  madeAt: z.iso.datetime({ precision: 3 }),
})
const sum = z.strictObject({ rows: count, fen })
export type Manifest = z.infer<typeof whole>
export interface SignedManifest {
  text: string
  signature: string
}

export const FIRST = '0'.repeat(64)
const MOST_TEXT = 16 * 1024

/** What is signed: one JSON object on one line, after a title that no message of the channel has. */
const signedText = (text: string): string => `shared-shield reconciliation 1\n${text}\n`
export const hashOf = ({ text }: Pick<SignedManifest, 'text'>): string => createHash('sm3').update(signedText(text)).digest('hex')

export async function signManifest(manifest: Manifest, keys: readonly OwnKey[]): Promise<SignedManifest> {
  const text = JSON.stringify(whole.parse(manifest))
  return { text, signature: await signText(signedText(text), keys) }
}

/** @throws BrokerError reconciliation_manifest, and those of a signature: channel_signature_invalid, channel_key_unknown, channel_key_not_in_force, channel_downgraded, channel_unsigned, channel_malformed */
export async function verifyManifest(
  { text, signature }: SignedManifest,
  partyOf: (name: string) => Party | undefined,
  now: Date,
): Promise<Manifest> {
  const manifest = readManifest(text)
  const sender = partyOf(manifest.sender)
  if (sender === undefined) throw new BrokerError('channel_key_unknown', 'a sender that is not registered', { received: manifest.sender })
  await verifyText(signedText(text), signature, sender, { signed: new Date(manifest.madeAt), now })
  return manifest
}

/** @throws BrokerError reconciliation_manifest */
export function readManifest(text: string): Manifest {
  if (text.length > MOST_TEXT) throw fault(`more than ${MOST_TEXT} characters`)
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    throw fault('no JSON')
  }
  const read = whole.safeParse(said)
  if (!read.success)
    throw fault(
      read.error.issues
        .map(({ path, message }) => `${path.join('.')}: ${message}`)
        .join('; ')
        .slice(0, 300),
    )
  return read.data
}

/**
 * Whether a file follows the one before it. Its sums and balances have to add up as well.
 * @throws BrokerError reconciliation_sequence, reconciliation_chain, reconciliation_balance
 */
export function demandFollows(manifest: Manifest, before: { manifest: Manifest; hash: string } | undefined): void {
  const expected = (before?.manifest.sequence ?? 0) + 1
  const { sequence, previous, day, opening, closing } = manifest
  const due = before === undefined ? day : nextDay(before.manifest.day)
  if (sequence !== expected || day !== due)
    throw new BrokerError('reconciliation_sequence', `number ${sequence} of ${day}`, {
      received: `number ${sequence}, ${day}`,
      expected: `number ${expected}, ${due}`,
    })
  if (previous !== (before?.hash ?? FIRST))
    throw new BrokerError('reconciliation_chain', 'another manifest before it', { received: previous, expected: before?.hash ?? FIRST })
  if (manifest.what === 'differences') return
  if (before !== undefined && opening !== before.manifest.closing)
    throw new BrokerError('reconciliation_balance', 'it does not open with what the day before closed with', {
      received: opening,
      expected: before.manifest.closing,
    })
  const moved = KINDS.reduce((all, kind) => all + BigInt(manifest.sums[kind].fen), 0n)
  if (BigInt(opening) + moved !== BigInt(closing))
    throw new BrokerError('reconciliation_balance', 'opening and sums do not make the closing balance', {
      received: closing,
      expected: String(BigInt(opening) + moved),
    })
}

const fault = (facts: string): BrokerError => new BrokerError('reconciliation_manifest', facts, { expected: facts })
