/**
 * Owns setting a seal: OFD.xml learns where the signatures are, the list gets one more, and a folder of its own holds Signature.xml, the value and the seal. Every part of the package is protected but the list: the next seal
 * adds to it, and must not break this one. Earlier seals are protected whole.
 */
import { hash } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import type { SealOrder, SignatureValue, Signed } from '../contract.ts'
import { once } from '../once.ts'
import { MAIN, type OfdBody, onlyDocument } from './document.ts'
import { unusable } from './limits.ts'
import { OfdPackage } from './package.ts'
import { keyOf } from './package-names.ts'
import { type NewPart, writePackage } from './package-write.ts'
import { stampsOf } from './places.ts'
import { partsIn, signatureXml } from './signature-file.ts'
import { changed, inserted, Numbers, readList, type SignatureList, withSignature } from './signature-list.ts'
import { escaped } from './xml-text.ts'
import { childOf } from './xml-tree.ts'

export interface Prepared {
  package: OfdPackage
  signed: Signed
  /** all new parts but the value */
  parts: NewPart[]
  /** where the value belongs */
  value: string
}

/** @throws BrokerError seal_document_unusable, seal_place_unusable, seal_picture_unusable, seal_shield_unfit for another digest than SM3 */
export const prepareSeal = once(prepared)

async function prepared(document: Uint8Array, order: SealOrder, value: SignatureValue): Promise<Prepared> {
  if (value.digest !== 'sm3')
    throw new BrokerError('seal_shield_unfit', 'an OFD is sealed with SM2 and SM3', { received: value.digest, expected: 'sm3' })
  if (value.kind !== 'ses' && order.places.length > 0)
    throw new BrokerError('seal_picture_unusable', 'readers draw the picture of an electronic seal, and of no other signature')
  const of = new OfdPackage(document)
  // on its way while the XML is read
  await of.lookAhead('sm3')
  const { main, body, document: content } = onlyDocument(of)
  const stamps = stampsOf(of, content, order)
  const { path: listPath, list } = listOf(of, body, content.path)
  const parts = body.list === undefined ? [{ path: MAIN, bytes: withList(main.text, body, listPath) }] : []
  const folder = newFolder(of, listPath)
  const names = partsIn(folder)
  const seal = value.kind === 'ses' && value.seal !== undefined ? [{ path: names.seal, bytes: value.seal }] : []
  parts.push(...seal)
  const numbers = new Numbers(list)
  const id = numbers.next()
  const numbered = stamps.map(stamp => ({ ...stamp, id: numbers.next() }))
  const references = await protectedParts(of, parts, listPath)
  const xml = signatureXml({ folder, hasSeal: seal.length > 0, at: order.at, references, stamps: numbered })
  parts.push(
    { path: names.signature, bytes: xml },
    { path: listPath, bytes: withSignature(list, { id, type: value.kind === 'ses' ? 'Seal' : 'Sign', path: names.signature, last: numbers.last }) },
  )
  return { package: of, parts, value: names.value, signed: { digest: sm3(xml), property: names.signature, at: order.at } }
}

/** @param value what stands in the document as the signature */
export const fillSeal = ({ package: of, parts, value: path, signed }: Prepared, value: Uint8Array): Buffer =>
  writePackage(of, [...parts, { path, bytes: value }], signed.at)

const sm3 = (bytes: Uint8Array): Buffer => hash('sm3', bytes, 'buffer')

/** A list that OFD.xml names and that is not there yet is begun; one that cannot be read is nothing to add to. */
function listOf(of: OfdPackage, body: OfdBody, root: string): { path: string; list: SignatureList | undefined } {
  const path = body.list ?? `${root.slice(0, root.lastIndexOf('/') + 1)}Signs/Signatures.xml`
  const there = of.find(path)
  if (there === undefined) return { path, list: undefined }
  if (body.list === undefined) throw unusable(`${there} is there, and OFD.xml does not name it`)
  return { path: there, list: readList(of, there) }
}

/** OFD.xml with the place of the list, which is put in where it belongs or into the element that stands there empty. */
function withList(text: string, { node }: OfdBody, path: string): Buffer {
  const empty = childOf(node, 'Signatures')
  const place = escaped(path)
  const words = `<${node.prefix}Signatures>${place}</${node.prefix}Signatures>`
  return Buffer.from(changed(text, [empty === undefined ? inserted(text, node, words) : inserted(text, empty, place)]))
}

/** The first folder beside the list that nothing stands in. GB/T 38540 has a value name its place in ASCII, so beside a list in a folder that is none it stands at the top. */
function newFolder(of: OfdPackage, list: string): string {
  const near = list.slice(0, list.lastIndexOf('/') + 1)
  const beside = /^[\x20-\x7e]+$/.test(near) ? near : '/Signs/'
  const key = keyOf(beside)
  const all = of.records.map(({ name }) => keyOf(`/${name}`))
  const taken = new Set(all.filter(path => path.startsWith(key)).map(path => path.slice(key.length).split('/')[0]))
  let number = 0
  while (taken.has(`sign_${number}`)) number += 1
  return `${beside}Sign_${number}/`
}

/** In the order of the package, what is new behind it; a changed part as it will be. */
async function protectedParts(of: OfdPackage, parts: readonly NewPart[], list: string): Promise<{ path: string; digest: Buffer }[]> {
  const fresh = new Map(parts.map(part => [part.path, part.bytes]))
  const kept = of.paths.filter(path => path !== list && !fresh.has(path))
  await of.lookAt(kept, 'sm3')
  return [...kept.map(path => ({ path, digest: of.digest(path, 'sm3') })), ...parts.map(({ path, bytes }) => ({ path, digest: sm3(bytes) }))]
}
