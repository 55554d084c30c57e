/**
 * Owns a bank's shields: issuing, renewing and revoking them, and their files. The hierarchy signs (hierarchy.ts), the register remembers (register.ts),
 * shield-revocation.ts tells the world, the agent's own code seals the file (shield-agent/shield-file.ts).
 */
import { existsSync, mkdirSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Clock, days, hours } from '../../server/kernel/clock.ts'
import { newSerial } from '../../server/pki/issue.ts'
import { pem } from '../../server/pki/pem.ts'
import { sealShieldFile } from '../shield-agent/shield-file.ts'
import type { BankProfile } from './bank-profile.ts'
import { makeChannelKeys } from './channel-keys.ts'
import { type Person, people, type Seat } from './companies.ts'
import { createHierarchy, type Hierarchy, issuePair, type KeyKind, loadHierarchy, nextSerial } from './hierarchy.ts'
import { nameHolder } from './naming.ts'
import { refusals } from './refusal.ts'
import { type Register, readRegister, replaceFile, type ShieldRecord } from './register.ts'
import { seeds } from './seeds.ts'
import { createRevocationService, type RevocationService } from './shield-revocation.ts'

export type ShieldState = 'good' | 'revoked' | 'expired' | 'not-yet-valid'

export interface IssuedShield {
  bank: string
  /** of the signing certificate, lower-case hexadecimal */
  serial: string
  person: Person
  company: { uscc: string; name: string }
  role: Seat['role']
  kind: 'SM2-dual' | 'RSA-single'
  /** DER */
  certificate: Buffer
  /** the shield file and the PIN that opens it */
  path: string
  pin: string
  notBefore: Date
  notAfter: Date
  revokedAt?: Date
  /** a mobile shield, in the app of this phone; no USB port ever sees it */
  phone?: string
}

export interface IssueRequest {
  person: Person
  company: { uscc: string; name: string }
  role: Seat['role']
  kind?: IssuedShield['kind']
  notBefore?: Date
  notAfter?: Date
  /** for a mobile shield: SM3 of what its phone holds */
  phone?: string
}

export interface Shields extends Pick<RevocationService, 'crl' | 'ocsp'> {
  all(): IssuedShield[]
  find(serial: string): IssuedShield | undefined
  stateOf(shield: IssuedShield): ShieldState
  /** hands out one more shield; nothing about the holder is checked, so a test can ask for what no bank would issue */
  issue(request: IssueRequest): Promise<IssuedShield>
  /** both certificates of the shield; the next CRL and OCSP answer say so */
  revoke(serial: string, reason?: ShieldRecord['reason']): void
  /** new keys and certificates for the same holder: into the same shield, the old certificate revoked; or, with `keepOld`, into another one beside it */
  renew(serial: string, options?: { keepOld?: boolean }): Promise<IssuedShield>
  /** PEM of every root and issuing CA */
  anchorsFile: string
  /** where the rest of the bank's files lie */
  folder: string
}

/** Of PBKDF2: few, so that seeding is quick; the PIN is printed on the bank's page anyway. */
const PIN_ITERATIONS = 20_000
const SHIELD_DAYS = 1095

/**
 * Opens a bank's shields, or seeds them: made in a folder beside and renamed, so that half a bank is never found.
 * @param input.base address of the bank, which its certificates name; at another address than before, or without its shields, the bank starts anew
 */
export async function openShields(bank: BankProfile, input: { dataDir: string; base: string; clock: Clock }): Promise<Shields> {
  const { dataDir, base, clock } = input
  const folder = join(dataDir, 'mock-bank', bank.id)
  const kinds: KeyKind[] = bank.olderShields ? ['sm2', 'rsa'] : ['sm2']
  const found = await readRegister(join(folder, 'register.json'))
  if (found?.base === base && existsSync(join(dataDir, 'shields'))) {
    await makeChannelKeys(folder, bank, clock)
    const hierarchies = await Promise.all(kinds.map(kind => loadHierarchy(kind, { base, folder })))
    return createShields(bank, { ...input, folder, hierarchies, register: found })
  }
  const draft = join(dataDir, 'mock-bank', `.${bank.id}-${newSerial().toString('hex')}`)
  await mkdir(draft, { recursive: true })
  await mkdir(join(dataDir, 'shields'), { recursive: true })
  const hierarchies = await Promise.all(kinds.map(kind => createHierarchy(kind, bank, { base, folder: draft, now: clock.now() })))
  const anchors = hierarchies.flatMap(({ root, issuing }) => [root, issuing])
  await writeFile(join(draft, 'anchors.pem'), anchors.map(({ certificate }) => pem(certificate.der)).join(''))
  const register: Register = { version: 1, base, crlNumbers: {}, shields: [] }
  const seeding = createShields(bank, { ...input, folder: draft, hierarchies, register })
  for (const request of seeds(bank)) await seeding.issue(request)
  await makeChannelKeys(draft, bank, clock)
  await rm(folder, { recursive: true, force: true })
  await rename(draft, folder)
  return createShields(bank, { ...input, folder, hierarchies, register })
}

interface Parts {
  dataDir: string
  clock: Clock
  folder: string
  hierarchies: readonly Hierarchy[]
  register: Register
}

