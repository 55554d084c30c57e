import { createHash } from 'node:crypto'
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import { CERTIFICATE_LIMIT, type Certificate, readCertificate } from '../pki/certificate.ts'
import { badSigner, judgeSigner, openSigner, type SignerVerdict } from '../pki/cms-judge.ts'
import { readSignedData } from '../pki/cms-signed-data.ts'
import { judgeCms } from '../pki/cms-verify.ts'
import { verifyDigest } from '../pki/digest-signature.ts'
import { toDer } from '../pki/pem.ts'
import { nodeName, rowFor } from './algorithms.ts'
import { readBase64 } from './base64.ts'
import { LIMITS } from './limits.ts'
import type { SignatureQuestion } from './schemas.ts'

/** Owns who signed, in each of the forms that a signature comes in. Whether anybody trusts the signer's certificate is asked afterwards, in judge.ts. */
export type Signer =
  | { ok: true; certificate: Certificate; signingTime: Date | undefined }
  | { ok: false; code: FailureCode; facts: string; certificate: Certificate | undefined }

export interface Signers {
  signers: readonly Signer[]
  /** candidates for a path */
  chain: readonly Certificate[]
}

/**
 * Every signer of what was sent, each judged by itself.
 * @throws BrokerError bad_request and too_large for what is no question; anything below 500 for a signature that cannot be judged
 */
export function readSigners(question: SignatureQuestion): Signers {
  const chain = readChain(question.chain)
  switch (question.format) {
    case 'cms': {
      const content = question.data === undefined ? {} : { content: readBase64(question.data, LIMITS.data, 'data') }
      const message = judgeCms({ cms: messageOf(question.message), certificates: chain, ...content })
      return { signers: message.signers, chain: [...message.certificates, ...chain] }
    }
    case 'cms-digest':
      return overDigest(question, chain)
    case 'raw':
    case 'digest':
      return { signers: [bareSigner(question)], chain }
  }
}

/** Certificates that came along. @throws BrokerError bad_request, naming the one that is none: it says nothing about the certificate in question */
export function readChain(chain: readonly string[] = []): Certificate[] {
  return chain.map((text, i) => {
    try {
      return readCertificate(toDer(text, CERTIFICATE_LIMIT))
    } catch (cause) {
      throw new BrokerError('bad_request', 'a certificate of the chain cannot be read', {
        cause,
        expected: `chain.${i}: a certificate, DER in base64 or PEM`,
      })
    }
  })
}

/**
 * A detached message over data that the center keeps. Only with signed attributes, which hold the digest (RFC 5652 5.4); without them the signature is over the data itself. What could be
 * taken for a set of signed attributes cannot be told from a digest, and need not be: it only matters to a signature without them.
 */
function overDigest({ message, hash, digest }: Extract<SignatureQuestion, { format: 'cms-digest' }>, chain: readonly Certificate[]): Signers {
  const read = readMessage(messageOf(message))
  const given = Buffer.from(digest, 'hex')
  const digests = new Map([[nodeName(hash), given]])
  if (read.carried !== undefined && !createHash(nodeName(hash)).update(read.carried).digest().equals(given)) {
    throw new BrokerError('signature_invalid', 'the message carries other content than the digest’s')
  }
  if (read.signers.length === 0) throw new BrokerError('signature_invalid', 'nobody signed')
  const known = [...read.certificates, ...chain]
  const signers = read.signers.map((der): SignerVerdict => {
    let certificate: Certificate | undefined
    try {
      const open = openSigner(der, known)
      certificate = open.certificate
      if (open.info.signedAttributes === undefined) {
        throw new BrokerError('algorithm_refused', 'a signature without signed attributes is over the data itself, which has to be sent', {
          expected: 'the format cms with data, or signed attributes',
        })
      }
      return judgeSigner(open, { type: read.contentType, digests, looksSigned: true, signedDirectly: () => false })
    } catch (thrown) {
      return badSigner(thrown, certificate)
    }
  })
  return { signers, chain: known }
}

/** @throws BrokerError message_malformed for any bytes that are no signed message */
function readMessage(der: Buffer): ReturnType<typeof readSignedData> {
  try {
    return readSignedData(der)
  } catch (thrown) {
    const error = asBrokerError(thrown)
    throw error.code === 'signature_invalid' ? error : new BrokerError('message_malformed', error.facts, { cause: error })
  }
}

function bareSigner(question: Extract<SignatureQuestion, { format: 'raw' | 'digest' }>): Signer {
  const certificate = readCertificate(toDer(question.certificate, CERTIFICATE_LIMIT))
  const row = rowFor(question.algorithm, certificate.keyName)
  const signature = readBase64(question.signature, LIMITS.signature, 'signature')
  const usage = certificate.keyUsage
  if (usage !== undefined && !usage.has('digitalSignature') && !usage.has('nonRepudiation')) {
    return { ok: false, code: 'certificate_wrong_use', facts: 'the key of this certificate is not for signing', certificate }
  }
  const good =
    question.format === 'raw'
      ? row.verify(certificate.publicKey, readBase64(question.data, LIMITS.data, 'data'), signature)
      : verifyDigest(row, certificate.publicKey, Buffer.from(question.digest, 'hex'), signature)
  if (good) return { ok: true, certificate, signingTime: undefined }
  const over = question.format === 'raw' ? 'data' : 'digest'
  return { ok: false, code: 'signature_invalid', facts: `not by this certificate’s key over this ${over}`, certificate }
}

/** @throws BrokerError message_malformed: DER in base64, or PEM, is what a message comes in */
function messageOf(text: string): Buffer {
  try {
    return toDer(text, LIMITS.message)
  } catch (cause) {
    throw new BrokerError('message_malformed', 'the message is neither PEM nor base64, or too large', { cause })
  }
}
