/** Owns Signature.xml (GB/T 33190 18.2): what a signature says it protects, where it shows, and where its value and seal are; read and written. */
import { inChina } from '../../kernel/china-time.ts'
import { type Box, boxOf, boxText, locate } from './basic-types.ts'
import { SM2_WITH_SM3, SM3 } from './digest-methods.ts'
import { OFD_LIMITS, unusable } from './limits.ts'
import type { OfdPackage } from './package.ts'
import type { Stamp } from './places.ts'
import type { XmlNode } from './xml.ts'
import { xmlIn } from './xml-parts.ts'
import { escaped } from './xml-text.ts'
import { attributeOf, childOf, childrenOf, rooted, textOf } from './xml-tree.ts'

export interface OfdSignature {
  path: string
  bytes: Buffer
  /** as written, where it is */
  checkMethod: string | undefined
  signedAt: string | undefined
  references: Reference[]
  stamps: SignatureStamp[]
  /** undefined: not named, or outside the package */
  value: string | undefined
  seal: string | undefined
}

interface Reference {
  /** as written */
  location: string
  path: string | undefined
  digest: Buffer | undefined
}

export interface SignatureStamp {
  id: string
  page: string
  boundary: Box | undefined
  clip: Box | undefined
}

/** @throws BrokerError seal_document_unusable */
export function readSignature(of: OfdPackage, path: string): OfdSignature {
  const bytes = of.read(path)
  const root = rooted(xmlIn(of, path).root, 'Signature', path)
  const info = only(root, 'SignedInfo', path)
  const list = only(info, 'References', path)
  const references = childrenOf(list, 'Reference')
  const stamps = childrenOf(info, 'StampAnnot')
  if (references.length > OFD_LIMITS.references || stamps.length > OFD_LIMITS.places) throw unusable(`${path}: too many references or stamps`)
  const at = (node: XmlNode | undefined) => (node === undefined ? undefined : locate(of, textOf(node), path))
  return {
    path,
    bytes,
    checkMethod: attributeOf(list, 'CheckMethod'),
    signedAt: textOf(childOf(info, 'SignatureDateTime')) || undefined,
    references: references.map(node => {
      const location = attributeOf(node, 'FileRef') ?? ''
      return { location, path: locate(of, location, path), digest: base64(textOf(childOf(node, 'CheckValue'))) }
    }),
    stamps: stamps.map(node => ({
      id: attributeOf(node, 'ID') ?? '',
      page: attributeOf(node, 'PageRef') ?? '',
      boundary: boxOf(attributeOf(node, 'Boundary')),
      clip: boxOf(attributeOf(node, 'Clip')),
    })),
    value: at(only(root, 'SignedValue', path)),
    seal: at(childOf(info, 'Seal', 'BaseLoc')),
  }
}

/** What may stand once must: readers differ in which of two they take. */
function only(of: XmlNode, name: string, path: string): XmlNode {
  const [found, more] = childrenOf(of, name)
  if (found === undefined || more !== undefined) throw unusable(`${path}: ${found === undefined ? 'no' : 'more than one'} ${name}`)
  return found
}

function base64(text: string): Buffer | undefined {
  const plain = text.replaceAll(/\s/g, '')
  return plain.length > 0 && plain.length <= 128 && /^[A-Za-z0-9+/]+={0,2}$/.test(plain) ? Buffer.from(plain, 'base64') : undefined
}

export interface NewSignature {
  /** the folder, with its final slash */
  folder: string
  hasSeal: boolean
  at: Date
  references: readonly { path: string; digest: Uint8Array }[]
  stamps: readonly (Stamp & { id: string })[]
}

export const partsIn = (folder: string) => ({ signature: `${folder}Signature.xml`, value: `${folder}SignedValue.dat`, seal: `${folder}Seal.esl` })

/** In the order of the standard's schema. The same order gives the same bytes: they are what is signed. */
export function signatureXml({ folder, hasSeal, at, references, stamps }: NewSignature): Buffer {
  const parts = partsIn(folder)
  const checked = references.map(
    ({ path, digest }) =>
      `<ofd:Reference FileRef="${escaped(path)}"><ofd:CheckValue>${Buffer.from(digest).toString('base64')}</ofd:CheckValue></ofd:Reference>`,
  )
  const shown = stamps.map(({ id, page, boundary, clip }) => {
    const cut = clip === undefined ? '' : ` Clip="${boxText(clip)}"`
    return `<ofd:StampAnnot ID="${id}" PageRef="${escaped(page)}" Boundary="${boxText(boundary)}"${cut}/>`
  })
  const words = [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ofd:Signature xmlns:ofd="http://www.ofdspec.org/2016"><ofd:SignedInfo>',
    '<ofd:Provider ProviderName="共享盾" Version="1.0" Company="共享盾"/>',
    `<ofd:SignatureMethod>${SM2_WITH_SM3}</ofd:SignatureMethod><ofd:SignatureDateTime>${chinaTime(at)}</ofd:SignatureDateTime>`,
    `<ofd:References CheckMethod="${SM3}">`,
    ...checked,
    '</ofd:References>',
    ...shown,
    hasSeal ? `<ofd:Seal><ofd:BaseLoc>${escaped(parts.seal)}</ofd:BaseLoc></ofd:Seal>` : '',
    `</ofd:SignedInfo><ofd:SignedValue>${escaped(parts.value)}</ofd:SignedValue></ofd:Signature>`,
  ]
  return Buffer.from(words.join(''))
}

/** The standard gives SignatureDateTime no zone; files have China's one time, and so do we. */
const chinaTime = (at: Date): string => inChina(at).toISOString().slice(0, 19).replace('T', ' ')

/** ISO 8601; undefined where it is no time in any form that files have. */
export function timeOf(text: string | undefined): string | undefined {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})[T ]?(\d{2}):?(\d{2}):?(\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?$/.exec(text?.trim().slice(0, 40) ?? '')
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, zone] = match
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`).getTime()
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '+08:00') ?? []
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
  return Number.isNaN(time) ? undefined : new Date(time - offset).toISOString()
}
