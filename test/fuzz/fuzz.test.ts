import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { campaign } from './campaign.ts'
import { seedOf } from './mutate.ts'
import { Random } from './random.ts'
import { type Target, targetOf } from './target.ts'
import { allTargets } from './targets.ts'

/** A short campaign of each target; `npm run fuzz` is the long one. */
const seed = randomBytes(6).toString('hex')
const ROUNDS = 20

describe(`bad inputs (seed ${seed})`, () => {
  let targets: Target[]
  before(async () => {
    targets = await allTargets()
  })

  it('crash nothing, deceive nobody and take no time', async () => {
    for (const target of targets) {
      let reached = false
      // a campaign whose inputs are all refused at the door would show nothing: few of some targets' are not
      for (let round = 0; round < ROUNDS && !reached; round++) {
        const report = await campaign(target, { seed: `${seed}${round}`, count: Math.max(150, Math.round(target.weight * 40)) })
        const told = report.finds.map(({ kind, facts, input }) => `${kind}: ${facts}: ${input.toString('base64')}`)
        expect(told, `${target.name}, seed ${seed}${round}`).to.deep.equal([])
        reached = target.sealed !== undefined || report.read + report.accepted > 0
      }
      expect(reached, `${target.name} was reached`).to.equal(true)
    }
  })
})

describe('the fuzzer itself notices', () => {
  const planted = (run: Target['run']) => targetOf({ name: 'planted', weight: 1, seeds: [seedOf(Buffer.from('3006020101020102', 'hex'))], run })
  const kinds = async (run: Target['run']) =>
    (await campaign(await planted(run), { seed: 'fixed', count: 300, most: 1 })).finds.map(({ kind }) => kind)

  it('a crash, and makes its input small', async () => {
    const target = await planted(input => {
      if (input.length > 8 && input[0] === 0x30) throw new TypeError('crash')
      return { accepted: 'x' }
    })
    const [find] = (await campaign(target, { seed: 'fixed', count: 300, most: 1 })).finds
    expect(find).to.include({ kind: 'threw' })
    expect(find?.input.length).to.equal(9)
  })

  it('a false accept', async () => expect(await kinds(input => ({ accepted: input.toString('hex').slice(0, 8) }))).to.deep.equal(['false accept']))

  it('an input that takes long', async () => {
    const run = (input: Buffer) => {
      const until = performance.now() + (input.length > 20 ? 210 : 0)
      while (performance.now() < until);
      return { accepted: 'x' }
    }
    expect(await kinds(run)).to.deep.equal(['slow'])
  })

  it('that an original is not accepted', async () => {
    const failed = await planted(() => 'refused').then(
      () => false,
      () => true,
    )
    expect(failed).to.equal(true)
  })

  it('and makes the same inputs again from one seed', () => {
    const numbers = (text: string) => Array.from({ length: 5 }, (_, i) => new Random(text).next() + i)
    expect(numbers('a')).to.deep.equal(numbers('a')).and.not.deep.equal(numbers('b'))
  })
})
