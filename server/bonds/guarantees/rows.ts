import { createCipheriv, randomBytes, randomInt } from 'node:crypto'
import { fill } from '../../kernel/fill.ts'
import { newTraceCode } from '../../kernel/ids.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import { readFenJson, writeFenJson } from '../../storage/fen-json.ts'
import type { BondIdentity, BondSection, Tag } from '../../storage/stores-bonds.ts'
import type { Guarantee, GuaranteeLine, GuaranteeRow } from '../../storage/stores-guarantees.ts'
import type { Day } from '../calendar/day.ts'
import { dayOf } from '../calendar/day.ts'
import { sealNames } from '../rows.ts'
import type { Tags } from '../secrecy/tags.ts'
import { endOf, isOver } from './state/context.ts'
import { demandedBy, type GuaranteeEvent } from './state/events.ts'

/** Between the machine's guarantee and its row. Owns what a row hides: everything, in boxes of one length, under tags that say of no two rows that they are of one section. */
export interface Hiding {
  sealing: Sealing
  tags: Tags
}

/** characters to which a guarantee and an event are filled up */
const STEP = 8192
/** Places of a day on which something ends, as bonds' tags have places of a section; asked for in this many shares. */
const PLACES = 4096
const SHARES = 4

export const newCode = (): string => randomBytes(16).toString('hex')
/** for a person to read and type */
export const newVerification = (): string => `${newTraceCode()}-${newTraceCode()}`
/** As typed, with or without dashes. */
export const readVerification = (typed: string): string => (typed.toUpperCase().replaceAll(/[\s-]/g, '').match(/.{4}/g) ?? []).join('-')

export const codeTag = ({ tags }: Hiding, code: string): Tag => tags.key('guarantee-code', code)
export const verificationTag = ({ tags }: Hiding, verification: string): Tag => tags.key('guarantee-verification', verification)
/** applications for one bond, ever */
export const MOST_FOR_BOND = 24

export const bondTag = ({ tags }: Hiding, bondId: string): Tag => tags.key('guarantee-bond', bondId)

/** One share of a day's places: what a key of its own draws from AES in counter mode, since a code for each would take a second a day. As long as all other tags. */
function dueShare({ sealing }: Hiding, day: Day, share: number): Tag[] {
  const key = Buffer.from(sealing.code(`${day}/${share}`, 'guarantee-due'), 'base64url')
  const drawn = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(PLACES * TAG))
  return Array.from({ length: PLACES }, (_, n) => drawn.toString('base64url', n * TAG, (n + 1) * TAG))
}
const TAG = 32

/** All places of a day, in shares of a size that one statement bears. */
export const dueShares = function* (hiding: Hiding, day: Day): Generator<Tag[]> {
  for (let share = 0; share < SHARES; share++) yield dueShare(hiding, day, share)
}

/** Where the chore of time finds it: on the day it ends, on today where that is past, and nowhere once it is over. */
function dueTag(hiding: Hiding, guarantee: Guarantee, now: Date): Tag {
  if (isOver(guarantee)) return hiding.tags.key('guarantee-over', guarantee.id)
  const end = new Date(endOf(guarantee))
  const places = dueShare(hiding, dayOf(end > now ? end : now), randomInt(SHARES))
  return places[randomInt(PLACES)] ?? ''
}

type SealedRow = Pick<GuaranteeRow, 'id' | 'version' | 'sealed'>
export const keptOf = (row: SealedRow, { sealing }: Pick<Hiding, 'sealing'>): Guarantee => ({
  ...readFenJson<Guarantee>(sealing.open(row.sealed, `guarantee:${row.id}`)),
  version: row.version,
})

/** A row that stands for none, so that who found nothing takes as long as who found something. */
export const rowOfNone = (hiding: Hiding): SealedRow => ({ id: NONE, version: 0, sealed: sealKept({ ...BLANK, id: NONE }, hiding) })
const NONE = 'none'
const BLANK: Omit<Guarantee, 'id'> = {
  ...{ version: 0, state: 'applied', way: 'bank-guarantee', issuer: '', code: '', verification: '', bondId: NONE, sectionId: NONE },
  asked: { fen: 0n, validUntil: '', textSm3: '' },
  claims: [],
  counted: {},
}

const sealKept = (guarantee: Guarantee, { sealing }: Hiding): string => sealing.seal(fill(writeFenJson(guarantee), STEP), `guarantee:${guarantee.id}`)

export function newRow(guarantee: Guarantee, bidder: BondIdentity & { uscc: Uscc }, section: BondSection, hiding: Hiding, now: Date): GuaranteeRow {
  return {
    id: guarantee.id,
    version: 0,
    placeTag: hiding.tags.place(`guarantee:${section.id}`),
    dueTag: dueTag(hiding, guarantee, now),
    companyTag: hiding.tags.company(bidder.uscc),
    bondTag: bondTag(hiding, guarantee.bondId),
    codeTag: codeTag(hiding, guarantee.code),
    verificationTag: verificationTag(hiding, guarantee.verification),
    sealed: sealKept(guarantee, hiding),
    bidder: sealNames(section, { uscc: bidder.uscc, name: bidder.name }, `guarantee-bidder:${guarantee.id}`, hiding.sealing),
  }
}

export const nextRow = (row: GuaranteeRow, guarantee: Guarantee, hiding: Hiding, now: Date): GuaranteeRow => ({
  ...row,
  dueTag: dueTag(hiding, guarantee, now),
  sealed: sealKept(guarantee, hiding),
})

/** What happened, as a line. What an issuer numbers counts once for all its guarantees, an act once for its own. */
export function lineOf({ id, issuer }: Pick<Guarantee, 'id' | 'issuer'>, event: GuaranteeEvent, hiding: Hiding): GuaranteeLine {
  const theirs = demandedBy(event).includes('issuer-message')
  return {
    keyTag: hiding.tags.key(theirs ? `guarantee-issuer/${issuer}` : `guarantee/${id}`, event.key),
    sealed: sealLine(id, event, hiding),
  }
}

/** Of an application: its place among those for one bond, so that of two at once one is judged anew. */
export const firstLine = ({ id, bondId }: Guarantee, place: number, told: object, hiding: Hiding): GuaranteeLine => ({
  keyTag: hiding.tags.key(`guarantee-application/${bondId}`, String(place)),
  sealed: sealLine(id, told, hiding),
})

const sealLine = (id: string, told: object, { sealing }: Hiding): string => sealing.seal(fill(writeFenJson(told), STEP), `guarantee-event:${id}`)
