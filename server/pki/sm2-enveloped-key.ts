/**
 * Owns SM2EnvelopedKey, GM/T 0009-2012 7.4: how a key management centre hands the encryption key of a dual certificate to the shield that holds the signing key.
 * A fresh SM4 key encrypts the private key, and SM2 encrypts that SM4 key to the shield's signing key.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, onlyElement, readBits, readOid, TAG } from './der.ts'
import { bits, oid, sequence } from './der-write.ts'
import { decryptSm2, encryptSm2 } from './sm2-cipher.ts'
import { type KeyPair, keyFromScalar, scalarOf, sm2Key } from './sm2-key.ts'

const SM4 = '1.2.156.10197.1.104'
/** ECB by its own identifier; some centres write the bare one of SM4 and mean ECB here. Whole blocks of a random number, so ECB gives nothing away. */
const ECB = `${SM4}.1`

/**
 * @param recipient the shield's public signing key
 * @param privateKey the encryption key to hand over
 * @returns DER
 */
export function envelopSm2Key(recipient: KeyObject, privateKey: KeyObject): Buffer {
  const key = randomBytes(16)
  const cipher = createCipheriv('sm4-ecb', key, null).setAutoPadding(false)
  const encrypted = Buffer.concat([cipher.update(scalarOf(privateKey)), cipher.final()])
  return sequence(sequence(oid(ECB)), encryptSm2(recipient, key), bits(Buffer.concat([Buffer.of(4), sm2Key(privateKey).point])), bits(encrypted))
}

/**
 * @param privateKey the shield's private signing key
 * @throws BrokerError `signature_invalid` with one text for every reason: not for this key, changed, or private and public key that do not belong together
 */
export function openEnvelopedSm2Key(privateKey: KeyObject, der: Uint8Array): KeyPair {
  try {
    const fields = new Cursor(onlyElement(Buffer.from(der), TAG.sequence))
    const algorithm = readOid(new Cursor(fields.take(TAG.sequence)).take(TAG.oid))
    const wrapped = fields.take(TAG.sequence).raw
    const point = readBits(fields.take(TAG.bits))
    const encrypted = readBits(fields.take(TAG.bits))
    fields.end()
    if (algorithm !== ECB && algorithm !== SM4) throw new Error(`algorithm ${algorithm}`)
    // 64 octets where the centre kept the width of the SKF structure: the upper half is zero
    if (encrypted.length !== 32 && encrypted.length !== 64) throw new Error('length of the key')
    const decipher = createDecipheriv('sm4-ecb', decryptSm2(privateKey, wrapped), null).setAutoPadding(false)
    const plain = Buffer.concat([decipher.update(encrypted), decipher.final()])
    if (!plain.subarray(0, -32).every(octet => octet === 0)) throw new Error('upper half')
    const pair = keyFromScalar(plain.subarray(-32))
    if (!sm2Key(pair.publicKey).point.equals(point.subarray(1)) || point[0] !== 4) throw new Error('another public key')
    return pair
  } catch (cause) {
    throw new BrokerError('signature_invalid', 'the enveloped key is not for this key, or was changed', { cause })
  }
}
