import { defineConfig } from 'prisma/config'

/** For those who run Prisma's own command against a server (`prisma migrate deploy`, `prisma migrate resolve`). The platform itself migrates at its start and does not read this file. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['SHIELD_DATABASE_URL'] ?? '' },
})
