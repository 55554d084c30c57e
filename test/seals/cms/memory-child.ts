import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { buildDetached, prepareDetached, verifyDetached } from '../../../server/seals/cms/detached.ts'
import { at } from '../../pki/hierarchy.ts'
import { watchHeldMemory } from '../../suites/held-memory.ts'
import { judge, messageValue, signers } from './stage.ts'

/** Seals and verifies a file that is never there as a whole, and says how much more it held meanwhile. Run by detached.test.ts: `node --expose-gc memory-child.ts MIB`. */
const size = Number(process.argv[2] ?? '200') * 1024 * 1024
let done = 0

async function* content() {
  for (let left = size; left > 0; left -= 1024 * 1024) {
    const piece = Buffer.alloc(Math.min(left, 1024 * 1024), left & 0xff)
    done += piece.length
    memory.look()
    yield piece
  }
}

const memory = watchHeldMemory(10)
const value = messageValue(signers.SM2)
const { toSign, ...draft } = await prepareDetached(content(), { at }, value)
const cms = await buildDetached(draft, { at }, value, algorithmFor(signers.SM2.privateKey).sign(signers.SM2.privateKey, toSign))
const { seals } = await verifyDetached({ cms: () => cms, content, judge })
if (seals[0]?.intact !== 'yes') throw new Error('it does not hold')
console.log(JSON.stringify({ grownMiB: memory.grownMiB(), doneMiB: Math.floor(done / 1024 / 1024) }))
