import { Router } from 'express'
import { z } from 'zod'
import { encryptionKeyOf, type PartyKey } from '../../bank-adapters/channel/keys.ts'
import type { Trail } from '../audit/events.ts'
import { contextOf } from '../http/context.ts'
import { jsonBody, readForm } from '../http/forms.ts'
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, isOurFault } from '../kernel/errors.ts'
import { encryptCmsStream } from '../pki/enveloped-encrypt.ts'
import type { PartyKeys } from './party-keys.ts'

/** What the `shield channel` commands ask about banks' keys at the management port. Owns the answers' shape alone: a refusal comes back in it with its facts, which the operator may read. */
const name = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/)
const by = z.string().trim().min(1).max(60)
export const addBody = z.object({ party: name, certificate: z.base64().max(20_000), from: z.iso.datetime().optional(), by })
export const retireBody = z.object({ party: name, id: z.string().max(64), until: z.iso.datetime().optional(), revoke: z.boolean(), by })
export const payerKeyBody = z.object({ party: name, begin: z.boolean(), by })

const key = z.object({
  ...{ party: z.string(), id: z.string(), use: z.string(), state: z.string(), from: z.string(), notAfter: z.string(), where: z.string() },
  ...{ until: z.string().optional(), revokedAt: z.string().optional() },
})
const refused = z.object({ refused: z.string(), facts: z.string() })
export const keysAnswer = z.object({ keys: z.array(key) })
export const keyAnswer = z.union([key, refused])
export const payerKeyAnswer = z.union([
  z.object({ party: z.string(), key: z.string(), edition: z.int(), until: z.string().optional(), enveloped: z.string() }),
  refused,
])

/** Another room's: the keys for codes of payers. */
interface PayerKeys {
  newest(bank: string): { edition: number; key: string }
  begin(bank: string, by: string): Promise<{ edition: number; key: string; until: string }>
  refresh(): Promise<void>
}

export function keyRoutes({ keys, payerKeys, audit, clock }: { keys: PartyKeys; payerKeys: PayerKeys; audit: Trail; clock: Clock }): Router {
  const router = Router()
  router.get('/keys', async (_req, res) => void res.json({ keys: await keys.list() }))
  router.post('/keys', jsonBody(), async (req, res) => {
    const { certificate, from, ...asked } = readForm(req, addBody)
    const what = { ...asked, certificate: Buffer.from(certificate, 'base64'), trace: contextOf(res).trace, ...(from === undefined ? {} : { from }) }
    res.json(await orRefused(() => keys.add(what)))
  })
  router.post('/keys/retire', jsonBody(), async (req, res) => {
    const { until, ...asked } = readForm(req, retireBody)
    res.json(await orRefused(() => keys.retire({ ...asked, trace: contextOf(res).trace, ...(until === undefined ? {} : { until }) })))
  })
  router.post('/payer-key', jsonBody(), async (req, res) => {
    const { party, begin, by } = readForm(req, payerKeyBody)
    const { trace } = contextOf(res)
    const begun = async () => {
      const made = await payerKeys.begin(party, by)
      await audit.append({ code: 'channel.payer-key-begun', trace, facts: { party, edition: made.edition, until: made.until, by } })
      return made
    }
    const newest = async () => {
      await payerKeys.refresh()
      return payerKeys.newest(party)
    }
    res.json(
      await orRefused(async () => {
        await keys.refresh()
        // none is begun for a bank that it cannot be handed to
        const to = encryptionKeyOf(keys.party(party), clock.now())
        const { key, ...edition } = begin ? await begun() : await newest()
        const enveloped = await envelope(key, to)
        await audit.append({ code: 'channel.payer-key-given', trace, facts: { party, edition: edition.edition, key: to.id, by } })
        return { party, key: to.id, ...edition, enveloped }
      }),
    )
  })

  return router
}

async function envelope(secret: string, { certificate }: PartyKey): Promise<string> {
  const content = Buffer.from(secret)
  const pieces: Buffer[] = []
  for await (const piece of encryptCmsStream({ content, recipients: [certificate], size: content.length })) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('base64')
}

async function orRefused<T>(work: () => Promise<T>): Promise<T | z.infer<typeof refused>> {
  try {
    return await work()
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    if (isOurFault(code)) throw thrown
    return { refused: code, facts }
  }
}
