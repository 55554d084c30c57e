import { z } from 'zod'
import { fromBrokerOrStores } from './broker.ts'
import { type Asked, type Command, EXIT, type Outcome } from './command.ts'

/** `shield ledger`: whether the ledger keeps its rules, and whether anything in it was changed afterwards. */
export const ledgerCommands: readonly Command[] = [
  { name: 'ledger check', args: [], about: 'holds the ledger against its rules: every journal, account, owner and day, and the total', run: check },
  { name: 'ledger verify', args: [], about: 'computes the chain of hashes over all journals anew', run: verify },
]

const report = z.object({
  ok: z.boolean(),
  journals: z.number(),
  accounts: z.number(),
  breaches: z.array(z.object({ rule: z.string(), at: z.string(), off: z.string() })),
})

async function check({ config, progress }: Asked): Promise<Outcome> {
  const found = await fromBrokerOrStores(await config(), {
    path: '/ledger/check',
    schema: report,
    here: async stores => {
      const { checkLedger } = await import('../bonds/ledger/check.ts')
      return report.parse(await checkLedger(stores.ledger, (done, total) => progress(`${done} of ${total} journals and accounts`)))
    },
  })
  const text = found.ok
    ? `The ledger keeps its rules: ${found.journals} journals, ${found.accounts} accounts.\n`
    : `THE LEDGER DOES NOT KEEP ITS RULES:\n${found.breaches.map(({ rule, at, off }) => `  ${rule.padEnd(16)} at ${at || 'the whole'}, off by ${off}\n`).join('')}`
  return { exit: found.ok ? EXIT.ok : EXIT.found, json: found, text }
}

const verdict = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), blocks: z.number(), journals: z.number(), head: z.string() }),
  z.object({ ok: z.literal(false), block: z.number(), facts: z.string(), blocks: z.number(), journals: z.number() }),
])

async function verify({ config, progress }: Asked): Promise<Outcome> {
  const found = await fromBrokerOrStores(await config(), {
    path: '/ledger/verify',
    schema: verdict,
    here: async stores => {
      const { verifyChain } = await import('../bonds/ledger/chain.ts')
      return verifyChain(stores.ledger, blocks => progress(`${blocks} blocks`))
    },
  })
  const text = found.ok
    ? `The ledger verifies: ${found.journals} journals, ${found.blocks} blocks, head ${found.head}\nKeep the head elsewhere: it proves later that nothing before it was rewritten.\n`
    : `THE LEDGER DOES NOT VERIFY at block ${found.block}: ${found.facts}\n`
  return { exit: found.ok ? EXIT.ok : EXIT.found, json: found, text }
}
