import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { askBroker, brokerOf } from './broker.ts'
import { type Asked, type Command, EXIT, type Outcome } from './command.ts'

/** `shield reconcile`: our file of a day, a day compared, and whether a file is what its manifest says. */
export const reconcileCommands: readonly Command[] = [
  { name: 'reconcile produce', args: ['BANK', 'DAY'], about: 'makes and signs our file of a closed day; prints its manifest', run: produce },
  {
    name: 'reconcile check',
    args: ['FILE', 'MANIFEST'],
    about: 'holds a day file against its manifest: every row, sum and byte; no signature',
    run: check,
  },
  { name: 'reconcile compare', args: ['BANK', 'DAY'], about: 'compares a day with the bank’s file and lists what differs', run: compare },
]

const produced = z.object({ manifest: z.record(z.string(), z.unknown()), signature: z.string(), hash: z.string() })

async function produce({ args: [bank = '', day = ''], config }: Asked): Promise<Outcome> {
  const made = await askBroker(await brokerOf(await config()), '/reconciliation/produce', produced, { bank, day })
  return { exit: EXIT.ok, json: made, text: `${JSON.stringify(made.manifest, undefined, 2)}\n` }
}

async function check({ args: [file = '', manifestFile = ''] }: Asked): Promise<Outcome> {
  const [{ readManifest }, { readDayFile }] = await Promise.all([
    import('../../bank-adapters/reconciliation/manifest.ts'),
    import('../../bank-adapters/reconciliation/file.ts'),
  ])
  const manifest = readManifest((await readFile(manifestFile, 'utf8')).trim())
  for await (const _lot of readDayFile(file, manifest));
  const { bank, day, rows, opening, closing } = manifest
  return {
    exit: EXIT.ok,
    json: { ok: true, manifest },
    text: `${bank} ${day}: ${rows} rows as the manifest says, from ${opening} to ${closing} fen.\n`,
  }
}

const compared = z.object({
  compared: z.object({ agreed: z.number(), late: z.number(), doubtful: z.number(), found: z.record(z.string(), z.number()), digest: z.string() }),
  state: z.string().optional(),
})

async function compare({ args: [bank = '', day = ''], config }: Asked): Promise<Outcome> {
  const answer = await askBroker(await brokerOf(await config()), '/reconciliation/compare', compared, { bank, day })
  const { agreed, late, doubtful, found, digest } = answer.compared
  const kinds = Object.entries(found).map(([kind, count]) => `  ${kind.padEnd(14)} ${count}\n`)
  const text = `${bank} ${day}: ${agreed} agree, ${late} of them a day late; ${doubtful} in doubt; ${answer.state}\n${kinds.join('')}digest ${digest}\n`
  return { exit: kinds.length === 0 ? EXIT.ok : EXIT.found, json: answer, text }
}
