import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import { Prisma, type PrismaClient } from './client/client.ts'
import { attempt } from './sql.ts'
import type { ClientRecord, ClientStore } from './stores-parties.ts'

/** Trading centers as relying parties. */
export function createClientStore(prisma: PrismaClient, clock: Clock): ClientStore {
  return {
    async find(id) {
      const row = await attempt(() => prisma.client.findUnique({ where: { id } }))
      return row === null ? undefined : clientOf(row)
    },
    async put(client) {
      const data = { name: client.name, metadata: z.json().parse(client.metadata) ?? Prisma.JsonNull, updatedAt: clock.now() }
      await attempt(() => prisma.client.upsert({ where: { id: client.id }, create: { id: client.id, ...data }, update: data }))
    },
    async list(limit, after) {
      return (await attempt(() => prisma.client.findMany({ where: { id: { gt: after ?? '' } }, orderBy: { id: 'asc' }, take: limit }))).map(clientOf)
    },
  }
}

const clientOf = (row: { id: string; name: string; metadata: unknown }): ClientRecord => ({
  id: row.id,
  name: row.name,
  metadata: z.record(z.string(), z.unknown()).parse(row.metadata),
})
