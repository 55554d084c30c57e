/** Owns the work of `shield bid`: envelopes made, looked at, tested, opened and rescued with keys in files. */
import { randomBytes } from 'node:crypto'
import type { Cover } from '../bids/envelope/cover.ts'
import { encryptBid } from '../bids/envelope/encrypt.ts'
import type { EnvelopeHead, EnvelopeHeader } from '../bids/envelope/header.ts'
import { measure } from '../bids/envelope/measure.ts'
import { byRescue, inspect, openBid, type Unlock, withBidderKey } from '../bids/envelope/open.ts'
import { holderOf, type KeyHolder } from '../bids/envelope/part.ts'
import { openShare, type RescueShare, releaseRescue } from '../bids/envelope/rescue.ts'
import { scanEnvelope } from '../bids/envelope/scan.ts'
import { selfTest } from '../bids/envelope/self-test.ts'
import { systemClock } from '../kernel/clock.ts'
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { newId } from '../kernel/ids.ts'
import { CERTIFICATE_LIMIT, type Certificate, readPemBundle } from '../pki/certificate.ts'
import { mayWrite, type SourceFile, sourceFile, writeWhole } from '../pki/cms-file.ts'
import { printable } from './cert-report.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { readBounded } from './files.ts'
import { readKeyFile, readKeys } from './key-file.ts'

const FOUND: ReadonlySet<FailureCode> = new Set([
  'bid_envelope_malformed',
  'bid_not_for_this_key',
  'bid_before_opening',
  'bid_custodians_missing',
  'bid_rescue_part_wrong',
  'certificate_wrong_use',
  'certificate_malformed',
  'algorithm_refused',
])

/** What is wrong with an envelope or a key is something found; a wrong call says what is wrong with it; all else is a failure of the command. */
async function reported(run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run()
  } catch (thrown) {
    const { code, facts, received, expected } = asBrokerError(thrown)
    if (code === 'bad_request') return { exit: EXIT.usage, json: { ok: false, error: code, facts }, text: `${facts}\n` }
    if (!FOUND.has(code)) throw thrown
    const { zh, en } = failures[code]
    const more = [received && `  received: ${received}\n`, expected && `  expected: ${expected}\n`].filter(Boolean).join('')
    return {
      exit: EXIT.found,
      json: { ok: false, error: code, facts, received, expected },
      text: `NOT OPENED (${code}): ${printable(facts)}\n${more}${zh}\n${en}\n`,
    }
  }
}

export const encrypt = (asked: Asked): Promise<Outcome> =>
  reported(async () => {
    const out = required(asked, 'out')
    await mayWrite(out, existing(asked))
    const [file = ''] = asked.args
    const [to, custodians, platform] = [
      await certificates(asked, 'to'),
      await certificates(asked, 'custodian'),
      await certificates(asked, 'platform'),
    ]
    if (to.length === 0) throw wrong('say to which shield: --to CERT')
    const [release] = platform
    if (custodians.length > 0 !== (release !== undefined))
      throw wrong('custodians and platform rescue together: give --custodian and --platform, or neither')
    const id = newId()
    const section = one(asked, 'section')
    const content = await source(asked, file)
    const envelope = encryptBid({
      content: content.open(),
      facts: {
        id,
        center: required(asked, 'center'),
        project: required(asked, 'project'),
        ...(section === undefined ? {} : { section }),
        opening: timeOf(required(asked, 'opening')),
        ...(given(asked, 'drill') ? { drill: true as const } : {}),
      },
      cover: {
        bidder: { uscc: required(asked, 'uscc'), name: required(asked, 'name') },
        content: { name: file.split(/[\\/]/).at(-1) ?? file, ...(await measure(content.open())) },
        madeAt: systemClock.now().toISOString(),
      },
      recipients: to,
      ...(release === undefined ? {} : { rescue: { custodians, threshold: thresholdOf(one(asked, 'threshold') ?? '2'), platform: release } }),
      random: randomBytes,
    })
    const octets = await writeWhole(out, envelope, existing(asked))
    return {
      exit: EXIT.ok,
      json: { ok: true, out, octets, id, recipients: to.map(each => each.thumbprint) },
      text: `${printable(out)}: ${octets} octets, envelope ${id}\nTest it with the shield in hand before the upload: shield bid open ${printable(out)} --key KEY --check\n`,
    }
  })

export const inspectEnvelope = (asked: Asked): Promise<Outcome> =>
  reported(async () => {
    const { head, size, sm3 } = await scanEnvelope((await source(asked, asked.args[0] ?? '')).open())
    const told = { ...headerReport(head.header), size, sm3 }
    return { exit: EXIT.ok, json: { ok: true, ...told }, text: rows(told) }
  })

export const open = (asked: Asked): Promise<Outcome> =>
  reported(async () => {
    const unlock = withBidderKey(await holderIn(required(asked, 'key'), one(asked, 'passphrase-file')))
    if (!given(asked, 'check')) return await written(asked, unlock)
    const envelope = await source(asked, asked.args[0] ?? '')
    const found = await selfTest(envelope.open(), unlock)
    if (!found.ok) throw new BrokerError(found.code, found.facts)
    const told = { ...headerReport(found.header), ...coverReport(found.cover) }
    return { exit: EXIT.ok, json: { ok: true, checked: true, ...told }, text: `It opens, to its last octet.\n${rows(told)}` }
  })

