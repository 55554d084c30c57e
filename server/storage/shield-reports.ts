import { read, type Sql } from './sql.ts'
import type { ShieldReport, ShieldReportStore } from './stores-bids.ts'
import type { Write } from './stores-effects.ts'

/** What banks said of shields: reads what effect_shield_report wrote with their messages. Whether a bank may speak of a certificate is bids/'s to ask. */
export const createShieldReportStore = (sql: Sql): ShieldReportStore => ({
  of: async thumbprints =>
    (await sql.query<Omit<ShieldReport, 'saidAt'> & { saidAt: Date }>(OF, [[...thumbprints]])).map(({ saidAt, ...report }) => ({
      ...report,
      saidAt: saidAt.toISOString(),
    })),
})

/** A bank's latest word about a certificate; an older one that comes later changes nothing. */
export const shieldReportWrite = ({ thumbprint, bank, state, saidAt }: ShieldReport): Write => ({
  kind: 'shield_report',
  what: { thumbprint, bank, state, said_at: saidAt },
})

const OF = read('shield_reports_of', `SELECT thumbprint, bank, state, said_at AS "saidAt" FROM shield_report WHERE thumbprint = ANY($1::text[])`)
