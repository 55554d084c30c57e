import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { context, integer, nothing, octets, oid, sequence, setOf } from '../../../server/pki/der-write.ts'
import type { Party } from '../../pki/hierarchy.ts'

/** A GB/T 35275 message beside its content whose SM2 signer has no attributes: the signature is over the content itself, as many tools write it. */
export function withoutAttributes({ certificate, privateKey }: Party, content: Buffer): Buffer {
  const digest = sequence(oid('1.2.156.10197.1.401'), nothing())
  const id = sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex')))
  const signature = octets(algorithmFor(privateKey).sign(privateKey, content))
  const signer = sequence(integer(1), id, digest, sequence(oid('1.2.156.10197.1.301.1')), signature)
  const data = sequence(integer(1), setOf(digest), sequence(oid('1.2.156.10197.6.1.4.2.1')), context(0, certificate.der), setOf(signer))
  return sequence(oid('1.2.156.10197.6.1.4.2.2'), context(0, data))
}
