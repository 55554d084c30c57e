/** Owns what a seal shows and where, as it is said on a terminal. */
import { BrokerError } from '../kernel/errors.ts'
import type { Placement, SealPicture } from '../seals/contract.ts'
import { drawRoundSeal } from '../seals/picture/round.ts'
import { fromPng } from '../seals/picture/upload.ts'
import type { Seal } from '../seals/ses/seal.ts'
import { many, one, wrong } from './asked.ts'
import type { Asked } from './command.ts'
import { readBounded } from './files.ts'

const PNG_LIMIT = 2 * 1024 * 1024

/** `--picture`, or a round seal drawn from `--name`; undefined where neither is there. @throws BrokerError `bad_request`, `seal_picture_unusable` */
export async function pictureAsked(asked: Asked): Promise<SealPicture | undefined> {
  const [file, name] = [one(asked, 'picture'), one(asked, 'name')]
  const size = sizeAsked(asked)
  if (file !== undefined) return fromPng(await readBounded(file, PNG_LIMIT), { kind: 'seal', millimetres: size })
  return name === undefined ? undefined : drawRoundSeal({ name, diameter: size })
}

/** What an electronic seal shows is its own picture: another one would be another seal. @throws BrokerError `bad_request`, `seal_picture_unusable` */
export function pictureOf({ picture, type }: Seal): SealPicture {
  if (picture.type.toUpperCase() !== 'PNG')
    throw new BrokerError('seal_picture_unusable', `a seal whose picture is ${picture.type}`, { received: picture.type, expected: 'PNG' })
  return fromPng(picture.data, { kind: type === 2 ? 'person' : 'seal', millimetres: picture.width })
}

function sizeAsked(asked: Asked): number {
  const text = one(asked, 'size') ?? '40'
  const size = Number(text)
  if (!/^\d{1,2}(\.\d)?$/.test(text) || size < 5) throw wrong(`--size ${text}: millimetres, 5 to 60`)
  return size
}

/** `--place`, as often as it is there; undefined where it is not. @throws BrokerError `bad_request` */
export function placesAsked(asked: Asked): Placement[] | undefined {
  const words = many(asked, 'place')
  if (words.length === 0) return undefined
  if (words.includes('none')) {
    if (words.length > 1) throw wrong('--place none stands alone')
    return []
  }
  return words.map(placeIn)
}

const NUMBER = String.raw`(\d{1,5}(?:\.\d{1,3})?)`
const AT = new RegExp(`^at:(\\d{1,5}),${NUMBER},${NUMBER}$`)

function placeIn(text: string): Placement {
  const at = AT.exec(text)
  if (at !== null) return { kind: 'at', page: Number(at[1]), x: Number(at[2]), y: Number(at[3]) }
  const words = /^words:(.{1,200}?)(?:,(\d{1,4}))?$/u.exec(text)
  if (words?.[1] !== undefined) return { kind: 'keyword', words: words[1], ...(words[2] === undefined ? {} : { nth: Number(words[2]) }) }
  const edge = /^edge(?::(\d{1,5})-(\d{1,5}))?$/.exec(text)
  if (edge !== null) return { kind: 'edge', ...(edge[1] === undefined ? {} : { from: Number(edge[1]), to: Number(edge[2]) }) }
  throw wrong(`--place ${text}: at:PAGE,X,Y or words:TEXT[,NTH] or edge[:FROM-TO] or none`)
}
