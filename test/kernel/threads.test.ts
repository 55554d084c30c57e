import { expect } from 'chai'
import { aside, startThreads } from '../../server/kernel/threads.ts'
import { laterFailure } from '../shield-agent/failure.ts'
import { parcel, perform, type TestJob } from './thread-jobs.ts'

const MODULE = new URL('./thread-jobs.ts', import.meta.url)
const run = aside(MODULE, perform, parcel)
const double = (...octets: number[]): TestJob => ({ kind: 'double', bytes: Uint8Array.from(octets) })
const fail = (cause: unknown) => {
  throw cause
}

/** With so many threads, which are gone again whatever happens. */
async function withThreads(count: number, body: () => Promise<void>, lost: (cause: unknown) => void = fail): Promise<void> {
  const threads = startThreads(lost, { count })
  try {
    await body()
  } finally {
    await threads.close()
  }
}

describe('threads', () => {
  it('without any, work is done here', async () => {
    const { thread, bytes } = await run(double(1, 2), undefined)
    expect([thread, ...bytes]).to.deep.equal([0, 2, 4])
    expect(await laterFailure(run({ kind: 'refuse' }, undefined))).to.equal('bad_request')
  })

  it('work is done there, by all of them, with the same answers and refusals', async () => {
    await withThreads(2, async () => {
      const done = await Promise.all(Array.from({ length: 40 }, (_, i) => run(double(i), { plus: 1 })))
      expect(done.map(({ bytes }) => bytes[0])).to.deep.equal(Array.from({ length: 40 }, (_, i) => i * 2 + 1))
      expect(new Set(done.map(({ thread }) => thread > 0))).to.deep.equal(new Set([true]))
      expect(new Set(done.map(({ thread }) => thread)).size).to.equal(2)
      expect(await laterFailure(run({ kind: 'refuse' }, undefined))).to.equal('bad_request')
      expect(await laterFailure(run({ kind: 'fail' }, undefined))).to.equal('internal')
      expect(() => startThreads(fail)).to.throw('run already')
    })
    expect((await run(double(1), undefined)).thread).to.equal(0)
  })

  it('what is kept is known there for every later job, and each thing by itself', async () => {
    await withThreads(1, async () => {
      const [one, ten] = [{ plus: 1 }, { plus: 10 }]
      for (const [kept, plus] of [[one, 1] as const, [ten, 10] as const, [one, 1] as const, [undefined, 0] as const])
        expect((await run(double(5), kept)).bytes[0]).to.equal(10 + plus)
    })
  })

  it('a job stays whole where it was asked, though what it is sent with has moved', async () => {
    await withThreads(1, async () => {
      const job = double(7, 8)
      await run(job, undefined)
      expect([...('bytes' in job ? job.bytes : [])]).to.deep.equal([7, 8])
    })
  })

  it('a module that cannot be loaded is told to whoever asked, and to nobody else', async () => {
    const none = aside(new URL('./no-such-jobs.ts', import.meta.url), perform)
    await withThreads(1, async () => {
      const [bad, good] = await Promise.allSettled([none({ kind: 'refuse' }, undefined), run(double(1), undefined)])
      expect(bad).to.have.nested.property('reason.code', 'internal')
      expect(good).to.have.nested.property('value.thread').greaterThan(0)
    })
  })

  it('what a lost thread left undone is done here, and whoever runs the process hears of it', async () => {
    const heard: string[] = []
    await withThreads(
      1,
      async () => {
        const asked = [
          run(double(1), undefined),
          run({ kind: 'end' }, undefined),
          run(double(3), undefined),
          laterFailure(run({ kind: 'refuse' }, undefined)),
        ]
        const [first, ended, last, refused] = await Promise.all(asked)
        expect([first, last].map(done => (done as { bytes: Uint8Array }).bytes[0])).to.deep.equal([2, 6])
        expect(Buffer.from((ended as { bytes: Uint8Array }).bytes).toString()).to.equal('done here')
        expect(refused).to.equal('bad_request')
        expect((await run(double(1), undefined)).thread).to.equal(0)
      },
      cause => void heard.push(String(cause)),
    )
    expect(heard).to.have.length(1)
    expect(heard[0]).to.include('ended with 3')
  })

  it('what is under way when they are closed is done all the same', async () => {
    const threads = startThreads(fail, { count: 2 })
    const asked = Array.from({ length: 50 }, (_, i) => run(double(i), undefined))
    await threads.close()
    expect((await Promise.all(asked)).map(({ bytes }) => bytes[0])).to.deep.equal(Array.from({ length: 50 }, (_, i) => i * 2))
  })
})
