import { expect } from 'chai'
import { makeDocument, update } from './builder.ts'
import { seal, values, verify } from './signing.ts'

/** Every part changed, taken away, put in or swapped, one at a time: none is accepted. Some hundreds here; the same with other seeds and more of them is a matter of patience. */
const SEED = 20260601

/** Park and Miller's generator: the same numbers each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647
    yield state
  }
}

/** Whether a seal is there that somebody would take as good, by the words of the report alone. */
async function isAccepted(document: Buffer): Promise<boolean> {
  try {
    const { seals } = await verify(document)
    return seals.some(({ intact, trusted }) => intact === 'yes' && trusted === 'yes')
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.startsWith('seal_document_unusable')) return false
    throw thrown
  }
}

async function acceptedOf(variants: Iterable<[string, Buffer]>): Promise<string[]> {
  const accepted: string[] = []
  for (const [what, document] of variants) if (await isAccepted(document)) accepted.push(what)
  return accepted
}

for (const xref of ['table', 'stream'] as const) {
  describe(`a sealed PDF with a ${xref}, changed in one part`, () => {
    let sealed: Buffer
    const random = numbers(SEED)
    const below = (most: number): number => random.next().value % most
    before(async () => {
      const value = { ...values.RSA, room: 2000 }
      sealed = await seal(makeDocument({ pages: 2, xref }), {}, value)
      expect(await isAccepted(sealed)).to.equal(true)
    })

    it('is not accepted with a bit turned, anywhere', async () => {
      const from = sealed.indexOf('/Contents <') + '/Contents <'.length
      const value = { from, to: from + 2 * (4 + Number.parseInt(sealed.toString('latin1', from + 4, from + 8), 16)) }
      const variants = function* (): Generator<[string, Buffer]> {
        for (let i = 0; i < 400; i += 1) {
          // a step through the whole file, so that no part is left out; the last bit, as another could turn a hexadecimal digit into its capital
          const at = Math.floor(((i + below(1000) / 1000) * sealed.length) / 400)
          // inside the value are words that no signature covers, such as a version; what they are worth is the judge's to say
          if (at >= value.from && at < value.to) continue
          const copy = Buffer.from(sealed)
          copy[at] = (copy[at] ?? 0) ^ 1
          yield [`bit at ${at}`, copy]
        }
      }
      expect(await acceptedOf(variants())).to.deep.equal([])
    })

    it('is not accepted with bytes put in or taken away', async () => {
      const variants = function* (): Generator<[string, Buffer]> {
        for (let i = 0; i < 100; i += 1) {
          const at = below(sealed.length)
          yield [`one more at ${at}`, Buffer.concat([sealed.subarray(0, at), Buffer.of(below(256)), sealed.subarray(at)])]
          yield [`one less at ${at}`, Buffer.concat([sealed.subarray(0, at), sealed.subarray(at + 1)])]
          yield [`cut at ${at}`, sealed.subarray(0, at)]
        }
      }
      expect(await acceptedOf(variants())).to.deep.equal([])
    })

    it('is not accepted with an object written anew as something else', async () => {
      const text = sealed.toString('latin1')
      const nums = [...new Set([...text.matchAll(/(?:^|\n)(\d+) 0 obj/g)].map(match => Number(match[1])))]
      const bodies = ['(x)', '<<>>', 'null', '[]', '1 0 R', '<</Length 0>>\nstream\n\nendstream']
      const variants = nums
        .filter(num => !isBookkeeping(sealed, num))
        .flatMap(num => bodies.map((body): [string, Buffer] => [`${num} as ${body}`, update(sealed, { [num]: body })]))
      expect(await acceptedOf(variants)).to.deep.equal([])
    })

    it('is not accepted with other numbers in its range', async () => {
      const found = /\/ByteRange \[(\d+) (\d+) (\d+) (\d+) *\]/.exec(sealed.toString('latin1'))
      const own = (found?.slice(1) ?? []).map(Number)
      const variants = function* (): Generator<[string, Buffer]> {
        for (let i = 0; i < 300; i += 1) {
          const other = [...own]
          const which = below(4)
          other[which] = i % 3 === 0 ? below(2 * sealed.length) : Math.max(0, (other[which] ?? 0) + below(21) - 10)
          if (i % 5 === 0) other[(which + 1) % 4] = below(sealed.length)
          if (String(other) === String(own)) continue
          const copy = Buffer.from(sealed)
          copy.write(`/ByteRange [${other.join(' ')}`.padEnd((found?.[0].length ?? 1) - 1), found?.index ?? 0, 'latin1')
          yield [`range ${other.join(' ')}`, copy]
        }
      }
      expect(await acceptedOf(variants())).to.deep.equal([])
    })
  })
}

/** Sections of the chain are read before anything else, and by their place rather than their number. */
function isBookkeeping(bytes: Buffer, num: number): boolean {
  const text = bytes.toString('latin1')
  const at = text.lastIndexOf(`\n${num} 0 obj\n`)
  return text.slice(at, at + 200).includes('/Type /XRef')
}
