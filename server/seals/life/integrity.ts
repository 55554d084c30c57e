import type { Sealing } from '../../kernel/sealing.ts'
import { sm3 } from '../../pki/sm2.ts'
import type { SealRow } from '../../storage/stores-seals.ts'

/** A row that somebody edited is not honoured: its columns carry a code under a key that the database does not hold. A seal put back from revoked to in force by hand seals nothing. */
export interface Integrity {
  /** the code for a row as it shall be stored */
  code(row: Omit<SealRow, 'integrity'>): string
  holds(row: SealRow): boolean
  /** whether the drawing is the one that the row's code covers by its digest; a row out of a list may have been read without it */
  pictured(row: SealRow): boolean
}

export function createIntegrity(sealing: Pick<Sealing, 'code'>): Integrity {
  const code: Integrity['code'] = row =>
    sealing.code(
      JSON.stringify([
        row.id,
        row.enterpriseId,
        row.kind,
        row.name,
        row.under ?? null,
        row.number ?? null,
        row.ownerId ?? null,
        row.applicantId,
        row.pictureDigest,
        row.pngDigest,
        row.wanted,
        row.state,
        row.version,
        row.edition,
        row.validFrom,
        row.validUntil,
      ]),
      'seal',
    )
  return {
    code,
    holds: row => code(row) === row.integrity,
    pictured: ({ picture, pictureDigest }) => sm3(Buffer.from(picture, 'utf8')) === pictureDigest,
  }
}
