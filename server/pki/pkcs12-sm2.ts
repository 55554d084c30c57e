/**
 * Owns reading the ".sm2" files of CFCA's tools, which hold one SM2 key and its certificate: SEQUENCE { 1, { data, SM4, OCTET STRING }, { data, OCTET STRING } }. The key is
 * under SM4-CBC with key and vector by one SM3 of the password: weak, so these files are read and never written.
 */
import { createHash } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { Certificate } from './certificate.ts'
import { Cursor, readOid, readSmallInteger, TAG } from './der.ts'
import { firstBlock, toDer } from './pem.ts'
import { refusing } from './pkcs8.ts'
import { decipher, malformedKey, sequenceOf, wrongPassword } from './pkcs8-pbes2.ts'
import type { Pfx } from './pkcs12.ts'
import { keyFromScalar } from './sm2-key.ts'

const LIMIT = 128 * 1024
const DATA = '1.2.156.10197.6.1.4.2.1'
const SM4 = ['1.2.156.10197.1.104', '1.2.156.10197.1.104.2']

/**
 * @param input DER, PEM ("CFCA KEY") or base64
 * @throws BrokerError `key_password_wrong` for a wrong password and for damage alike, `key_file_malformed`, `algorithm_refused`
 */
export async function readSm2File(input: Uint8Array | string, password: string): Promise<Pfx> {
  return await refusing(async () => {
    const fields = new Cursor(sequenceOf(firstBlock(input, LIMIT, ['CFCA KEY'])?.der ?? toDer(input, LIMIT)))
    if (readSmallInteger(fields.take(TAG.integer)) !== 1) throw malformedKey('not version 1 of an SM2 file')
    const key = new Cursor(fields.take(TAG.sequence))
    const [keyType, cipher] = [readOid(key.take(TAG.oid)), readOid(key.take(TAG.oid))]
    const encrypted = key.take(TAG.octets).content
    key.end()
    const other = new Cursor(fields.take(TAG.sequence))
    const certificateType = readOid(other.take(TAG.oid))
    const certificate = new Certificate(Buffer.from(other.take(TAG.octets).content))
    other.end()
    fields.end()
    if (keyType !== DATA || certificateType !== DATA) throw malformedKey('contents of another type')
    if (!SM4.includes(cipher)) throw new BrokerError('algorithm_refused', `cipher ${cipher} is not accepted`, { received: cipher })
    const privateKey = open(encrypted, password, certificate)
    return { keys: [{ privateKey, certificate, name: undefined }], certificates: [certificate] }
  })
}

function open(encrypted: Buffer, password: string, certificate: Certificate) {
  // GB/T 32918.4 5.4.3: 32 octets are one round of the derivation, whose counter is 1
  const derived = createHash('sm3')
    .update(password, 'utf8')
    .update(Buffer.of(0, 0, 0, 1))
    .digest()
  const plain = decipher('sm4-cbc', derived.subarray(16), derived.subarray(0, 16), encrypted)
  if (plain.length === 0 || plain.length > 32) throw wrongPassword()
  const pair = (() => {
    try {
      return keyFromScalar(Buffer.concat([Buffer.alloc(32 - plain.length), plain]))
    } catch {
      throw wrongPassword()
    }
  })()
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' })
  if (!certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(spki)) throw wrongPassword()
  return pair.privateKey
}
