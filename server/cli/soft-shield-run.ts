import type { KeyObject } from 'node:crypto'
import { openShieldFile, readShieldFile, sealShieldFile } from '../../bank-adapters/shield-agent/shield-file.ts'
import { BrokerError } from '../kernel/errors.ts'
import { Certificate } from '../pki/certificate.ts'
import { pairShields } from '../pki/dual-certificate.ts'
import { PFX_LIMIT } from '../pki/pkcs12.ts'
import { writePfx } from '../pki/pkcs12-write.ts'
import { exportPrivate } from '../pki/sm2.ts'
import { type Asked, EXIT, type Outcome } from './command.ts'
import { readBounded, writeOut } from './files.ts'
import { firstLineOf, readKeys } from './key-file.ts'

const isOutcome = (found: Record<string, string> | Outcome): found is Outcome => 'exit' in found

/** Both halves of a dual certificate where the file has them, otherwise its one signing certificate. @throws BrokerError `key_file_malformed` where none can sign */
export async function importShield(asked: Asked): Promise<Outcome> {
  const given = demanded(asked, 'out', 'bank', 'pin-file', 'passphrase-file')
  if (isOutcome(given)) return given
  const { keys } = await readKeys(asked.args[0] ?? '', given['passphrase-file'])
  const keyOf = new Map(keys.flatMap(({ certificate, privateKey }) => (certificate === undefined ? [] : [[certificate, privateKey] as const])))
  const { pairs, singles, alone } = pairShields([...keyOf.keys()])
  const lone = alone.find(({ reason }) => reason === 'no-encryption-certificate')?.certificate
  const sign = pairs[0]?.sign ?? singles[0] ?? lone
  const encrypt = pairs[0]?.encrypt
  if (sign === undefined) throw new BrokerError('key_file_malformed', 'the file holds no key with a certificate that may sign')
  const half = (certificate: Certificate) => ({ certificate: certificate.der, privateKeyPkcs8: pkcs8Of(keyOf.get(certificate)) })
  const file = sealShieldFile({
    label: asked.options['label']?.[0] ?? sign.subject.text.slice(0, 200),
    bank: given['bank'] ?? '',
    kind: sign.keyName === 'SM2' ? 'SM2-dual' : 'RSA-single',
    pin: await firstLineOf(given['pin-file'] ?? ''),
    sign: half(sign),
    encrypt: encrypt === undefined ? undefined : half(encrypt),
  })
  await writeOut(given['out'] ?? '', `${JSON.stringify(file, null, 2)}\n`, asked.options['force']?.[0] !== undefined)
  const left = keyOf.size - (encrypt === undefined ? 1 : 2)
  const text = `${given['out']}: ${file.label}${encrypt === undefined ? '' : ', signing and encryption'}${left > 0 ? `; ${left} more keys of the file are not in it` : ''}\n`
  return { exit: EXIT.ok, json: { out: given['out'], label: file.label, sign: sign.thumbprint, encrypt: encrypt?.thumbprint ?? null, left }, text }
}

/** @throws BrokerError `shield_file_malformed`, `shield_pin_wrong` */
export async function exportShield(asked: Asked): Promise<Outcome> {
  const given = demanded(asked, 'out', 'pin-file', 'passphrase-file')
  if (isOutcome(given)) return given
  const file = readShieldFile((await readBounded(asked.args[0] ?? '', PFX_LIMIT)).toString('utf8'))
  const opened = openShieldFile(file, await firstLineOf(given['pin-file'] ?? ''))
  const certificate = (base64: string) => new Certificate(Buffer.from(base64, 'base64'))
  const keys: { privateKey: KeyObject; certificate: Certificate; name: string }[] = [
    { privateKey: opened.sign, certificate: certificate(file.signCertificate), name: file.label },
  ]
  if (opened.encrypt !== undefined && file.encryptCertificate !== undefined)
    keys.push({ privateKey: opened.encrypt, certificate: certificate(file.encryptCertificate), name: `${file.label} (encryption)` })
  const pfx = await writePfx({ keys, password: await firstLineOf(given['passphrase-file'] ?? '') })
  await writeOut(given['out'] ?? '', pfx, asked.options['force']?.[0] !== undefined)
  return {
    exit: EXIT.ok,
    json: { out: given['out'], keys: keys.length },
    text: `${given['out']}: ${keys.length} of ${keys.length} keys, with their certificates\n`,
  }
}

function pkcs8Of(key: KeyObject | undefined): Buffer {
  if (key === undefined) throw new BrokerError('key_file_malformed', 'a certificate without its key')
  return exportPrivate(key)
}

/** The one value of an option that must be there. @returns or what to say where it is not */
function demanded(asked: Asked, ...names: string[]): Record<string, string> | Outcome {
  const given: Record<string, string> = {}
  for (const name of names) {
    const [value] = asked.options[name] ?? []
    if (value === undefined)
      return { exit: EXIT.usage, json: { error: `--${name} is missing` }, text: `--${name} is missing; --help tells what it is.\n` }
    given[name] = value
  }
  return given
}
