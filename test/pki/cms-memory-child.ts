import { randomBytes } from 'node:crypto'
import { Certificate } from '../../server/pki/certificate.ts'
import { signAttachedCms, signDetachedCms } from '../../server/pki/cms-sign-stream.ts'
import { judgeCmsStream } from '../../server/pki/cms-verify-stream.ts'
import { decryptCmsStream } from '../../server/pki/enveloped-decrypt.ts'
import { encryptCmsStream } from '../../server/pki/enveloped-encrypt.ts'
import { watchHeldMemory } from '../suites/held-memory.ts'
import { makeRoot, makeUnder } from './hierarchy.ts'

/** Sends many octets through each function, and says how much more it held meanwhile. Run by cms-memory.test.ts: `node --expose-gc cms-memory-child.ts MIB WHAT`. */
const [mib = '256', what = ''] = process.argv.slice(2)
const size = Number(mib) * 1024 * 1024
const ca = makeRoot('CA')
const signers = [makeUnder(ca, 'one'), makeUnder(ca, 'two')]
const recipient = makeUnder(ca, 'recipient', { profile: 'encrypt' })
const recipients = [recipient.certificate, new Certificate(recipient.certificate.der)]
const block = randomBytes(1024 * 1024)
const memory = watchHeldMemory(16)

async function* content() {
  for (let left = size; left > 0; left -= block.length) {
    // a new buffer each time, as a file gives
    yield Buffer.from(block.subarray(0, left))
    memory.look()
  }
}

async function drain(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let total = 0
  for await (const piece of stream) {
    total += piece.length
    memory.look()
  }
  return total
}
const good = async (judged: ReturnType<typeof judgeCmsStream>) => ((await judged).signers.every(each => each.ok) ? (await judged).size : 0)

const work: Record<string, () => Promise<number>> = {
  'sign detached': async () => ((await signDetachedCms({ content: content(), signers })).length > 0 ? size : 0),
  'sign attached': () => drain(signAttachedCms({ content: content(), size, signers })),
  'verify attached': () => good(judgeCmsStream({ cms: () => signAttachedCms({ content: content(), size, signers }) })),
  'verify attached in pieces': () => good(judgeCmsStream({ cms: () => signAttachedCms({ content: content(), signers }) })),
  'verify detached': async () => {
    const cms = await signDetachedCms({ content: content(), signers })
    return good(judgeCmsStream({ cms: () => cms, content }))
  },
  encrypt: () => drain(encryptCmsStream({ content: content(), size, recipients })),
  decrypt: () => drain(decryptCmsStream(encryptCmsStream({ content: content(), size, recipients }), recipient)),
  'decrypt in pieces': () => drain(decryptCmsStream(encryptCmsStream({ content: content(), recipients }), recipient)),
}

const done = (await work[what]?.()) ?? 0
console.log(JSON.stringify({ grownMiB: memory.grownMiB(), doneMiB: Math.floor(done / 1024 / 1024) }))
