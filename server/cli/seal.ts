/** Owns the commands `shield verify`, `shield seal` and `shield seal make`; their work is seal-verify.ts, seal-set.ts and seal-make.ts, loaded late so that other commands start at once. */
import type { FailureCode } from '../kernel/errors.ts'
import { reportingAs } from './asked.ts'
import type { Command, Option } from './command.ts'

const FOUND: ReadonlySet<FailureCode> = new Set([
  'seal_document_unusable',
  'seal_place_unusable',
  'seal_malformed',
  'seal_picture_unusable',
  'seal_wrong_shield',
  'seal_not_in_force',
  'too_large',
  'signature_invalid',
  'message_malformed',
  'algorithm_refused',
  'certificate_wrong_use',
  'certificate_malformed',
  'shield_key_mismatch',
])
const reported = reportingAs(FOUND)

const force: Option = { about: 'replaces what is there under the name of the output' }
const passphrase: Option = { value: 'FILE', about: 'its first line is the passphrase of the key' }
const picture: Option = { value: 'FILE', about: 'what is shown: a PNG of a seal on white or transparent ground' }
const size: Option = { value: 'MM', about: 'how wide it is on paper; 40 unless told' }

export const sealCommands: readonly Command[] = [
  {
    name: 'verify',
    args: ['FILE'],
    about: 'which seals a PDF, OFD, XML or signed file carries: by whom, when, over what, and whether they hold; a bare seal (.esl) too',
    options: {
      signature: { value: 'FILE', about: 'the signature that stands beside FILE (.p7s); FILE may then be of any kind and size' },
      trust: { value: 'DIR', about: 'folder of roots, CA certificates and CRLs; without it nobody is trusted and nobody refused' },
      at: { value: 'TIME', about: 'verifies as of this time instead of now: 2027-06-01T12:00:00Z' },
    },
    run: asked => reported(asked, async words => (await import('./seal-verify.ts')).verify(words)),
  },
  {
    name: 'seal',
    args: ['FILE'],
    about: 'seals a PDF, OFD or XML, or with --detached a file of any kind and size beside itself; verifies the result before it is written',
    options: {
      cert: { value: 'FILE', about: 'the signer’s certificate in PEM or DER, CA certificates may follow it' },
      key: { value: 'FILE', about: 'the private key to it: PKCS#8 or PFX; a PFX brings its certificate' },
      'passphrase-file': passphrase,
      seal: { value: 'FILE', about: 'an electronic seal (.esl) that lists the certificate; it shows its own picture' },
      place: {
        value: 'PLACE',
        many: true,
        about: 'at:PAGE,X,Y (its centre, mm from the top left) | words:TEXT[,NTH] | edge[:FROM-TO] | none',
      },
      picture,
      name: { value: 'NAME', about: 'draws a round seal of this company instead of --picture' },
      size,
      reason: { value: 'TEXT', about: 'why it is sealed, shown to readers of a PDF' },
      detached: { about: 'a signature beside the file instead of in it' },
      tsa: { value: 'URL', about: 'a time-stamp authority to ask (RFC 3161); --trust is then needed' },
      trust: { value: 'DIR', about: 'folder with the root of the authority' },
      out: { value: 'FILE', about: 'the sealed file; NAME.sealed.EXT, or FILE.p7s beside it, unless told' },
      force,
    },
    run: asked => reported(asked, async words => (await import('./seal-set.ts')).setSeal(words)),
  },
  {
    name: 'seal make',
    args: [],
    about: 'makes an electronic seal (GB/T 38540, .esl) with a maker’s key at hand, for tests and drills',
    options: {
      name: { value: 'NAME', about: 'whose seal it is' },
      cert: { value: 'FILE', many: true, about: 'a certificate that may use it; each file brings one or more' },
      'maker-cert': { value: 'FILE', about: 'the maker’s certificate' },
      'maker-key': { value: 'FILE', about: 'the maker’s SM2 key' },
      'passphrase-file': passphrase,
      id: { value: 'ID', about: 'its number at the maker, ASCII; random unless told' },
      picture,
      size,
      from: { value: 'TIME', about: 'in force from; now unless told' },
      until: { value: 'TIME', about: 'in force until; a year later unless told' },
      out: { value: 'FILE', about: 'the seal' },
      force,
    },
    run: asked => reported(asked, async words => (await import('./seal-make.ts')).makeSealFile(words)),
  },
]
