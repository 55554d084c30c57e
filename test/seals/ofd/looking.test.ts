import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { startThreads } from '../../../server/kernel/threads.ts'
import { OfdPackage } from '../../../server/seals/ofd/package.ts'
import { ENDS } from '../../kernel/thread-jobs.ts'
import { failure } from '../../shield-agent/failure.ts'
import { complaints, isSilent, made, parts, seals, verify } from './stage.ts'
import { part, rezip, unzip, zip } from './zip.ts'

const KIB = 1024
/** parts that threads get, that fit no turn, that stand as they are, and small ones */
const MORE = {
  '/Doc_0/Res/font.ttf': Buffer.from(randomBytes(100 * KIB).toString('hex')),
  '/Doc_0/Res/scan.jpg': randomBytes(1500 * KIB),
  '/Doc_0/Res/scan.png': randomBytes(70 * KIB),
  '/Doc_0/Res/dot.png': randomBytes(100),
}
const honest = () => Object.entries(parts()).map(([name, content]) => part(name, content))
const more = () => Object.entries(MORE).map(([path, bytes]) => part(path.slice(1), bytes, { stored: path.endsWith('.png') }))
const document = () => zip([...honest(), ...more()])
const digested = (hash: string, bytes: Uint8Array) => createHash(hash).update(bytes).digest('hex')
const fail = (cause: unknown) => {
  throw cause
}
const asksOf = (of: OfdPackage, path: string) => [
  () => of.glimpse(path, ({ length }) => length),
  () => of.digest(path, 'sm3'),
  () => of.read(path),
  () => of.mentionsSignature(path),
  () => of.glimpse(path, ({ length }) => length),
]
/** Everything that says the checksum of one part says another. */
const damaged = (name: string) =>
  zip([...honest(), ...more().map(each => (each.name === name ? { ...each, listed: { crc: 1 }, local: { crc: 1 } } : each))])

for (const [where, count] of [
  ['here', 0],
  ['in threads', 2],
] as const) {
  describe(`OFD parts looked at ${where}`, () => {
    let threads: ReturnType<typeof startThreads>
    before(() => {
      threads = startThreads(fail, { count })
    })
    after(() => threads.close())

    for (const guess of [undefined, 'sm3', 'sha256'])
      it(`have the digests that their bytes have, whatever was guessed (${guess ?? 'nothing'})`, async () => {
        const of = new OfdPackage(document())
        if (guess !== undefined) await of.lookAhead(guess)
        for (const hash of ['sm3', 'sha256', 'sm3']) {
          await of.lookAt(of.paths, hash)
          for (const [path, bytes] of Object.entries(MORE)) expect(of.digest(path, hash).toString('hex'), path).to.equal(digested(hash, bytes))
        }
      })

    it('are told from what mentions a signature, and can be read before and after', async () => {
      const words = Buffer.from(`<Signature/>${randomBytes(100 * KIB).toString('hex')}`)
      const late = Buffer.from(`${randomBytes(100 * KIB).toString('hex')}<Signature/>`)
      const of = new OfdPackage(zip([...honest(), part('a', words), part('b', late), part('c', words)]))
      of.read('/c')
      await of.lookAt(of.paths)
      expect(['/a', '/b', '/c'].map(path => of.mentionsSignature(path))).to.deep.equal([true, false, true])
      expect(of.read('/a').equals(words)).to.equal(true)
    })

    it('are glimpsed at without being kept, as often as anybody likes', async () => {
      const of = new OfdPackage(document())
      await of.lookAhead('sm3')
      for (const [path, bytes] of Object.entries(MORE)) {
        for (let turn = 0; turn < 3; turn += 1)
          expect(
            of.glimpse(path, there => digested('sha256', there)),
            path,
          ).to.equal(digested('sha256', bytes))
      }
      await of.lookAt(of.paths, 'sm3')
      for (const [path, bytes] of Object.entries(MORE)) expect(of.digest(path, 'sm3').toString('hex'), path).to.equal(digested('sm3', bytes))
    })

    it('are not damaged because a reader does not like them', () => {
      const of = new OfdPackage(document())
      const refuse = () => {
        throw new BrokerError('bad_request', 'not what was looked for')
      }
      for (const [path, bytes] of Object.entries(MORE)) {
        for (let turn = 0; turn < 3; turn += 1) expect(failure(() => of.glimpse(path, refuse))).to.equal('bad_request')
        expect(of.digest(path, 'sm3').toString('hex'), path).to.equal(digested('sm3', bytes))
      }
    })

    for (const name of ['Doc_0/Res/font.ttf', 'Doc_0/Res/scan.jpg', 'Doc_0/Res/scan.png', 'Doc_0/Res/dot.png'])
      it(`are told when they are damaged, each time they are asked for: ${name}`, async () => {
        const of = new OfdPackage(damaged(name))
        await of.lookAhead('sm3')
        await of.lookAt(of.paths, 'sm3')
        for (const ask of asksOf(of, `/${name}`)) expect(failure(ask)).to.equal('seal_document_unusable')
        const other = Object.entries(MORE).find(([path]) => path !== `/${name}`)
        expect(of.digest(other?.[0] ?? '', 'sm3').toString('hex')).to.equal(digested('sm3', other?.[1] ?? Buffer.alloc(0)))
      })

    it('are protected by a seal, and a change of any of them breaks it', async () => {
      const sealed = await seals(document())
      expect(isSilent(await verify(sealed))).to.equal(true)
      for (const path of Object.keys(MORE)) {
        const all = unzip(sealed)
        const bytes = Buffer.from(all.get(path.slice(1)) ?? '')
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
        const report = await verify(rezip(all.set(path.slice(1), bytes)))
        expect(report.seals[0]?.checks.find(({ code }) => code === 'reference-changed')?.facts, path).to.equal(path)
      }
    })

    it('are told when they are large, damaged and protected by nobody', async () => {
      const sealed = unzip(await seals(made()))
      const bad = part('Doc_0/Res/scan.jpg', MORE['/Doc_0/Res/scan.jpg'], { listed: { crc: 1 }, local: { crc: 1 } })
      const report = await verify(zip([...[...sealed].map(([name, bytes]) => part(name, bytes)), bad]))
      expect(complaints(report)).to.include('part-damaged')
    })

    it('give everybody else a turn meanwhile', async () => {
      const pages = Array.from({ length: 8 * 32 }, (_, i) => [`Doc_0/Res/p${i}.png`, randomBytes(32 * KIB)] as const)
      const of = new OfdPackage(zip([...honest(), ...pages.map(([name, bytes]) => part(name, bytes)), ...more()]))
      let turns = 0
      let done = false
      const count = () => {
        turns += 1
        if (!done) setImmediate(count)
      }
      setImmediate(count)
      await of.lookAt(of.paths, 'sm3')
      done = true
      expect(turns).to.be.at.least(8)
    })
  })
}

describe('OFD parts looked at by a thread that is lost', () => {
  it('are looked at here', async () => {
    const heard: unknown[] = []
    const threads = startThreads(cause => void heard.push(cause), { count: 1, program: ENDS })
    try {
      const sealed = await seals(zip([...honest(), ...more()]))
      expect(isSilent(await verify(sealed))).to.equal(true)
      expect(heard).to.have.length(1)
    } finally {
      await threads.close()
    }
  })
})
