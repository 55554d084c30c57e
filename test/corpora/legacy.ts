import { createPublicKey, createVerify, type KeyObject } from 'node:crypto'
import { BrokerError } from '../../server/kernel/errors.ts'
import { algorithmIn } from '../../server/pki/algorithms.ts'
import type { Certificate } from '../../server/pki/certificate.ts'
import { Cursor, children, onlyElement, readOid, TAG } from '../../server/pki/der.ts'
import { bits, sequence } from '../../server/pki/der-write.ts'
import type { SignatureChecks } from '../../server/pki/signed-by.ts'

/**
 * Owns the algorithms of published test certificates that nobody accepts any more: RSA of 1024 bits, SHA-1, DSA. They stand here and are handed to verifyChain, so that no
 * product code can reach them. MD5 is not among them: the cases that have it are about refusing it.
 */
const OLD: ReadonlyMap<string, 'rsa' | 'dsa'> = new Map([
  ['1.2.840.113549.1.1.5', 'rsa'],
  ['1.2.840.10040.4.3', 'dsa'],
])
const DSA = '1.2.840.10040.4.1'

/** @param pool all certificates of the case: a DSA key may leave its parameters to its issuer's (RFC 5280 6.1.4 d to f) */
export function legacyChecks(pool: readonly Certificate[]): SignatureChecks {
  return {
    verify(algorithm, signer, data, signature) {
      const [name] = children(onlyElement(algorithm, TAG.sequence))
      const old = OLD.get(name === undefined ? '' : readOid(name))
      const key = importOld(withParameters(signer, pool))
      if (old === undefined) return algorithmIn(algorithm).verify(signer.publicKey, data, signature)
      return key.asymmetricKeyType === old && createVerify('sha1').update(data).verify(key, signature)
    },
    admit: certificate => void importOld(withParameters(certificate, pool)),
  }
}

function importOld(spki: Buffer): KeyObject {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) >= 1024 || key.asymmetricKeyType === 'ec') return key
  } catch (cause) {
    throw new BrokerError('algorithm_refused', 'a key nobody can import', { cause })
  }
  throw new BrokerError('algorithm_refused', 'a key too short even for a trial')
}

function withParameters(certificate: Certificate, pool: readonly Certificate[], depth = 0): Buffer {
  const cursor = new Cursor(onlyElement(certificate.spki, TAG.sequence))
  const [name, parameters] = children(cursor.take(TAG.sequence))
  const key = cursor.take(TAG.bits)
  if (name === undefined || readOid(name) !== DSA || parameters !== undefined || depth > 5) return certificate.spki
  const issuer = pool.find(each => each.subject.key === certificate.issuer.key)
  if (issuer === undefined) return certificate.spki
  const [algorithm] = children(onlyElement(withParameters(issuer, pool, depth + 1), TAG.sequence))
  return algorithm === undefined ? certificate.spki : sequence(algorithm.raw, bits(key.content.subarray(1)))
}
