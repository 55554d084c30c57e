import { expect } from 'chai'
import { pagesOf } from '../../server/kernel/pages.ts'

describe('a list read a page at a time', () => {
  async function read(rows: number, most?: number) {
    const all = Array.from({ length: rows }, (_, i) => i + 1)
    const asked: (number | undefined)[] = []
    const seen: number[][] = []
    const page = async (after: number | undefined) => {
      asked.push(after)
      return all.filter(each => each > (after ?? 0)).slice(0, 3)
    }
    for await (const each of pagesOf(page, 3, most)) seen.push([...each])
    return { asked, seen }
  }

  it('comes whole and in order, and the first page that is not full is the last asked for', async () => {
    expect(await read(7)).to.deep.equal({ asked: [undefined, 3, 6], seen: [[1, 2, 3], [4, 5, 6], [7]] })
  })
  it('that ends with a full page is asked once more, and no empty page is handed on', async () => {
    expect(await read(6)).to.deep.equal({
      asked: [undefined, 3, 6],
      seen: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    })
    expect(await read(0)).to.deep.equal({ asked: [undefined], seen: [] })
  })
  it('is read so many pages far at most', async () => {
    expect(await read(9, 2)).to.deep.equal({
      asked: [undefined, 3],
      seen: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    })
  })
})