export const rescue = (asked: Asked): Promise<Outcome> =>
  reported(async () => {
    const passphrase = one(asked, 'passphrase-file')
    const head = await inspect((await source(asked, asked.args[0] ?? '')).open())
    const release = one(asked, 'release-key')
    // a file says nothing of a postponement: the header's time is the announced one here
    const times = { now: systemClock.now(), announced: new Date(head.header.opening) }
    const released = release === undefined ? undefined : await releaseRescue(head, await holderIn(release, passphrase), times)
    const shares: RescueShare[] = []
    for (const file of many(asked, 'custodian-key')) shares.push(await shareIn(head, file, passphrase))
    return await written(asked, byRescue(shares, released), { custodians: shares.map(({ custodian }) => custodian) })
  })

/** The share of whichever custodian the key is. */
async function shareIn(head: EnvelopeHead, file: string, passphrase: string | undefined): Promise<RescueShare> {
  const holder = await holderIn(file, passphrase)
  for (const { certificate } of head.header.rescue?.custodians ?? []) {
    try {
      return await openShare(head, certificate, holder)
    } catch (thrown) {
      if (asBrokerError(thrown).code !== 'bid_not_for_this_key') throw thrown
    }
  }
  if (head.header.rescue === undefined) throw new BrokerError('bid_custodians_missing', 'the envelope was made without custodians')
  throw new BrokerError('bid_not_for_this_key', `${file} is the key of no custodian of this envelope`)
}

async function written(asked: Asked, unlock: Unlock, more: Record<string, unknown> = {}): Promise<Outcome> {
  const out = required(asked, 'out')
  await mayWrite(out, existing(asked))
  const { header, cover, content } = await openBid((await source(asked, asked.args[0] ?? '')).open(), unlock)
  const octets = await writeWhole(out, content, existing(asked))
  const told = { ...headerReport(header), ...coverReport(cover), ...more }
  return { exit: EXIT.ok, json: { ok: true, out, octets, ...told }, text: `${printable(out)}: ${octets} octets\n${rows(told)}` }
}

const headerReport = ({ id, center, project, section, opening, drill, cipher, keys, rescue: by }: EnvelopeHeader) => ({
  id,
  center,
  project,
  ...(section === undefined ? {} : { section }),
  opening,
  drill: drill === true,
  cipher,
  keys: keys.length,
  rescue:
    by === undefined
      ? 'none'
      : { threshold: by.threshold, custodians: by.custodians.map(each => each.certificate), platform: by.platform.certificate },
})

const coverReport = ({ bidder, content, certificates: to, madeAt }: Cover) => ({
  bidder: bidder.name,
  uscc: bidder.uscc,
  content: content.name,
  content_size: content.size,
  content_sm3: content.sm3,
  encrypted_to: to,
  made_at: madeAt,
})

const rows = (told: Record<string, unknown>): string =>
  Object.entries(told)
    .map(([name, value]) => `  ${name.padEnd(13)} ${printable(typeof value === 'string' ? value : JSON.stringify(value))}\n`)
    .join('')

/** Every key of the file: a shield’s has a signing pair beside the encryption pair. */
async function holderIn(file: string, passphrase: string | undefined): Promise<KeyHolder> {
  const holders = (await keysIn(file, passphrase)).map(({ privateKey }) => holderOf(privateKey))
  return {
    async open(part) {
      for (const holder of holders) {
        const plain = await holder.open(part)
        if (plain !== undefined) return plain
      }
      return undefined
    },
  }
}

async function keysIn(file: string, passphrase: string | undefined) {
  try {
    return (await readKeys(file, passphrase)).keys
  } catch (thrown) {
    // a key by itself
    if (asBrokerError(thrown).code === 'key_file_malformed') return [await readKeyFile(file, passphrase)]
    throw thrown
  }
}

/** The first certificate of each file. */
async function certificates(asked: Asked, option: string): Promise<Certificate[]> {
  return await Promise.all(
    many(asked, option).map(async file => {
      const [first] = readPemBundle(await readBounded(file, 64 * CERTIFICATE_LIMIT))
      if (first === undefined) throw new BrokerError('certificate_malformed', `${file} holds no certificate`)
      return first
    }),
  )
}

const LARGE = 64 * 1024 * 1024

/** A file to read in pieces; a large one tells how far it is, every tenth. */
function source({ progress }: Asked, path: string): Promise<SourceFile> {
  let told = 0
  return sourceFile(path, (done, size) => {
    const tenths = Math.floor((10 * done) / size)
    if (size >= LARGE && tenths > told) progress(`${printable(path)}: ${10 * tenths} %`)
    told = tenths
  })
}

function timeOf(text: string): string {
  const time = new Date(text)
  // without a zone it would be another time on another machine
  if (Number.isNaN(time.getTime()) || !/(Z|[+-]\d\d:\d\d)$/.test(text))
    throw wrong(`--opening ${text}: write it with its zone, such as 2027-06-01T09:30:00+08:00`)
  return time.toISOString()
}

function thresholdOf(text: string): number {
  if (!/^\d{1,2}$/.test(text)) throw wrong(`--threshold ${text}: a number`)
  return Number(text)
}

const wrong = (facts: string): BrokerError => new BrokerError('bad_request', facts)
const many = ({ options }: Asked, name: string): readonly string[] => options[name] ?? []
const one = (asked: Asked, name: string): string | undefined => many(asked, name)[0]
const given = (asked: Asked, name: string): boolean => one(asked, name) !== undefined
const existing = (asked: Asked): 'keep' | 'replace' => (given(asked, 'force') ? 'replace' : 'keep')

function required(asked: Asked, name: string): string {
  const value = one(asked, name)
  if (value === undefined) throw wrong(`--${name} is missing`)
  return value
}
