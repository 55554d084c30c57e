import { fill } from '../kernel/fill.ts'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readFenJson, writeFenJson } from '../storage/fen-json.ts'
import type { Bond, BondIdentity, BondLine, BondRow, BondSection, Tag } from '../storage/stores-bonds.ts'
import { type PreparedBox, prepareBox, sealInto, sealTo } from './secrecy/box.ts'
import type { Tags } from './secrecy/tags.ts'
import type { Note } from './signals/note.ts'
import { type BondEvent, keyOf } from './state/events.ts'

/** Between the machine's bond and its row. Owns what a row hides: everything, in boxes of one length. */
export interface Payer {
  account: string
  name: string
}

/** characters to which a bond is filled up, and names without a section; a whole life with its note fits */
const STEP = 3328
/** an event, which then stands within its row */
const LINE = 1408

/** A bond and its home: the section to whose key its names are sealed; none while nobody knows for what the money came. */
export interface Kept {
  bond: Bond
  home?: string
  /** the sub-account's number, for the bidder to look up again */
  account?: string
  /** of a sub-account that waits for money: its payer's box, made while there was time; gone with the payer's name in it */
  payerBox?: PreparedBox
  /** from where the sub-account was asked for */
  note?: Note
}

export function keptOf(row: BondRow, sealing: Sealing): Kept {
  const kept = readFenJson<Kept>(sealing.open(row.sealed, `bond:${row.id}`))
  return { ...kept, bond: { ...kept.bond, version: row.version } }
}

export const sealKept = (kept: Kept, sealing: Sealing): string => sealing.seal(fill(writeFenJson(kept), STEP), `bond:${kept.bond.id}`)

/** Bidder or payer of a row. Without a home it is the platform that keeps it, until the money is assigned. */
export const sealNames = (
  home: Pick<BondSection, 'publicKey'> | undefined,
  names: BondIdentity | Payer | undefined,
  label: string,
  sealing: Sealing,
): string =>
  home === undefined ? sealing.seal(fill(JSON.stringify(names ?? {}), STEP), label) : sealTo(home.publicKey, JSON.stringify(names ?? {}), label)

/** The payer's name in the box that waited for it. */
export const sealPayer = (box: PreparedBox, payer: Payer, label: string): string => sealInto(box, JSON.stringify(payer), label)

/** A new row, in its section's places; money without one has places of its own, where nobody looks. Money beside a bond that counts takes its company's place in the section, as nextRow has it. */
export function newRow(
  bond: Bond,
  { home, companyTag, account, accountTag, note }: { home?: BondSection; companyTag: Tag; account?: string; accountTag?: Tag; note?: Note },
  names: { bidder?: BondIdentity; payer?: Payer },
  { sealing, tags }: { sealing: Sealing; tags: Tags },
): BondRow {
  const id = bond.id === '' ? newId() : bond.id
  return {
    id,
    version: 1,
    placeTag: tags.place(bond.sectionId ?? home?.id ?? id),
    ...(accountTag === undefined ? {} : { accountTag }),
    companyTag,
    ...(bond.finding === 'matched' && bond.sectionId !== undefined ? { slotTag: tags.slot(bond.sectionId, companyTag) } : {}),
    sealed: sealKept(
      {
        bond: { ...bond, id },
        ...(home === undefined ? {} : { home: home.id }),
        ...(account === undefined ? {} : { account }),
        ...(home === undefined || account === undefined ? {} : { payerBox: prepareBox(home.publicKey) }),
        ...(note === undefined ? {} : { note }),
      },
      sealing,
    ),
    bidder: sealNames(home, names.bidder, `bidder:${id}`, sealing),
    payer: sealNames(home, names.payer, `payer:${id}`, sealing),
  }
}

/** What happened, as a line. */
export const lineOf = (bondId: string, event: BondEvent, { sealing, tags }: { sealing: Sealing; tags: Tags }): BondLine => ({
  keyTag: keyTagOf(bondId, event, tags),
  sealed: sealing.seal(fill(writeFenJson(event), LINE), `bond-event:${bondId}`),
})

/** What a bank alone numbers counts once for the whole platform, an act once for its bond. */
export function keyTagOf(bondId: string, event: BondEvent, tags: Tags): Tag {
  const key = keyOf(event)
  return tags.key(key.startsWith('act/') ? bondId : 'bank', key)
}
