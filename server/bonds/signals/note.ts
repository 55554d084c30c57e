import { isIP } from 'node:net'
import type { Tag } from '../../storage/stores-bonds.ts'
import type { Tags } from '../secrecy/tags.ts'

/** From where a sub-account was asked for, as codes under the platform's key: for signals of collusion after the opening, and nothing else. Owns that every note has one length. */
export interface Whence {
  /** the person, whichever companies they act for */
  personId: string
  /** thumbprint of the shield of this login */
  shield?: string
  /** a random number that this browser keeps */
  device?: string
  /** as the server sees it */
  address?: string
}

export interface Note {
  at: string
  person: Tag
  shield: Tag
  device: Tag
  network: Tag
}

/** A code that no other note has stands for what is not known. */
export function noteOf({ personId, shield, device, address }: Whence, at: string, tags: Tags, bondId: string): Note {
  const nothing = (what: string) => tags.whence('none', `${what}/${bondId}`)
  return {
    at,
    person: tags.whence('person', personId),
    shield: shield === undefined ? nothing('shield') : tags.whence('shield', shield),
    device: device === undefined ? nothing('device') : tags.whence('device', device),
    network: address === undefined ? nothing('network') : tags.whence('network', networkOf(address)),
  }
}

/** One home or office has a /64 of IPv6, and one address of IPv4, which may come mapped. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (isIP(plain) !== 6) return plain
  const [head = '', tail] = plain.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const filled = tail === undefined ? front : [...front, ...Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0'), ...back]
  return filled
    .slice(0, 4)
    .map(part => Number.parseInt(part, 16).toString(16))
    .join(':')
}
