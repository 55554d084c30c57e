import { z } from 'zod'
import type { PrismaClient } from './client/client.ts'
import { attempt, errorCode } from './sql.ts'
import type { SigningKey, SigningKeyStore } from './stores-keys.ts'

/** Sealed private keys and where each stands in its life. The seal is the configuration's; nothing here can open it. */
export function createSigningKeyStore(prisma: PrismaClient): SigningKeyStore {
  return {
    list: async use =>
      (await attempt(() => prisma.signingKey.findMany({ where: { use }, orderBy: [{ createdAt: 'asc' }, { kid: 'asc' }] }))).map(keyOf),
    async insert(key) {
      try {
        await attempt(() => prisma.signingKey.create({ data: key }))
        return true
      } catch (thrown) {
        // P2002: unique constraint
        if (errorCode(thrown) === 'P2002') return false
        throw thrown
      }
    },
    setState: async (kid, from, to) =>
      (await attempt(() => prisma.signingKey.updateMany({ where: { kid, state: from }, data: { state: to } }))).count === 1,
    async remove(kid) {
      await attempt(() => prisma.signingKey.deleteMany({ where: { kid } }))
    },
  }
}

const shape = z.object({
  kid: z.string(),
  use: z.enum([
    'provider',
    'bank-client',
    'saml',
    'timestamp',
    'seal-maker',
    'bid-release',
    'remote-signing-ca',
    'channel-sign',
    'channel-encrypt',
    'credit-report',
  ]),
  state: z.enum(['initial', 'active', 'retired']),
  sealed: z.string(),
  createdAt: z.date().transform(date => date.toISOString()),
  activeFrom: z.date().transform(date => date.toISOString()),
})
const keyOf = (row: unknown): SigningKey => shape.parse(row)
