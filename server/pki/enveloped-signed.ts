/**
 * Owns reading GB/T 35275's signed-and-enveloped data (PKCS#7's, RFC 2315 11): an envelope with signatures over the plaintext beside it. We never write it: the signers
 * are outside the encryption, and without attributes. Real writers (gmsm, OpenSSL) put the signature there as it is, not encrypted once more as RFC 2315 11.1 has it.
 */
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { Passing, type Source } from './cms-bytes.ts'
import { readTail } from './cms-signed-data.ts'
import { type JudgedStream, judgeReading, namesIn, type Opening, type ReadMessage } from './cms-verify-stream.ts'
import { type EnvelopeSigned, type Opener, plaintextOf, type SignedHandlers } from './enveloped-decrypt.ts'

export interface SignedEnvelopeQuestion extends Opener {
  /** DER, BER, PEM or base64; opened twice, for the signers are named after what they signed */
  cms: Opening
  /** where a signer's certificate is to be found when the message has none */
  certificates?: readonly Certificate[]
  /** is handed the plaintext BEFORE anything is known about it: keep it apart until the verdict is there */
  onContent?: (piece: Buffer) => Promise<void> | void
}

/**
 * Decrypts, and judges every signer by itself.
 * @throws BrokerError `decryption_failed` for every failure after the key was touched, before that `message_malformed` and `algorithm_refused`; `signature_invalid` when
 * nobody signed or the signed part cannot be read; `internal` when the source fails
 */
export async function openSignedEnvelope({ cms, certificates, onContent, ...opener }: SignedEnvelopeQuestion): Promise<JudgedStream> {
  try {
    const question = certificates === undefined ? {} : { certificates }
    return await judgeReading((onPiece, round) => read(cms(), opener, round === 'first' ? (onContent ?? onPiece) : onPiece), question)
  } catch (thrown) {
    const error = asBrokerError(thrown)
    throw error.code === 'certificate_malformed' ? new BrokerError('signature_invalid', 'the signed part cannot be read', { cause: error }) : error
  }
}

async function read(cms: Source, opener: Opener, onPiece: (piece: Buffer) => Promise<void> | void): Promise<ReadMessage> {
  let passing = new Passing([])
  let signed: EnvelopeSigned | undefined
  const handlers: SignedHandlers = {
    onHead: head => {
      passing = new Passing(namesIn(head))
    },
    onSigned: found => {
      signed = found
    },
  }
  for await (const piece of plaintextOf(cms, opener, handlers)) {
    passing.update(piece)
    await onPiece(piece)
  }
  if (signed === undefined) throw new BrokerError('signature_invalid', 'nothing is signed')
  return { message: readTail(signed), passing }
}
