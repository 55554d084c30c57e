/** Owns verifying a signature over bytes that pass by: for signers without attributes, whose signature is over the content itself. */
import { createVerify, type Verify } from 'node:crypto'
import type { OpenSigner } from './cms-judge.ts'
import { sm2Key, za } from './sm2-key.ts'
import { readSignature, writeSignature } from './sm2-signature.ts'

/**
 * For SM2 natively only (see sm2.ts): where OpenSSL's SM2 did not pass its known answer, nothing verifies here.
 */
export class RunningVerification {
  readonly #signer: OpenSigner
  readonly #verify: Verify

  constructor(signer: OpenSigner) {
    this.#signer = signer
    this.#verify = createVerify(signer.row.digest)
    if (signer.row.name === 'SM2') this.#verify.update(za(signer.certificate.publicKey))
  }

  update(piece: Buffer): void {
    this.#verify.update(piece)
  }

  /** Only once, at the end. */
  verifies(): boolean {
    const { row, certificate, info } = this.#signer
    if (row.name !== 'SM2') return this.#verify.verify(certificate.publicKey, info.signature)
    const plain = readSignature(info.signature)
    return plain !== undefined && this.#verify.verify(sm2Key(certificate.publicKey).key, writeSignature(plain))
  }
}
