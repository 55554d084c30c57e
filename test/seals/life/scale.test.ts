import { expect } from 'chai'
import { READ } from '../../../server/storage/seal-reads.ts'
import { openTestStores } from '../../suites/memory-stores.ts'

describe('the watch over certificates', () => {
  it('finds the seals of one among thirty thousand by an index, whether it asks by certificate, by person or by end', async function () {
    this.timeout(60_000)
    const stores = await openTestStores()
    try {
      await stores.pglite.exec(
        `INSERT INTO seal (id, enterprise_id, kind, name, applicant_id, picture, picture_digest, png, png_digest, wanted, state, version, edition, valid_from, valid_until, integrity, created_at, updated_at)
           SELECT 's' || n, 'e' || n, 'company', '', 'm', '{}', '', '', '', '{}', 'in-force', 1, 1, now(), now() + interval '1 year', '', now(), now() FROM generate_series(1, 10000) n;
         INSERT INTO seal_certificate (seal_id, edition, thumbprint, membership_id, holder, not_after, current)
           SELECT 's' || n, 1, 't' || n || '-' || k, 'm' || n || '-' || k, '', now() + n * interval '1 day', true FROM generate_series(1, 10000) n, generate_series(1, 3) k;
         ANALYZE seal; ANALYZE seal_certificate`,
      )
      for (const [statement, values] of [
        [READ.holding, ['t77-1', 10]],
        [READ.ofHolder, ['m77-1', 10]],
        [READ.ending, ['2026-01-01', '2026-01-02', 30, 10]],
      ] as const) {
        const { rows } = await stores.pglite.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement.text}`, [...values])
        const plan = rows.map(row => row['QUERY PLAN']).join('\n')
        expect(plan, statement.name).to.include('seal_certificate_')
        expect(plan, statement.name).not.to.include('Seq Scan')
      }
    } finally {
      await stores.close()
    }
  })
})
