/** Whole sealed documents, changed in any place: what is still called good in every answer, without a word about it, must be the very document that was sealed. */
import { sm3 } from '../../server/pki/sm2.ts'
import type { SealFormat, SealOrder, SealPicture, SignatureValue } from '../../server/seals/contract.ts'
import { ofd } from '../../server/seals/ofd/ofd.ts'
import { pdf } from '../../server/seals/pdf/pdf.ts'
import { answerOf } from '../../server/seals/report.ts'
import { createCmsValue } from '../../server/seals/values/cms-value.ts'
import { createSesValue } from '../../server/seals/values/ses-value.ts'
import { canonicalDocument } from '../../server/seals/xml/c14n.ts'
import { addEvidence as addXmlEvidence } from '../../server/seals/xml/evidence.ts'
import { readXml } from '../../server/seals/xml/read.ts'
import { elementChildren } from '../../server/seals/xml/tree.ts'
import { evidence } from '../seals/ofd/evidence.ts'
import { made } from '../seals/ofd/stage.ts'
import { rezip, unzip } from '../seals/ofd/zip.ts'
import { makeDocument } from '../seals/pdf/builder.ts'
import { at, judgeIn, seal, shield, signBy, stampOver } from '../seals/ses/stage.ts'
import { sealed as sealedXml, verify as verifyXml } from '../seals/xml/stage.ts'
import { seedOf } from './mutate.ts'
import { type Answer, type Target, targetOf } from './target.ts'

const picture: SealPicture = {
  width: 30,
  height: 30,
  shapes: [
    {
      fill: [214, 0, 15],
      outline: [['M', 0, 0], ['L', 30, 0], ['L', 30, 30], ['Z']],
    },
  ],
}
const order = (id: string): SealOrder => ({ id, at, places: [{ kind: 'at', page: 1, x: 50, y: 50 }], picture })

async function sealed(format: SealFormat, document: Buffer, value: SignatureValue, id = 'one'): Promise<Buffer> {
  const signature = signBy(shield, await format.prepare(document, order(id), value))
  return await format.build(document, order(id), value, signature, async bytes => stampOver(bytes, at))
}

async function isGood(format: SealFormat, document: Buffer): Promise<boolean> {
  const { seals, findings } = await format.verify(document, judgeIn())
  const all = seals.every(({ checks }) => (['intact', 'trusted', 'valid'] as const).every(of => answerOf(checks, of) === 'yes'))
  return all && seals.length > 0 && findings.every(({ ok }) => ok === 'yes')
}

/** The parts one after another, so that a change hits a part and not the archive's sums. */
const SEPARATOR = Buffer.from('\0\0part\0\0')
const NAME = Buffer.from('\0\0name\0\0')
const laid = (document: Buffer): Buffer => Buffer.concat([...unzip(document)].flatMap(([name, bytes]) => [Buffer.from(name), NAME, bytes, SEPARATOR]))
function packed(input: Buffer): Map<string, Buffer> | undefined {
  const parts = new Map<string, Buffer>()
  for (let from = 0; from < input.length; ) {
    const [middle, end] = [input.indexOf(NAME, from), input.indexOf(SEPARATOR, from)]
    if (middle < 0 || end < middle) return undefined
    parts.set(input.subarray(from, middle).toString('utf8'), input.subarray(middle + NAME.length, end))
    from = end + SEPARATOR.length
  }
  return parts
}

export async function documentTargets(guardedLater: (run: () => Promise<Answer>) => Promise<Answer>): Promise<Target[]> {
  const values = [createSesValue({ seal, certificate: shield.certificate }), createCmsValue({ certificate: shield.certificate })]
  const page = '/MediaBox [0 0 595 842]'
  const pdfs = [
    await sealed(pdf, makeDocument({ page }), values[0] ?? fail()),
    await sealed(pdf, makeDocument({ page, xref: 'stream' }), values[1] ?? fail()),
  ]
  const bare = await sealed(ofd, made(), values[0] ?? fail())
  const ofds = [bare, ofd.addEvidence?.(bare, evidence) ?? fail()]
  const plain = Buffer.from(await sealedXml())
  const xmls = [plain, addXmlEvidence(plain, evidence)]
  return [
    await targetOf({
      name: 'sealed-pdf',
      weight: 20,
      seeds: pdfs.map(seedOf),
      run: input =>
        guardedLater(async () => {
          if (!(await isGood(pdf, input))) return 'read'
          // the value may differ where nothing of it is signed; what it stands in may not
          return { accepted: sm3(Buffer.from(input.toString('latin1').replaceAll(/\/Contents\s*<[^>]*>/g, ''), 'latin1')) }
        }),
    }),
    await targetOf({
      name: 'sealed-ofd',
      weight: 10,
      seeds: ofds.map(laid).map(seedOf),
      run: input =>
        guardedLater(async () => {
          const parts = packed(input)
          if (parts === undefined || !(await isGood(ofd, rezip(parts)))) return 'read'
          // the list of signatures is protected by none, so that the next seal can be added to it; letters of a part's name count whatever their case, and no two parts differ by it alone; evidence may come, go and be exchanged, and counts for what its issuers signed
          const said = [...parts]
            .map(([name, bytes]) => [name.toLowerCase(), bytes] as const)
            .filter(([name]) => !/(signedvalue\.dat|signatures\.xml|evidence\.p7c)$/.test(name))
            .map(([name, bytes]) => `${name} ${sm3(bytes)}`)
          return { accepted: said.toSorted().join('\n') }
        }),
    }),
    await targetOf({
      name: 'sealed-xml',
      weight: 10,
      seeds: xmls.map(seedOf),
      run: input =>
        guardedLater(async () => {
          const { seals, findings } = await verifyXml(input)
          const all = seals.every(({ checks }) => (['intact', 'trusted', 'valid'] as const).every(of => answerOf(checks, of) === 'yes'))
          if (!all || seals.length !== 1 || findings.some(({ ok }) => ok !== 'yes')) return 'read'
          // what canonical XML calls the same is the same; the signature is judged by its own digests, and evidence in it may come and go
          const document = readXml(input)
          const signature = elementChildren(document.root).find(({ local }) => local === 'Signature')
          return { accepted: sm3(Buffer.from(canonicalDocument(document, { form: 'exclusive' }, signature))) }
        }),
    }),
  ]
}

const fail = (): never => {
  throw new Error('no value to seal with')
}
