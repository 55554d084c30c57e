import { randomBytes } from 'node:crypto'
import { encryptBid } from '../../../server/bids/envelope/encrypt.ts'
import { measure } from '../../../server/bids/envelope/measure.ts'
import { withBidderKey } from '../../../server/bids/envelope/open.ts'
import { selfTest } from '../../../server/bids/envelope/self-test.ts'
import { watchHeldMemory } from '../../suites/held-memory.ts'
import { factsOf, holder, parties, rescueOf } from './stage.ts'

/** Encrypts many octets and opens them at the other end, and says how much more it held meanwhile: `node --expose-gc memory-child.ts MIB`. */
const mib = Number(process.argv[2])
const block = randomBytes(1024 * 1024)
async function* content() {
  for (let i = 0; i < mib; i++) yield Buffer.from(block)
}

const measured = await measure(content())
const memory = watchHeldMemory()
const envelope = encryptBid({
  content: content(),
  facts: factsOf(),
  cover: { bidder: { uscc: '91350200556207664B', name: '演示' }, content: { name: 'bim.rvt', ...measured }, madeAt: '2027-05-20T08:00:00.000Z' },
  recipients: [parties.bidder.certificate],
  rescue: rescueOf(),
  random: randomBytes,
})
const found = await selfTest(envelope, withBidderKey(holder(parties.bidder)), memory.look)
console.log(JSON.stringify({ ok: found.ok, grownMiB: memory.grownMiB() }))
