/**
 * Owns what stands in for a signature value where the format is XML: there the certificate, the digest and the signature are elements of their own, and the shield signs the canonical SignedInfo itself. So the value only says
 * whose key it is and how it signs.
 */
import { BrokerError } from '../../kernel/errors.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { SignatureValue } from '../contract.ts'

/** @throws BrokerError algorithm_refused for a key that signs nothing here */
export function xmlValue(certificate: Certificate): SignatureValue {
  const own = () => {
    throw new BrokerError('internal', 'a value of XML stands in XML alone')
  }
  return { kind: 'xmldsig', digest: certificate.keyName === 'SM2' ? 'sm3' : 'sha256', room: 0, certificate, toSign: own, write: own }
}
