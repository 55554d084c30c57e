/** Owns `shield cms`: signed and enveloped files. Large ones pass in pieces; an output gets its name only when it is whole. */
import { systemClock } from '../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { FamilyName } from '../pki/cms-algorithms.ts'
import { addSigners } from '../pki/cms-amend.ts'
import { handedOut, mayWrite, writeWhole } from '../pki/cms-file.ts'
import type { CmsSigner } from '../pki/cms-sign.ts'
import { signAttachedCms, signDetachedCms, streamDigests } from '../pki/cms-sign-stream.ts'
import { CMS_LIMIT } from '../pki/cms-verify.ts'
import { type JudgedStream, judgeCmsStream } from '../pki/cms-verify-stream.ts'
import { decryptCmsStream } from '../pki/enveloped-decrypt.ts'
import { encryptCmsStream } from '../pki/enveloped-encrypt.ts'
import { messageKind } from '../pki/enveloped-read.ts'
import { openSignedEnvelope } from '../pki/enveloped-signed.ts'
import { existing, given, many, one, reportingAs, required, source, wrong } from './asked.ts'
import { printable } from './cert-report.ts'
import { describeParty, isGood, reportOf } from './cms-report.ts'
import { type Asked, type Command, EXIT, type Option, type Outcome } from './command.ts'
import { readBounded } from './files.ts'
import { certificatesIn, pair } from './key-pair.ts'
import { readTrust, timeAsked } from './trust-folder.ts'

const force: Option = { about: 'replaces what is there under the name of the output' }
const passphrase: Option = { value: 'FILE', about: 'its first line is the passphrase of every encrypted key' }
const identifiers: Option = { value: 'NAME', about: 'object identifiers: gm (GB/T 35275) or pkcs7; they follow the keys unless told' }

export const cmsCommands: readonly Command[] = [
  {
    name: 'cms sign',
    args: ['FILE'],
    about: 'signs a file by one or several, RFC 5652 and GB/T 35275; the signature stands beside it unless --attached',
    options: {
      cert: { value: 'FILE', many: true, about: 'a signer’s certificate in PEM or DER, CA certificates may follow it' },
      key: { value: 'FILE', many: true, about: 'the private key to it: PKCS#8 or PFX, in the same order; a PFX brings its certificate' },
      'passphrase-file': passphrase,
      attached: { about: 'puts the file into the message' },
      add: { value: 'SIGNED', about: 'adds the signers to this message about the same file' },
      identifiers,
      out: { value: 'FILE', about: 'the message; FILE.p7s beside the file, or FILE.p7m with it, unless told' },
      force,
    },
    run: asked => reported(asked, sign),
  },
  {
    name: 'cms verify',
    args: ['SIGNED'],
    about: 'judges every signer of a signed message by itself; good only when all are',
    options: {
      content: { value: 'FILE', about: 'what was signed, for a signature beside its file' },
      cert: { value: 'FILE', many: true, about: 'certificates of signers that are not in the message' },
      trust: { value: 'DIR', about: 'folder of roots, CA certificates and CRLs: every signer must lead to a root of it' },
      at: { value: 'TIME', about: 'the time the path is judged for, instead of now' },
      out: { value: 'FILE', about: 'takes the content out of the message, when it is good' },
      force,
    },
    run: asked => reported(asked, verify),
  },
  {
    name: 'cms encrypt',
    args: ['FILE'],
    about: 'encrypts a file to several: SM4 where all keys are SM2, otherwise AES-256. Not authenticated: sign it before',
    options: {
      to: { value: 'CERT', many: true, about: 'a recipient’s encryption certificate' },
      identifiers,
      out: { value: 'FILE', about: 'the message' },
      force,
    },
    run: asked => reported(asked, encrypt),
  },
  {
    name: 'cms decrypt',
    args: ['FILE'],
    about: 'decrypts a message for one of its recipients; also GB/T 35275’s signed-and-enveloped data, whose signers are judged',
    options: {
      key: { value: 'FILE', about: 'the private key: PKCS#8 or PFX' },
      cert: { value: 'FILE', about: 'the certificate it was encrypted to, where the key file does not bring it' },
      'passphrase-file': passphrase,
      out: { value: 'FILE', about: 'the plaintext' },
      force,
    },
    run: asked => reported(asked, decrypt),
  },
]

const FOUND: ReadonlySet<FailureCode> = new Set([
  'signature_invalid',
  'message_malformed',
  'decryption_failed',
  'algorithm_refused',
  'certificate_wrong_use',
  'certificate_malformed',
  'shield_key_mismatch',
])
const reported = reportingAs(FOUND)

