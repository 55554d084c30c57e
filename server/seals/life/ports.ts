import type { KeyObject } from 'node:crypto'
import type { Certificate } from '../../pki/certificate.ts'
import type { SealPicture } from '../contract.ts'

/** What the life of a seal needs and does not own: drawing, the structure of a seal, whose shield signed, and what a certificate may do. The composition root joins them. */

/** seals/picture/. Each throws BrokerError seal_picture_unusable. */
export interface Pictures {
  drawRoundSeal(words: { name: string; under?: string; number?: string }): SealPicture
  drawNameChop(words: { name: string; style: ChopStyle }): SealPicture
  fromPng(bytes: Uint8Array, as: { kind: 'seal' | 'person'; millimetres: number }): SealPicture
  toPng(picture: SealPicture, dotsPerMillimetre: number): Buffer
  toSvg(picture: SealPicture): string
}
/** `raised`: red characters on a plain ground (朱文); `sunk`: the other way round (白文) */
export type ChopStyle = 'raised' | 'sunk'

/** seals/ses/: a seal (SESeal of GB/T 38540-2020) made, and read. Its `makeSeal` and `readSeal` are these. */
export interface SealStructure {
  makeSeal(order: MakingOrder): Buffer
  /** @throws BrokerError seal_malformed */
  readSeal(der: Buffer): ReadSeal
}
interface MakingOrder {
  esId: string
  /** 厂商标识, in the header */
  vid: string
  type: 1 | 2
  name: string
  /** those that may use it, compared byte for byte when they do (GM/T 0031-2014 6.2.2) */
  certificates: readonly Certificate[]
  /** whole seconds count */
  createdAt: Date
  validFrom: Date
  validUntil: Date
  /** millimetres */
  picture: { type: string; data: Buffer; width: number; height: number }
  maker: MakerKey
}
/** What of a seal that was read its making is held against. */
export interface ReadSeal {
  /** its esID */
  id: string
  holders: { kind: 'certificates'; list: readonly Uint8Array[] } | { kind: 'digests' }
  validUntil: Date
  maker: {
    /** DER */
    certificate: Uint8Array
    signature: Uint8Array
    /** the exact bytes that were signed */
    signed: Uint8Array
  }
}
export interface MakerKey {
  certificate: Certificate
  privateKey: KeyObject
}

/** Words that a person signs with a shield: authorization/signed-words.ts has just this. */
export interface SignedWords {
  /**
   * @param own whether the shield has to be of this company, where it names one
   * @returns the thumbprint of the signer's certificate, which is bound to this very person
   * @throws BrokerError mandate_wrong_shield, signature_invalid, challenge_mismatch, certificate_*
   */
  signedBy(facts: { membership: { personId: string; uscc: string } }, signed: Signed, own: boolean): Promise<string>
  /** The words made again, but for the time in their last line, which must be of the last minutes. @throws BrokerError challenge_mismatch, challenge_expired */
  demandWords(text: string, make: (at: string) => string): void
}
export interface Signed {
  text: string
  /** base64 of a signed message with the text inside */
  cms: string
}

/** What the trust list says that a certificate's CA may do; nothing for one that is not on the list. */
export type CertificateUse = 'login' | 'seal' | 'encryption' | 'government-seal'
export type UsesOf = (certificate: Certificate) => Promise<readonly CertificateUse[]>
