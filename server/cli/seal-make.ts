/** Owns the work of `shield seal make`: an electronic seal made with a maker's key at hand. For tests and drills; the product makes seals by itself, when a company asks and its representative approves. */
import { days, systemClock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { mayWrite, writeWhole } from '../pki/cms-file.ts'
import { toPng } from '../seals/picture/png.ts'
import { makeSeal } from '../seals/ses/make.ts'
import { judgeBareSeal } from '../seals/values/seal-judge.ts'
import { existing, many, one, required, wrong } from './asked.ts'
import { printable } from './cert-report.ts'
import { describeParty } from './cms-report.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { certificatesIn, pair } from './key-pair.ts'
import { pictureAsked } from './seal-picture.ts'
import { judgedBy } from './seal-trust.ts'

/** 厂商标识; says by itself that no service made it */
const VENDOR = 'SHIELD-COMMAND'
const DOTS = 12

/** @throws BrokerError bad_request, shield_key_mismatch, seal_picture_unusable, certificate_*; config_invalid where a file is not there */
export async function makeSealFile(asked: Asked): Promise<Outcome> {
  const out = required(asked, 'out')
  await mayWrite(out, existing(asked))
  const name = required(asked, 'name')
  const certificates = (await Promise.all(many(asked, 'cert').map(certificatesIn))).flat()
  if (certificates.length === 0) throw wrong('say whose it is: --cert FILE, as often as there are shields')
  const maker = await pair(one(asked, 'maker-cert'), required(asked, 'maker-key'), one(asked, 'passphrase-file'))
  const now = systemClock.now()
  const validFrom = timeIn(asked, 'from') ?? now
  const validUntil = timeIn(asked, 'until') ?? new Date(validFrom.getTime() + days(365))
  const picture = await pictureAsked(asked)
  if (picture === undefined) throw wrong('--name is missing')
  const der = makeSeal({
    esId: one(asked, 'id') ?? newId(),
    vid: VENDOR,
    type: 1,
    name,
    certificates,
    createdAt: now,
    validFrom,
    validUntil,
    picture: { type: 'PNG', data: toPng(picture, DOTS), width: Math.round(picture.width), height: Math.round(picture.height) },
    maker,
  })
  const { seal, checks } = await judgeBareSeal(der, judgedBy(undefined, now))
  if (checks.find(({ code }) => code === 'maker-signature')?.ok !== 'yes') throw new BrokerError('internal', 'the seal does not read back')
  await writeWhole(out, der, existing(asked))
  const shields = certificates.map(describeParty)
  return {
    exit: EXIT.ok,
    json: { ok: true, out, octets: der.length, seal, certificates: shields, maker: describeParty(maker.certificate) },
    text: `${printable(out)}: ${der.length} octets\n  ${printable(name)}  ${printable(seal.id)}, ${seal.validFrom} – ${seal.validUntil}\n${shields
      .map(({ subject, serial }) => `  ${subject}  (${serial})\n`)
      .join('')}`,
  }
}

function timeIn(asked: Asked, option: 'from' | 'until'): Date | undefined {
  const text = one(asked, option)
  if (text === undefined) return undefined
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw wrong(`--${option} ${text} is no time; write it as 2027-06-01T12:00:00Z`)
  return time
}
