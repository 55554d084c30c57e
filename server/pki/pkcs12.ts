/**
 * Owns reading PFX files, PKCS#12 (RFC 7292), as software shields and other people's tools hand keys over: as openssl, Java and Windows write them, and with SM4 and SM3.
 * Whether the certificates inside may be trusted is decided elsewhere.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { Certificate } from './certificate.ts'
import { Cursor, type Der, elementsOf, onlyElement, readOid, readSmallInteger, TAG } from './der.ts'
import { readText } from './names.ts'
import { toDer } from './pem.ts'
import { type KeyFileOptions, keyFromPkcs8, refusing } from './pkcs8.ts'
import { Budget, malformedKey, sequenceOf } from './pkcs8-pbes2.ts'
import { derOf, implicitOctets } from './pkcs12-ber.ts'
import { decryptWith, type Opening } from './pkcs12-cipher.ts'
import { checkMac } from './pkcs12-mac.ts'

export const PFX_LIMIT = 1024 * 1024
const DATA = ['1.2.840.113549.1.7.1', '1.2.156.10197.6.1.4.2.1']
const ENCRYPTED = ['1.2.840.113549.1.7.6', '1.2.156.10197.6.1.4.2.5']
const BAG = '1.2.840.113549.1.12.10.1'
const X509 = '1.2.840.113549.1.9.22.1'
const FRIENDLY_NAME = '1.2.840.113549.1.9.20'
const MAX_BAGS = 200

interface PfxKey {
  privateKey: KeyObject
  /** the one whose public key it is; the file's own pairing is not believed */
  certificate: Certificate | undefined
  name: string | undefined
}

export interface Pfx {
  keys: PfxKey[]
  /** all of the file, those of the keys included */
  certificates: Certificate[]
}

/**
 * @param input DER, BER or base64, at most 1 MiB
 * @throws BrokerError `key_password_wrong` for a wrong password and for damage alike, `key_file_malformed`, `algorithm_refused`
 */
export async function readPfx(input: Uint8Array | string, password: string, { maxIterations }: KeyFileOptions = {}): Promise<Pfx> {
  return await refusing(async () => {
    const pfx = new Cursor(sequenceOf(derOf(toDer(input, PFX_LIMIT))))
    if (readSmallInteger(pfx.take(TAG.integer)) !== 3) throw malformedKey('not version 3 of PKCS#12')
    const contents = dataOf(pfx.take(TAG.sequence))
    // without it, whoever carried the file could have exchanged what is in it; openssl makes such files only when told
    const mac = pfx.takeIf(TAG.sequence)
    pfx.end()
    if (mac === undefined) throw malformedKey('a PFX without a MAC')
    const budget = new Budget(maxIterations)
    const reading = new Reading({ password, budget, emptyIsNothing: await checkMac(mac, contents, { password, budget }) })
    for (const part of elementsOf(sequenceOf(derOf(contents)))) await reading.content(part)
    return reading.result()
  })
}

/** The octets of a ContentInfo of type data. */
function dataOf(element: Der): Buffer {
  const cursor = new Cursor(element)
  const type = readOid(cursor.take(TAG.oid))
  if (!DATA.includes(type)) throw new BrokerError('algorithm_refused', `a PFX protected by ${type} instead of a password`, { received: type })
  const content = cursor.take(0xa0)
  cursor.end()
  return onlyElement(content.content, TAG.octets).content
}

class Reading {
  readonly #opening: Opening
  readonly #keys: { privateKey: KeyObject; name: string | undefined }[] = []
  readonly #certificates: Certificate[] = []
  #bags = 0

  constructor(opening: Opening) {
    this.#opening = opening
  }

  async content(element: Der): Promise<void> {
    const cursor = new Cursor(element)
    const type = readOid(cursor.take(TAG.oid))
    const body = cursor.take(0xa0)
    cursor.end()
    if (DATA.includes(type)) return await this.#bagsOf(onlyElement(body.content, TAG.octets).content, 0)
    if (!ENCRYPTED.includes(type)) throw new BrokerError('algorithm_refused', `a part of the PFX of type ${type}`, { received: type })
    const fields = new Cursor(onlyElement(body.content, TAG.sequence))
    readSmallInteger(fields.take(TAG.integer))
    const info = new Cursor(fields.take(TAG.sequence))
    info.take(TAG.oid)
    const identifier = info.take(TAG.sequence)
    const encrypted = implicitOctets(info.take(0x80, 0xa0))
    info.end()
    await this.#bagsOf(await decryptWith(identifier, encrypted, this.#opening), 0)
  }

  async #bagsOf(bytes: Buffer, depth: number): Promise<void> {
    if (depth > 4) throw malformedKey('bags nested too deeply')
    for (const bag of elementsOf(sequenceOf(derOf(bytes)))) {
      if (++this.#bags > MAX_BAGS) throw malformedKey(`more than ${MAX_BAGS} bags`)
      const fields = new Cursor(bag)
      const type = readOid(fields.take(TAG.oid))
      const value = onlyElement(fields.take(0xa0).content)
      const attributes = fields.takeIf(TAG.set)
      fields.end()
      await this.#bag(type, value, attributes === undefined ? undefined : nameIn(attributes), depth)
    }
  }

  async #bag(type: string, value: Der, name: string | undefined, depth: number): Promise<void> {
    if (type === `${BAG}.1`) this.#keys.push({ privateKey: keyFromPkcs8(value.raw), name })
    else if (type === `${BAG}.2`) {
      const fields = new Cursor(value)
      const identifier = fields.take(TAG.sequence)
      const encrypted = fields.take(TAG.octets).content
      fields.end()
      this.#keys.push({ privateKey: keyFromPkcs8(await decryptWith(identifier, encrypted, this.#opening), 'encrypted'), name })
    } else if (type === `${BAG}.3`) {
      const fields = new Cursor(value)
      const kind = readOid(fields.take(TAG.oid))
      // SDSI certificates existed on paper
      if (kind === X509) this.#certificates.push(new Certificate(Buffer.from(onlyElement(fields.take(0xa0).content, TAG.octets).content)))
    } else if (type === `${BAG}.6`) await this.#bagsOf(value.raw, depth + 1)
    // CRLs and secrets are no part of a shield
  }

  result(): Pfx {
    const keys = this.#keys.map(({ privateKey, name }): PfxKey => {
      const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
      return { privateKey, name, certificate: this.#certificates.find(each => sameKey(each, spki)) }
    })
    return { keys, certificates: this.#certificates }
  }
}

function sameKey(certificate: Certificate, spki: Buffer): boolean {
  try {
    return certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(spki)
  } catch {
    // a CA certificate with a key we do not take may come along
    return false
  }
}

/** friendlyName, without what would let it show as something else. */
function nameIn(attributes: Der): string | undefined {
  for (const attribute of elementsOf(attributes)) {
    const cursor = new Cursor(attribute)
    if (readOid(cursor.take(TAG.oid)) !== FRIENDLY_NAME) continue
    const value = new Cursor(cursor.take(TAG.set)).take()
    return readText(value)
      ?.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
      .slice(0, 100)
  }
  return undefined
}