function createShields(bank: BankProfile, { dataDir, clock, folder, hierarchies, register }: Parts): Shields {
  const shieldFolder = join(dataDir, 'shields')
  const save = (): void => replaceFile(join(folder, 'register.json'), JSON.stringify(register, undefined, 1))
  const revocation = createRevocationService({ hierarchies, register, clock, save })
  /** what a phone keeps in its secure element lies with the bank's files, where no agent looks for shields */
  const placeOf = ({ phone, file }: Pick<ShieldRecord, 'file'> & { phone?: string | undefined }): string =>
    join(phone === undefined ? shieldFolder : join(folder, 'phones'), file)
  const outside = (record: ShieldRecord): IssuedShield => describe(bank, placeOf(record), record)
  const recordOf = (serial: string): ShieldRecord => {
    const found = register.shields.find(shield => shield.serial === serial)
    if (found === undefined) throw refusals.noShield()
    return found
  }

  async function write(request: IssueRequest, keep: { sequence: number; file: string }): Promise<ShieldRecord> {
    const { person, company, role, kind = 'SM2-dual', phone } = request
    const hierarchy = hierarchies.find(one => one.kind === (kind === 'SM2-dual' ? 'sm2' : 'rsa'))
    if (hierarchy === undefined) throw refusals.badRequest(`This bank issues no ${kind} shields.`)
    const notBefore = request.notBefore ?? new Date(clock.now().getTime() - hours(1))
    const notAfter = request.notAfter ?? new Date(notBefore.getTime() + days(SHIELD_DAYS))
    const serial = newSerial()
    const naming = nameHolder(bank, { company, person, role, sequence: keep.sequence })
    const keys = await issuePair(hierarchy, { ...naming, serial, notBefore, notAfter })
    const label = `${bank.name.zh} ${company.name} ${person.name}`
    const sealed = sealShieldFile({ label, bank: bank.id, kind, pin: person.pin, iterations: PIN_ITERATIONS, ...keys })
    const place = placeOf({ phone, file: keep.file })
    mkdirSync(dirname(place), { recursive: true })
    replaceFile(place, JSON.stringify(sealed, undefined, 1))
    return {
      serial: serial.toString('hex'),
      ...(keys.encrypt === undefined ? {} : { encryptSerial: nextSerial(serial).toString('hex') }),
      person: person.id,
      company: { uscc: company.uscc, name: company.name },
      role,
      kind,
      ...(phone === undefined ? {} : { phone }),
      ...keep,
      certificate: keys.sign.certificate.toString('base64'),
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
    }
  }

  function freeFile(stem: string): string {
    const taken = new Set(register.shields.map(({ file }) => file))
    for (let n = 1; ; n++) {
      const file = n === 1 ? `${stem}.json` : `${stem}-${n}.json`
      if (!taken.has(file)) return file
    }
  }

  function markRevoked(record: ShieldRecord, reason: ShieldRecord['reason']): void {
    if (record.revokedAt !== undefined) return
    record.revokedAt = clock.now().toISOString()
    record.reason = reason
    revocation.changed()
  }

  return {
    folder,
    anchorsFile: join(folder, 'anchors.pem'),
    crl: revocation.crl,
    ocsp: revocation.ocsp,
    all: () => register.shields.map(outside),
    find(serial) {
      const found = register.shields.find(shield => shield.serial === serial.toLowerCase())
      return found === undefined ? undefined : outside(found)
    },
    stateOf({ revokedAt, notBefore, notAfter }) {
      const now = clock.now()
      return revokedAt !== undefined ? 'revoked' : now > notAfter ? 'expired' : now < notBefore ? 'not-yet-valid' : 'good'
    },

    async issue(request) {
      const sequence = 1 + Math.max(0, ...register.shields.filter(({ company }) => company.uscc === request.company.uscc).map(one => one.sequence))
      const file = freeFile(`${bank.id}-${request.company.uscc}-${request.person.login}`)
      const record = await write(request, { sequence, file })
      register.shields.push(record)
      save()
      return outside(record)
    },

    revoke(serial, reason = 'keyCompromise') {
      markRevoked(recordOf(serial), reason)
      save()
    },

    async renew(serial, { keepOld = false } = {}) {
      const old = recordOf(serial)
      const { sequence, company, role, kind, phone } = old
      const file = keepOld ? freeFile(basename(old.file, '.json')) : old.file
      const again = { person: personOf(old), company, role, kind, ...(phone === undefined ? {} : { phone }) }
      const record = await write(again, { sequence, file })
      if (!keepOld) markRevoked(old, 'superseded')
      register.shields.push(record)
      save()
      return outside(record)
    },
  }
}

function describe(bank: BankProfile, path: string, record: ShieldRecord): IssuedShield {
  const person = personOf(record)
  const { serial, company, role, kind, phone, certificate, notBefore, notAfter, revokedAt } = record
  return {
    bank: bank.id,
    serial,
    person,
    company,
    role,
    kind,
    certificate: Buffer.from(certificate, 'base64'),
    path,
    pin: person.pin,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    ...(revokedAt === undefined ? {} : { revokedAt: new Date(revokedAt) }),
    ...(phone === undefined ? {} : { phone }),
  }
}

function personOf({ person }: ShieldRecord): Person {
  const found = people.find(({ id }) => id === person)
  if (found === undefined) throw refusals.noPerson()
  return found
}
