/** Owns the work of `shield seal`: a document sealed, or a file signed beside itself, with a key at hand. Nothing is written that does not verify. */
import { createHash } from 'node:crypto'
import { parse } from 'node:path'
import { systemClock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { algorithmFor } from '../pki/algorithms.ts'
import { mayWrite, writeWhole } from '../pki/cms-file.ts'
import { createTimestampClient } from '../pki/timestamp-client.ts'
import { buildDetached, prepareDetached, verifyDetached } from '../seals/cms/detached.ts'
import type { SealFormat, SealJudge, SealOrder, SignatureValue, Stamp } from '../seals/contract.ts'
import { createSealJudge } from '../seals/judge.ts'
import type { DocumentReport, SealReport } from '../seals/report.ts'
import { SES_LIMITS } from '../seals/ses/fields.ts'
import { readSeal } from '../seals/ses/seal.ts'
import { createCmsValue } from '../seals/values/cms-value.ts'
import { createSesValue } from '../seals/values/ses-value.ts'
import { xmlValue } from '../seals/xml/xml-value.ts'
import { existing, given, one, required, source, wrong } from './asked.ts'
import { printable } from './cert-report.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { readBounded } from './files.ts'
import { type Pair, pair } from './key-pair.ts'
import { pictureAsked, pictureOf, placesAsked } from './seal-picture.ts'
import { judgedBy } from './seal-trust.ts'
import { formatOf, headOf, readDocument } from './seal-verify.ts'
import { readTrust, type Trust } from './trust-folder.ts'

/** Who seals, and who judges the result. */
interface Setting {
  signer: Pair
  /** whole seconds, as most formats write it */
  at: Date
  judge: SealJudge
  stamp: Stamp | undefined
}

/** @throws BrokerError bad_request, shield_key_mismatch, seal_*; config_invalid or not_found where a file is not there */
export async function setSeal(asked: Asked): Promise<Outcome> {
  const [path = ''] = asked.args
  const detached = given(asked, 'detached')
  const out = one(asked, 'out') ?? (detached ? `${path}.p7s` : sealedName(path))
  await mayWrite(out, existing(asked))
  const signer = await pair(one(asked, 'cert'), required(asked, 'key'), one(asked, 'passphrase-file'))
  const folder = one(asked, 'trust')
  const trust = folder === undefined ? undefined : await readTrust(folder)
  const now = systemClock.now()
  const setting: Setting = {
    signer,
    at: new Date(Math.floor(now.getTime() / 1000) * 1000),
    judge: createSealJudge(judgedBy(trust, now)),
    stamp: stampAsked(asked, trust),
  }
  const { bytes, format, seal } = await (detached ? beside(asked, path, setting) : inside(asked, path, setting))
  await writeWhole(out, bytes, existing(asked))
  const digest = createHash('sm3').update(bytes).digest('hex')
  return {
    exit: EXIT.ok,
    json: { ok: true, out, octets: bytes.length, digest, format, seal },
    text: `${printable(out)}: ${bytes.length} octets, SM3 ${digest}\n已盖章并验证。Sealed, and verified.\n${told(seal)}`,
  }
}

const told = ({ id, kind, seal, signer, claimedAt, provenAt, pages }: SealReport): string =>
  [
    `  ${printable(id)} (${kind})`,
    ...(seal === undefined ? [] : [printable(seal.name)]),
    ...(signer === undefined ? [] : [printable(signer.certificate.subject)]),
    ...(claimedAt === undefined ? [] : [claimedAt]),
    ...(provenAt === undefined ? [] : [`time stamp ${provenAt}`]),
    ...(pages === undefined ? [] : [`pages ${pages.join(', ')}`]),
  ].join('\n  ')

interface Made {
  bytes: Buffer
  format: DocumentReport['format']
  seal: SealReport
}

async function inside(asked: Asked, path: string, setting: Setting): Promise<Made> {
  const { signer, at, judge, stamp } = setting
  const file = await source(asked, path)
  const format = formatOf(await headOf(file.open))
  if (format === undefined)
    throw new BrokerError('seal_document_unusable', `${path} is no PDF, OFD or XML; --detached signs a file of any kind beside itself`)
  const document = await readDocument(path, file.size)
  const reason = one(asked, 'reason')
  const { value, ...shown } = await valueAndPicture(asked, format, signer)
  const order: SealOrder = { id: newId(), at, ...shown, ...(reason === undefined ? {} : { reason }) }
  const signature = algorithmFor(signer.privateKey).sign(signer.privateKey, await format.prepare(document, order, value))
  const bytes = await format.build(document, order, value, signature, stamp)
  return { bytes, format: format.name, seal: requireGood(await format.verify(bytes, judge), setting) }
}

async function valueAndPicture(
  asked: Asked,
  { name }: SealFormat,
  { certificate, chain }: Pair,
): Promise<Pick<SealOrder, 'places' | 'picture'> & { value: SignatureValue }> {
  const places = placesAsked(asked)
  const file = one(asked, 'seal')
  if (name === 'xml') {
    if (file !== undefined) throw wrong('an electronic seal cannot stand in XML: leave --seal out')
    return { value: xmlValue(certificate), places: places ?? [] }
  }
  if (places === undefined) throw wrong('say where it is shown: --place at:1,150,250, words:TEXT, edge, or none')
  // a document does not swell by a time stamp that will not come
  const room = given(asked, 'tsa') ? {} : { stampRoom: 0 }
  if (file === undefined) {
    const picture = await pictureAsked(asked)
    if (places.length > 0 && picture === undefined) throw wrong('say what is shown: --picture FILE.png or --name NAME')
    const value = createCmsValue({ certificate, chain, ...room, ...(name === 'ofd' ? { carries: 'digest' } : {}) })
    return { value, places, ...(picture === undefined ? {} : { picture }) }
  }
  if (given(asked, 'picture') || given(asked, 'name')) throw wrong('an electronic seal shows its own picture: leave --picture and --name out')
  const seal = readSeal(await readBounded(file, SES_LIMITS.seal))
  const value = createSesValue({ seal: seal.der, certificate, ...room })
  return { value, places, ...(places.length === 0 ? {} : { picture: pictureOf(seal) }) }
}

async function beside(asked: Asked, path: string, setting: Setting): Promise<Made> {
  for (const option of ['seal', 'place', 'picture', 'name', 'reason'])
    if (given(asked, option)) throw wrong(`a signature beside a file shows nothing: leave --${option} out`)
  const { signer, at, judge, stamp } = setting
  const { certificate, chain, privateKey } = signer
  const content = await source(asked, path)
  const value = createCmsValue({ certificate, chain, signingTime: true })
  const prepared = await prepareDetached(content.open(), { at }, value)
  const signature = algorithmFor(privateKey).sign(privateKey, prepared.toSign)
  const bytes = await buildDetached(prepared, { at }, value, signature, stamp)
  async function* message() {
    yield bytes
  }
  // read again: a file that changed meanwhile is found now, not by whoever gets it
  return { bytes, format: 'cms', seal: requireGood(await verifyDetached({ cms: message, content: content.open, judge }), setting) }
}

/** The seal that was just set: there, intact, and refused by nothing. @throws BrokerError `seal_malformed` */
function requireGood({ seals }: DocumentReport, { signer, at }: Setting): SealReport {
  const ours = seals.find(
    each =>
      each.signer?.certificate.thumbprint === signer.certificate.thumbprint &&
      each.claimedAt !== undefined &&
      Date.parse(each.claimedAt) === at.getTime(),
  )
  if (ours === undefined) throw new BrokerError('seal_malformed', 'the seal that was just set is not found in the result')
  const bad = ours.checks.find(({ ok, of }) => ok === 'no' && of !== 'note')
  if (ours.intact === 'yes' && bad === undefined) return ours
  const facts = bad === undefined ? 'it is not shown to be intact' : `${bad.code} ${bad.facts ?? ''}`.trim()
  throw new BrokerError('seal_malformed', `the seal that was just set does not verify: ${facts}`)
}

function stampAsked(asked: Asked, trust: Trust | undefined): Stamp | undefined {
  const url = one(asked, 'tsa')
  if (url === undefined) return undefined
  if (!URL.canParse(url)) throw wrong(`--tsa ${url} is no address`)
  if (trust === undefined) throw wrong('say which authority to believe: --trust DIR')
  const client = createTimestampClient({ url, fetch, clock: systemClock, trust: async () => trust })
  return async signature => (await client.stamp(signature)).token
}

/** bid.pdf becomes bid.sealed.pdf */
function sealedName(path: string): string {
  const { dir, name, ext } = parse(path)
  return `${dir === '' ? '' : `${dir}/`}${name}.sealed${ext}`
}
