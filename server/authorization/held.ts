import type { Sealing } from '../kernel/sealing.ts'
import type { MandateRow } from '../storage/stores-authorization.ts'
import type { HeldMandate } from './decide.ts'
import type { Signatures } from './ports.ts'
import { acceptanceText, type MandateTerms, readMandateText } from './terms.ts'

/**
 * From a stored row to a mandate that may be honoured. A row that somebody changed is never honoured: its columns carry a code under a key that the database does not hold, and what decides is read from the
 * signed text, whose signatures are checked again (remembered by their digest, so that a login pays for none).
 */
export interface Holding {
  /** the code for a row as it shall be stored */
  seal(row: Omit<MandateRow, 'integrity'>): string
  /** undefined when the row is not what was signed and stored here */
  terms(row: MandateRow): MandateTerms | undefined
  /** @param rows the mandate's own row and those of its chain, in any order */
  hold(row: MandateRow, rows: readonly MandateRow[]): HeldMandate
}

/** signatures remembered; each entry is a few hundred bytes */
const MOST_REMEMBERED = 20_000

export function createHolding({
  sealing,
  signatures,
}: {
  sealing: Pick<Sealing, 'code'>
  signatures: Pick<Signatures, 'intact' | 'digest'>
}): Holding {
  /** digest of text and signature to whether they fit: bytes never change their answer */
  const known = new Map<string, MandateTerms | null>()

  const seal: Holding['seal'] = row =>
    sealing.code(
      JSON.stringify([
        row.id,
        row.enterpriseId,
        row.state,
        row.version,
        row.giverId,
        row.rootGiverId,
        row.granteePersonId ?? null,
        row.granteeDigest ?? null,
        row.chain,
        row.validFrom,
        row.validUntil,
        row.text,
        row.givenCms ?? null,
        row.acceptedText ?? null,
        row.acceptedCms ?? null,
      ]),
      'mandate',
    )

  function signedTerms({ text, givenCms, acceptedText, acceptedCms }: MandateRow): MandateTerms | null {
    const terms = termsOf(text)
    if (terms === undefined) return null
    if (givenCms !== undefined && signatures.intact({ text, cms: givenCms }) === undefined) return null
    if (acceptedCms === undefined) return terms
    if (acceptedText === undefined || signatures.intact({ text: acceptedText, cms: acceptedCms }) === undefined) return null
    const at = /\n时间:(.+)$/.exec(acceptedText)?.[1] ?? ''
    return acceptanceText(terms, signatures.digest(text), at) === acceptedText ? terms : null
  }

  function terms(row: MandateRow): MandateTerms | undefined {
    if (seal(row) !== row.integrity) return undefined
    // whoever holds the key may still not invent a power: in force is only what both signed
    const signed = row.givenCms !== undefined && (row.state === 'offered' || row.state === 'declined' || row.acceptedCms !== undefined)
    const ended = row.state === 'revoked' || row.state === 'expired'
    if (!signed && row.state !== 'drafted' && !ended) return undefined
    let found = known.get(row.integrity)
    if (found === undefined) {
      found = signedTerms(row)
      if (known.size >= MOST_REMEMBERED) known.clear()
      known.set(row.integrity, found)
    }
    return found !== null && fits(found, row) ? found : undefined
  }

  const held = (row: MandateRow, above: readonly HeldMandate[]): HeldMandate => {
    const read = terms(row)
    return { id: row.id, state: row.state, usedFen: row.usedFen, rootGiverId: row.rootGiverId, above, ...(read === undefined ? {} : { terms: read }) }
  }
  return {
    seal,
    terms,
    hold(row, rows) {
      const above = row.chain.flatMap(id => rows.find(each => each.id === id) ?? [])
      return held(
        row,
        above.map(each => held(each, [])),
      )
    },
  }
}

function termsOf(text: string): MandateTerms | undefined {
  try {
    return readMandateText(text)
  } catch {
    return undefined
  }
}

/** The columns only find a mandate; where they say something else than its text, somebody moved it. */
const fits = (terms: MandateTerms, row: MandateRow): boolean =>
  terms.id === row.id &&
  terms.giver.membershipId === row.giverId &&
  terms.from === row.validFrom &&
  terms.until === row.validUntil &&
  terms.chain.join() === row.chain.join() &&
  (terms.grantee.personId === undefined || terms.grantee.personId === row.granteePersonId) &&
  terms.grantee.digest === row.granteeDigest
