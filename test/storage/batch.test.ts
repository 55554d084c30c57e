import { expect } from 'chai'
import { createBatch } from '../../server/storage/batch.ts'

/** A database error as drivers throw it. */
const rowError = () => Object.assign(new Error('invalid row'), { code: '22021' })

describe('batch', () => {
  it('puts the calls of one turn into one statement and gives each its own result', async () => {
    const sent: number[][] = []
    const double = createBatch<number, number>({
      run: async items => {
        sent.push([...items])
        return items.map(item => item * 2)
      },
    })
    expect(await Promise.all([1, 2, 3].map(double))).to.deep.equal([2, 4, 6])
    expect(sent).to.deep.equal([[1, 2, 3]])
  })

  it('gathers what comes while a statement is under way, and never sends two at once', async () => {
    const sent: number[][] = []
    let running = 0
    const call = createBatch<number, number>({
      run: async items => {
        sent.push([...items])
        expect(++running).to.equal(1)
        if (sent.length === 1) later = [2, 3, 4].map(call)
        await new Promise(resolve => setImmediate(resolve))
        running--
        return items
      },
    })
    let later: Promise<number>[] = []
    await call(1)
    await Promise.all(later)
    expect(sent).to.deep.equal([[1], [2, 3, 4]])
  })

  it('splits at the limit', async () => {
    const sizes: number[] = []
    const call = createBatch<number, number>({
      limit: 4,
      run: async items => {
        sizes.push(items.length)
        return items
      },
    })
    await Promise.all(Array.from({ length: 10 }, (_, i) => call(i)))
    expect(sizes).to.deep.equal([4, 4, 2])
  })

  it('never lets two items of one key share a statement, and keeps their order', async () => {
    const sent: string[][] = []
    const call = createBatch<string, string>({
      key: item => item.charAt(0),
      run: async items => {
        sent.push([...items])
        return items
      },
    })
    await Promise.all(['a1', 'b1', 'a2', 'c1', 'a3', 'b2'].map(call))
    expect(sent).to.deep.equal([['a1', 'b1', 'c1'], ['a2', 'b2'], ['a3']])
  })

  it('tries each row alone after an error of a row, so that only the bad one fails', async () => {
    const call = createBatch<number, number>({
      run: async items => {
        if (items.includes(3)) throw rowError()
        return items
      },
    })
    const answers = await Promise.allSettled([1, 2, 3, 4].map(call))
    expect(answers.map(answer => answer.status)).to.deep.equal(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  })

  it('tells all callers of a lost connection and does not send again, for the first may have arrived', async () => {
    let sent = 0
    const call = createBatch<number, number>({
      run: async () => {
        sent++
        throw Object.assign(new Error('Connection terminated'), { code: 'ECONNRESET' })
      },
    })
    const answers = await Promise.allSettled([1, 2, 3].map(call))
    expect(answers.map(answer => answer.status)).to.deep.equal(['rejected', 'rejected', 'rejected'])
    expect(sent).to.equal(1)
  })

  it('sends a row again that a deadlock undid', async () => {
    let sent = 0
    const call = createBatch<number, number>({
      run: async items => {
        if (++sent < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' })
        return items
      },
    })
    expect(await call(7)).to.equal(7)
  })

  it('goes on after a failure', async () => {
    let failing = true
    const call = createBatch<number, number>({
      run: async items => {
        if (failing) throw new Error('once')
        return items
      },
    })
    expect(await call(1).catch((error: Error) => error.message)).to.equal('once')
    failing = false
    expect(await call(2)).to.equal(2)
  })
})
