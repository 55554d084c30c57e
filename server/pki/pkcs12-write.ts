/** Owns writing PFX files that openssl, Java and Windows read: RFC 7292, keys and certificates under PBES2, the whole under a MAC. */
import { createHash, type KeyObject } from 'node:crypto'
import type { Certificate } from './certificate.ts'
import { TAG } from './der.ts'
import { context, integer, octets, oid, primitive, sequence, setOf, write } from './der-write.ts'
import { encryptPkcs8 } from './pkcs8.ts'
import { encryptPbes2, type PasswordOptions } from './pkcs8-pbes2.ts'
import { writeMac } from './pkcs12-mac.ts'

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED = '1.2.840.113549.1.7.6'
const BAG = '1.2.840.113549.1.12.10.1'

export interface PfxRequest extends PasswordOptions {
  keys: readonly { privateKey: KeyObject; certificate: Certificate /** shown by other tools */; name?: string }[]
  /** CA certificates to go along */
  chain?: readonly Certificate[]
  password: string
}

/** @returns DER of a PFX */
export async function writePfx({ keys, chain = [], password, ...options }: PfxRequest): Promise<Buffer> {
  const certificateBags = [
    ...keys.map(({ certificate, name }) => certificateBag(certificate, attributes(certificate, name))),
    ...chain.map(each => certificateBag(each)),
  ]
  const keyBags = await Promise.all(
    keys.map(async ({ privateKey, certificate, name }) =>
      sequence(oid(`${BAG}.2`), context(0, await encryptPkcs8(privateKey, password, options)), attributes(certificate, name)),
    ),
  )
  const { identifier, encrypted } = await encryptPbes2(sequence(...certificateBags), Buffer.from(password, 'utf8'), options)
  const contents = sequence(
    sequence(oid(ENCRYPTED), context(0, sequence(integer(0), sequence(oid(DATA), identifier, primitive(0, encrypted))))),
    data(sequence(...keyBags)),
  )
  return sequence(integer(3), data(contents), await writeMac(contents, password, options))
}

const data = (content: Buffer): Buffer => sequence(oid(DATA), context(0, octets(content)))

const certificateBag = (certificate: Certificate, ...more: Buffer[]): Buffer =>
  sequence(oid(`${BAG}.3`), context(0, sequence(oid('1.2.840.113549.1.9.22.1'), context(0, octets(certificate.der)))), ...more)

/** localKeyId pairs key and certificate for tools that do not look at the public key. SHA-1 names here, and proves nothing. */
function attributes(certificate: Certificate, name: string | undefined): Buffer {
  const localKeyId = sequence(oid('1.2.840.113549.1.9.21'), setOf(octets(createHash('sha1').update(certificate.der).digest())))
  const friendly = name === undefined ? [] : [sequence(oid('1.2.840.113549.1.9.20'), setOf(write(TAG.bmp, Buffer.from(name, 'utf16le').swap16())))]
  return setOf(localKeyId, ...friendly)
}
