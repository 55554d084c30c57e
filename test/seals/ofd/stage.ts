import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'mocha'
import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { Certificate, certificateFacts } from '../../../server/pki/certificate.ts'
import { children, onlyElement, readBits, TAG } from '../../../server/pki/der.ts'
import { bits, integer, octets, oid, sequence, time, utf8, write } from '../../../server/pki/der-write.ts'
import { verifySm2 } from '../../../server/pki/sm2.ts'
import type { JudgedValue, SealJudge, SealOrder, SealPicture, SignatureValue } from '../../../server/seals/contract.ts'
import { ofd } from '../../../server/seals/ofd/ofd.ts'
import type { Check, DocumentReport } from '../../../server/seals/report.ts'
import { at, makeRoot } from '../../pki/hierarchy.ts'
import { needsShared } from '../../pki/outside.ts'
import { part, zip } from './zip.ts'

/** A document of some pages, a signer with a seal of the shape of GB/T 38540, and a judge who checks what a value says about the document and whether the key signed it, and trusts everybody. */
export const signer = makeRoot('演示公司')
const seal = sequence(sequence(utf8('演示印章'), octets(signer.certificate.der)))
const SM2_SM3 = '1.2.156.10197.1.501'
export const picture: SealPicture = { width: 40, height: 40, shapes: [] }

export const sesValue: SignatureValue = {
  kind: 'ses',
  digest: 'sm3',
  room: 4096,
  seal,
  toSign: ({ digest, property, at: when }) => sequence(integer(4), seal, time(when), bits(digest), write(0x16, Buffer.from(property, 'ascii'))),
  write(of, signature) {
    return sequence(this.toSign(of), octets(signer.certificate.der), oid(SM2_SM3), bits(signature))
  },
}

const line = (code: string, of: Check['of'], holds: boolean): Check => ({ code, of, ok: holds ? 'yes' : 'no', zh: '', en: '' })

const judge: SealJudge = {
  value: async (value, { digestOf, property }): Promise<JudgedValue> => {
    try {
      const [tbs, certificate, , signature] = children(onlyElement(Buffer.from(value), TAG.sequence))
      const [, embedded, , hash, about] = tbs === undefined ? [] : children(tbs)
      if (
        tbs === undefined ||
        certificate === undefined ||
        signature === undefined ||
        embedded === undefined ||
        hash === undefined ||
        about === undefined
      )
        throw new Error('too short')
      const by = new Certificate(certificate.content)
      const checks = [
        line('signature', 'intact', verifySm2(by.publicKey, tbs.raw, readBits(signature))),
        line('digest', 'intact', readBits(hash).equals(digestOf('sm3'))),
        line('property', 'intact', about.content.toString('ascii') === property),
        line('listed', 'trusted', embedded.raw.includes(certificate.content)),
        line('valid', 'valid', true),
      ]
      return { kind: 'ses', signer: { certificate: certificateFacts(by) }, embeddedSeal: embedded.raw, checks }
    } catch {
      return { kind: 'unknown', checks: [line('value', 'intact', false)] }
    }
  },
}

export const order = (more: Partial<SealOrder> = {}): SealOrder => ({ id: 'one', at, places: [], picture, ...more })

export async function seals(document: Uint8Array, more: Partial<SealOrder> = {}, value = sesValue): Promise<Buffer> {
  const own = order(more)
  const toSign = await ofd.prepare(document, own, value)
  return ofd.build(document, own, value, algorithmFor(signer.privateKey).sign(signer.privateKey, toSign))
}

export const verify = (document: Uint8Array): Promise<DocumentReport> => ofd.verify(document, judge)

/** Codes of everything that does not hold, in seals and findings. */
export const complaints = ({ seals: all, findings }: DocumentReport): string[] => [
  ...new Set([...all.flatMap(({ checks }) => checks), ...findings].filter(({ ok }) => ok !== 'yes').map(({ code }) => code)),
]

/** Whether a reader of the report is told nothing but good. */
export const isSilent = (report: DocumentReport): boolean =>
  report.seals.length > 0 && report.seals.every(({ intact }) => intact === 'yes') && report.findings.length === 0

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
const NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'

export const text = (words: string, more: { x?: number; y?: number; size?: number; delta?: string; ctm?: string } = {}): string => {
  const { x = 20, y = 30, size = 5, delta = `g ${Math.max([...words].length - 1, 1)} ${size}`, ctm } = more
  const matrix = ctm === undefined ? '' : ` CTM="${ctm}"`
  return `<ofd:TextObject ID="9" Boundary="${x} ${y} 100 10" Font="3" Size="${size}"${matrix}><ofd:TextCode X="0" Y="${size}" DeltaX="${delta}">${words}</ofd:TextCode></ofd:TextObject>`
}

export const page = (content: string, area = ''): string =>
  `${XML}<ofd:Page ${NS}>${area}<ofd:Content><ofd:Layer ID="2">${content}</ofd:Layer></ofd:Content></ofd:Page>`

export interface Wishes {
  pages?: readonly string[]
  /** further elements in DocBody, CommonData and Document */
  body?: string
  common?: string
  document?: string
  parts?: Readonly<Record<string, string>>
}

/** An OFD of these pages, in the folders that everybody uses. */
export function parts({
  pages = [page(text('投标人（盖章）'))],
  body = '',
  common = '',
  document = '',
  parts: more = {},
}: Wishes = {}): Record<string, string> {
  const listed = pages.map((_, i) => `<ofd:Page ID="${i + 1}" BaseLoc="Pages/Page_${i}/Content.xml"/>`).join('')
  const area = '<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>'
  return {
    'OFD.xml': `${XML}<ofd:OFD ${NS} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>${body}</ofd:DocBody></ofd:OFD>`,
    'Doc_0/Document.xml': `${XML}<ofd:Document ${NS}><ofd:CommonData>${area}${common}</ofd:CommonData><ofd:Pages>${listed}</ofd:Pages>${document}</ofd:Document>`,
    ...Object.fromEntries(pages.map((content, i) => [`Doc_0/Pages/Page_${i}/Content.xml`, content])),
    ...more,
  }
}

export const pack = (of: Readonly<Record<string, string>>): Buffer => zip(Object.entries(of).map(([name, content]) => part(name, content)))
export const made = (wishes: Wishes = {}): Buffer => pack(parts(wishes))
export { at, NS, XML }

/** A document of others; the test is skipped where there are none. */
export const sample = (test: Context, name: string): Buffer => readFileSync(join(needsShared(test, 'samples'), 'ofd', `${name}.ofd`))
