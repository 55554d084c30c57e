/**
 * Owns showing a page of an OFD as SVG, so that a person sees what is sealed and where: good enough to recognise every word and line, not a print. No script, no link, no font or picture from elsewhere; what the document
 * says stands in it escaped.
 */

import { BrokerError } from '../../kernel/errors.ts'
import { children, onlyElement } from '../../pki/der.ts'
import { annotationsOf } from './annotations.ts'
import { type Box, within, written } from './basic-types.ts'
import { bodiesOf, documentOf, type OfdDocument, type OfdPage, paperOf, templatesOf } from './document.ts'
import { attempt } from './opened.ts'
import { OfdPackage } from './package.ts'
import { Canvas, drawObjects } from './preview-objects.ts'
import { dataUri, resourcesOf } from './preview-resources.ts'
import { readSignature } from './signature-file.ts'
import { readList } from './signature-list.ts'
import type { XmlNode } from './xml.ts'
import { xmlIn } from './xml-parts.ts'
import { attributeOf, childOf, childrenOf } from './xml-tree.ts'

export interface PagePreview {
  svg: string
  /** millimetres */
  width: number
  height: number
  /** of the document */
  pages: number
}

/** A seal's picture may be an OFD itself, and that one's seals are not shown. */
const DEEPEST = 1
const SHOWN = 200

/**
 * @param number of the page, from 1
 * @throws BrokerError seal_document_unusable, seal_place_unusable where there is no such page
 */
export const previewPage = (document: Uint8Array, number: number): PagePreview => pageOf(new OfdPackage(document), number, 0)

function pageOf(of: OfdPackage, number: number, depth: number): PagePreview {
  const [body] = bodiesOf(of).bodies
  const document = documentOf(of, body?.root)
  const page = Number.isInteger(number) ? document.pages[number - 1] : undefined
  if (page === undefined) throw new BrokerError('seal_place_unusable', `page ${number} of ${document.pages.length}`)
  const paper = paperOf(of, document, page)
  const canvas = new Canvas()
  drawContent(of, document, page, canvas)
  if (depth < DEEPEST && body?.list !== undefined) drawSeals(of, body.list, page, canvas, depth)
  const [width, height] = [written(paper.width), written(paper.height)]
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}">`
  const ground = depth === 0 ? `<rect width="${width}" height="${height}" fill="#fff"/>` : ''
  return { svg: `${head}${ground}${canvas.svg}</svg>`, width: paper.width, height: paper.height, pages: document.pages.length }
}

const ORDER = ['Background', 'Body', 'Foreground']
const rank = (node: XmlNode | undefined, name: string, otherwise: string): number => ORDER.indexOf(attributeOf(node, name) ?? otherwise)

/** 7.7: templates under or over the page as they say, each with its layers from the ground up; annotations above all. */
function drawContent(of: OfdPackage, document: OfdDocument, page: OfdPage, canvas: Canvas): void {
  const templates = templatesOf(of, document)
  const own = xmlIn(of, page.path).root
  const used = childrenOf(own, 'Template').flatMap(node => {
    const path = of.find(templates.get(attributeOf(node, 'TemplateID') ?? '') ?? '')
    return path === undefined ? [] : [{ path, node: xmlIn(of, path).root, rank: rank(node, 'ZOrder', 'Background') }]
  })
  const sheets = [...used, { path: page.path, node: own, rank: 1 }].sort((a, b) => a.rank - b.rank)
  const resources = resourcesOf(of, document, sheets)
  for (const { node } of sheets) {
    const layers = childrenOf(childOf(node, 'Content'), 'Layer').sort((a, b) => rank(a, 'Type', 'Body') - rank(b, 'Type', 'Body'))
    for (const layer of layers) drawObjects({ of, resources, canvas }, layer, resources.settings.get(attributeOf(layer, 'DrawParam') ?? ''))
  }
  for (const { box, appearance } of annotationsOf(of, document).filter(each => each.page === page.id)) {
    canvas.add(`<g transform="translate(${written(box.x)} ${written(box.y)})">`)
    drawObjects({ of, resources, canvas }, appearance, undefined)
    canvas.add('</g>')
  }
}

/** The pictures of seals where they stand; one that cannot be read is not there to be seen, and verifying tells why. */
function drawSeals(of: OfdPackage, list: string, page: OfdPage, canvas: Canvas, depth: number): void {
  const listed = attempt(() => readList(of, list))?.listed.slice(0, SHOWN) ?? []
  for (const { path } of listed) {
    const signature = path === undefined ? undefined : attempt(() => readSignature(of, path))
    const here = signature?.stamps.filter(stamp => stamp.page === page.id).slice(0, SHOWN) ?? []
    const picture = here.length === 0 || signature === undefined ? undefined : attempt(() => pictureOf(of, signature, depth))
    for (const { boundary, clip } of here) {
      if (picture === undefined || boundary === undefined) continue
      canvas.count()
      canvas.add(stampSvg(picture, boundary, clip))
    }
  }
}

function stampSvg(picture: string, box: Box, clip: Box | undefined): string {
  const whole = { x: 0, y: 0, width: box.width, height: box.height }
  const seen = clip === undefined ? whole : within(whole, clip)
  const [x, y, width, height] = [box.x + seen.x, box.y + seen.y, seen.width, seen.height].map(written)
  const view = [seen.x, seen.y, seen.width, seen.height].map(written).join(' ')
  return `<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${view}"><svg width="${written(box.width)}" height="${written(box.height)}" preserveAspectRatio="none" ${picture}</svg></svg>`
}

/** GB/T 38540 7.1: the picture is the fourth part of SES_SealInfo; the seal stands beside the signature or in its value. @returns what goes on behind `<svg ` */
function pictureOf(of: OfdPackage, signature: { seal: string | undefined; value: string | undefined }, depth: number): string | undefined {
  const seal = signature.seal === undefined ? sealIn(of.read(signature.value ?? '')) : of.read(signature.seal)
  const [info] = children(onlyElement(seal))
  const picture = info === undefined ? undefined : children(info)[3]
  const [type, data] = picture === undefined ? [] : children(picture)
  if (type === undefined || data === undefined) return undefined
  if (type.content.toString('latin1').toLowerCase() === 'ofd') {
    const { svg, width, height } = pageOf(new OfdPackage(data.content), 1, depth + 1)
    return `viewBox="0 0 ${written(width)} ${written(height)}">${svg.slice(svg.indexOf('>') + 1, -'</svg>'.length)}`
  }
  const uri = dataUri(data.content)
  return uri === undefined ? undefined : `viewBox="0 0 1 1"><image width="1" height="1" preserveAspectRatio="none" href="${uri}"/>`
}

function sealIn(value: Buffer): Buffer {
  const [signed] = children(onlyElement(value))
  const seal = signed === undefined ? undefined : children(signed)[1]
  if (seal === undefined) throw new BrokerError('seal_malformed', 'a value without seal')
  return seal.raw
}