async function sign(asked: Asked): Promise<Outcome> {
  const [file = ''] = asked.args
  const attached = given(asked, 'attached')
  const before = one(asked, 'add')
  if (before !== undefined && attached) throw wrong('--add keeps the form of the message: leave --attached out')
  const out = one(asked, 'out') ?? `${file}.${attached ? 'p7m' : 'p7s'}`
  await mayWrite(out, existing(asked))
  const signers = await signersOf(asked)
  const content = await source(asked, file)
  const naming = familyOf(asked)
  const message =
    before !== undefined
      ? addSigners({ cms: await readBounded(before, 2 * CMS_LIMIT), signers, content: await streamDigests(content.open(), signers) })
      : attached
        ? signAttachedCms({ content: content.open(), size: content.size, signers, ...naming })
        : await signDetachedCms({ content: content.open(), signers, ...naming })
  return written(
    asked,
    out,
    message,
    'signers',
    signers.map(each => each.certificate),
  )
}

async function verify(asked: Asked): Promise<Outcome> {
  const out = one(asked, 'out')
  const folder = one(asked, 'trust')
  const trust = folder === undefined ? undefined : { ...(await readTrust(folder)), at: timeAsked(asked) }
  const certificates = (await Promise.all(many(asked, 'cert').map(certificatesIn))).flat()
  const cms = (await source(asked, asked.args[0] ?? '')).open
  const beside = one(asked, 'content')
  const content = beside === undefined ? {} : { content: (await source(asked, beside)).open }
  const question = { cms, certificates, ...content }
  if (out === undefined) return reportOf(await judgeCmsStream(question), trust)
  if (beside !== undefined) throw wrong('--out takes the content out of a message that carries it: leave --content out')
  const judged = await kept(
    asked,
    out,
    onContent => judgeCmsStream({ ...question, onContent }),
    found => isGood(found, trust),
  )
  return reportOf(judged, trust)
}

async function encrypt(asked: Asked): Promise<Outcome> {
  const out = required(asked, 'out')
  await mayWrite(out, existing(asked))
  const recipients = (await Promise.all(many(asked, 'to').map(certificatesIn))).map(([first]) => first).filter(each => each !== undefined)
  if (recipients.length === 0) throw wrong('say to whom: --to CERT')
  const content = await source(asked, asked.args[0] ?? '')
  const message = encryptCmsStream({ content: content.open(), size: content.size, recipients, ...familyOf(asked) })
  return written(asked, out, message, 'recipients', recipients)
}

async function decrypt(asked: Asked): Promise<Outcome> {
  const out = required(asked, 'out')
  await mayWrite(out, existing(asked))
  const opener = await pair(one(asked, 'cert'), required(asked, 'key'), one(asked, 'passphrase-file'))
  const message = await source(asked, asked.args[0] ?? '')
  if ((await messageKind(message.open())) !== 'signedAndEnveloped')
    return written(asked, out, decryptCmsStream(message.open(), opener), 'recipients', [opener.certificate])
  return reportOf(
    await kept(
      asked,
      out,
      onContent => openSignedEnvelope({ cms: message.open, ...opener, onContent }),
      found => isGood(found),
    ),
  )
}

async function written(
  asked: Asked,
  out: string,
  message: AsyncIterable<Uint8Array> | Uint8Array,
  as: 'signers' | 'recipients',
  whose: readonly Certificate[],
): Promise<Outcome> {
  const octets = await writeWhole(out, message, existing(asked))
  const parties = whose.map(describeParty)
  const text = parties.map(({ subject, serial }) => `  ${subject}  (${serial})\n`).join('')
  return { exit: EXIT.ok, json: { ok: true, out, octets, [as]: parties }, text: `${printable(out)}: ${octets} octets; ${as}:\n${text}` }
}

/** Writes the content while it is judged, and names the file only when the verdict is good. */
async function kept(
  asked: Asked,
  out: string,
  run: (onContent: (piece: Buffer) => Promise<void>) => Promise<JudgedStream>,
  good: (judged: JudgedStream) => boolean,
): Promise<JudgedStream> {
  await mayWrite(out, existing(asked))
  const { content, result } = handedOut(run)
  let judged: JudgedStream | undefined
  async function* onlyGood() {
    yield* content
    judged = await result
    if (judged.form === 'detached') throw wrong('the message carries no content to take out')
    if (!good(judged)) throw new BrokerError('signature_invalid', 'not every signer is good')
  }
  try {
    await writeWhole(out, onlyGood(), existing(asked))
  } catch (thrown) {
    // the report says which signer, and why
    if (judged === undefined || good(judged)) throw thrown
  }
  return result
}

async function signersOf(asked: Asked): Promise<CmsSigner[]> {
  const [keys, certificates] = [many(asked, 'key'), many(asked, 'cert')]
  if (keys.length === 0) throw wrong('say who signs: --cert C --key K, as often as there are signers')
  if (certificates.length > 0 && certificates.length !== keys.length) throw wrong(`${certificates.length} certificates for ${keys.length} keys`)
  const pairs = await Promise.all(keys.map((key, i) => pair(certificates[i], key, one(asked, 'passphrase-file'))))
  return pairs.map(each => ({ ...each, signingTime: systemClock.now() }))
}

function familyOf(asked: Asked): { family?: FamilyName } {
  const name = one(asked, 'identifiers')
  if (name === undefined) return {}
  if (name !== 'gm' && name !== 'pkcs7') throw wrong(`--identifiers ${name}: gm or pkcs7`)
  return { family: name }
}
