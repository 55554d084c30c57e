import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { buildDetached, prepareDetached, verifyDetached } from '../../../server/seals/cms/detached.ts'
import { at } from '../../pki/hierarchy.ts'
import { judge, messageValue, signers } from './stage.ts'

/** Seals and verifies a file that is never there as a whole, and says how far the resident memory rose. Run by detached.test.ts: `node memory-child.ts MIB`. */
const size = Number(process.argv[2] ?? '200') * 1024 * 1024
let highest = 0
let done = 0

async function* content() {
  for (let left = size; left > 0; left -= 1024 * 1024) {
    const piece = Buffer.alloc(Math.min(left, 1024 * 1024), left & 0xff)
    done += piece.length
    highest = Math.max(highest, process.memoryUsage.rss())
    yield piece
  }
}

const before = process.memoryUsage.rss()
const value = messageValue(signers.SM2)
const { toSign, ...draft } = await prepareDetached(content(), { at }, value)
const cms = await buildDetached(draft, { at }, value, algorithmFor(signers.SM2.privateKey).sign(signers.SM2.privateKey, toSign))
const { seals } = await verifyDetached({ cms: () => cms, content, judge })
if (seals[0]?.intact !== 'yes') throw new Error('it does not hold')
console.log(JSON.stringify({ grownMiB: Math.round((highest - before) / 1024 / 1024), doneMiB: Math.floor(done / 1024 / 1024) }))
