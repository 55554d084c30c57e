import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { besideFile, digestedFile } from '../../../server/seals/cms/by-digest.ts'
import { verifyDetached } from '../../../server/seals/cms/detached.ts'
import { codeOf } from '../../authorization/stage.ts'
import { at, type Party } from '../../pki/hierarchy.ts'
import { withoutAttributes } from './bare.ts'
import { judge, messageValue, signers } from './stage.ts'

const FILE = Buffer.from('模型文件\n'.repeat(20_000))
const OTHER = Buffer.concat([FILE, Buffer.of(1)])
const hashed = (algorithm: string, bytes = FILE): string => createHash(algorithm).update(bytes).digest('hex')
const known = (bytes = FILE) => digestedFile({ size: bytes.length, digest: hashed('sm3', bytes), sha256: hashed('sha256', bytes) })
const order = { id: 'one', at, places: [] }

async function sealed(party: Party, file = known()): Promise<Buffer> {
  const [beside, value] = [besideFile(file), messageValue(party)]
  const toSign = await beside.prepare(order, value)
  return await beside.build(order, value, algorithmFor(party.privateKey).sign(party.privateKey, toSign))
}
const intact = async (cms: Buffer, content: Parameters<typeof verifyDetached>[0]['content']) => {
  const { seals } = await verifyDetached({ cms: () => cms, judge, ...(content === undefined ? {} : { content }) })
  return seals.map(seal => seal.intact)
}

describe('a signature beside a file of which the digests alone are known', () => {
  for (const kind of ['SM2', 'RSA', 'ECDSA'] as const) {
    it(`of ${kind} holds for the file itself and for its digests, and for no other file`, async () => {
      const cms = await sealed(signers[kind])
      expect(await intact(cms, () => FILE)).to.deep.equal(['yes'])
      expect(await intact(cms, known())).to.deep.equal(['yes'])
      expect(await intact(cms, () => OTHER)).to.deep.equal(['no'])
      expect(await intact(cms, known(OTHER))).to.deep.equal(['no'])
    })
  }

  it('tells the size that the center said, and the time of the signature', async () => {
    const { seals } = await besideFile(known()).verify(await sealed(signers.SM2), judge)
    expect(seals[0]?.claimedAt).to.equal(at.toISOString())
    expect(seals[0]?.checks.find(({ code }) => code === 'signature')?.facts).to.equal(`${FILE.length}`)
  })

  it('is neither good nor bad where what it was made over is not known, and says what is missing', async () => {
    const bySm3 = digestedFile({ size: FILE.length, digest: hashed('sm3') })
    for (const [cms, code, facts] of [
      [await sealed(signers.RSA), 'digest-needed', 'sha256'],
      [withoutAttributes(signers.SM2, FILE), 'content-needed', undefined],
      [withoutAttributes(signers.SM2, OTHER), 'content-needed', undefined],
    ] as const) {
      const { seals, findings } = await verifyDetached({ cms: () => cms, content: bySm3, judge })
      expect(seals[0]).to.include({ intact: 'unknown', trusted: 'unknown', valid: 'unknown' })
      expect(seals[0]?.checks.find(check => check.code === code)?.facts).to.equal(facts)
      expect(findings.map(check => check.code)).to.deep.equal(['file-elsewhere'])
    }
  })

  it('is not made for a shield that signs a digest nobody said', async () => {
    const bySm3 = digestedFile({ size: FILE.length, digest: hashed('sm3') })
    expect(await intact(await sealed(signers.SM2, bySm3), () => FILE)).to.deep.equal(['yes'])
    for (const kind of ['RSA', 'ECDSA'] as const) expect(await codeOf(() => sealed(signers[kind], bySm3))).to.equal('seal_digest_missing')
  })
})
