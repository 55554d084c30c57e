/** Owns what a signed message carries beside its signatures so that it can be verified later (RFC 5652 5.1, 10.2.1; GB/T 35275 has the same fields): certificates, CRLs, and OCSP responses in the form of RFC 5940. */
import { retagged } from './cms-judge.ts'
import { writeSignedData } from './cms-sign.ts'
import { readSignedData } from './cms-signed-data.ts'
import { children, onlyElement, readOid, TAG } from './der.ts'
import { oid, sequence } from './der-write.ts'

interface RevocationInfo {
  crls: Buffer[]
  ocsps: Buffer[]
}

/** id-ri-ocsp-response */
const OCSP_RESPONSE = '1.3.6.1.5.5.7.16.2'
const OTHER = 0xa1

/** @param infos DER of each RevocationInfoChoice; what is of another kind, or cannot be read, is left out */
export function readRevocationInfo(infos: readonly Buffer[]): RevocationInfo {
  const crls = infos.filter(each => each[0] === TAG.sequence)
  const ocsps = infos.filter(each => each[0] === OTHER).flatMap(ocspIn)
  return { crls, ocsps }
}

function ocspIn(info: Buffer): Buffer[] {
  try {
    const [type, value] = children(onlyElement(retagged(info, TAG.sequence), TAG.sequence))
    return type !== undefined && value !== undefined && readOid(type) === OCSP_RESPONSE ? [value.raw] : []
  } catch {
    return []
  }
}

/**
 * Adds what is not there yet; signatures and what they are over stay as they were.
 * @returns the same bytes where all of it is there
 * @throws BrokerError `signature_invalid`, `certificate_malformed` when it is no message
 */
export function addRevocationInfo(
  cms: Buffer,
  evidence: { certificates: readonly Uint8Array[]; crls: readonly Uint8Array[]; ocsps: readonly Uint8Array[] },
): Buffer {
  const message = readSignedData(cms)
  const infos = [...evidence.crls, ...evidence.ocsps.map(der => retagged(sequence(oid(OCSP_RESPONSE), der), OTHER))]
  const certificates = once([...message.certificateDer, ...evidence.certificates])
  const crls = once([...message.crlDer, ...infos])
  if (certificates.length === message.certificateDer.length && crls.length === message.crlDer.length) return cms
  // RFC 5652 5.1: 5 where a choice of another kind is there
  const version = crls.some(each => each[0] === OTHER) ? 5 : message.version
  return writeSignedData({ ...message, version, content: message.carried, certificates, crls })
}

const once = (list: readonly Uint8Array[]): Uint8Array[] => [...new Map(list.map(each => [Buffer.from(each).toString('latin1'), each])).values()]
