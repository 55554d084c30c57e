import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { signCmsBy, writeSignedData } from '../../../server/pki/cms-sign.ts'
import { readSignedData } from '../../../server/pki/cms-signed-data.ts'
import { octets } from '../../../server/pki/der-write.ts'
import { pem } from '../../../server/pki/pem.ts'
import { readSignature } from '../../../server/pki/sm2-signature.ts'
import { buildDetached, prepareDetached, verifyDetached } from '../../../server/seals/cms/detached.ts'
import type { Stamp } from '../../../server/seals/contract.ts'
import { at, makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'
import { judge, messageValue, root, signers } from './stage.ts'

const FILE = Buffer.from('投标文件\n'.repeat(10_000))

async function* pieces(bytes: Buffer, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

async function sealed(party: Party = signers.SM2, more: { stamp?: Stamp; raw?: true } = {}): Promise<Buffer> {
  const value = messageValue(party)
  const { digest, size, toSign } = await prepareDetached(pieces(FILE, 1000), { at }, value)
  expect(size).to.equal(FILE.length)
  const signature = algorithmFor(party.privateKey).sign(party.privateKey, toSign)
  const form = more.raw ? (readSignature(signature) ?? Buffer.of()) : signature
  return buildDetached({ digest }, { at }, value, form, more.stamp)
}

const verify = (cms: Uint8Array, content: Buffer = FILE) => verifyDetached({ cms: () => cms, content: () => pieces(content, 777), judge })
const only = async (cms: Uint8Array, content?: Buffer) => {
  const { seals } = await verify(cms, content)
  const [seal] = seals
  if (seal === undefined || seals.length !== 1) throw new Error(`${seals.length} signers`)
  return seal
}
const failing = async (cms: Uint8Array, content?: Buffer) =>
  (await only(cms, content)).checks.filter(({ of, ok }) => of === 'intact' && ok !== 'yes').map(({ code }) => code)

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
  } catch (thrown) {
    if (thrown instanceof BrokerError) return thrown.code
    throw thrown
  }
  return 'accepted'
}

describe('a signature beside a file', () => {
  for (const kind of ['SM2', 'RSA', 'ECDSA'] as const) {
    it(`of ${kind} holds, covers the whole file, and says whose it is and when`, async () => {
      const seal = await only(await sealed(signers[kind]))
      expect(seal).to.deep.include({ kind: 'cms', intact: 'yes', trusted: 'yes', valid: 'yes', covers: { whole: true, parts: ['detached'] } })
      expect(seal.claimedAt).to.equal(at.toISOString())
      expect(seal.signer?.certificate.serial).to.equal(signers[kind].certificate.serial)
      expect(seal.provenAt).to.equal(undefined)
    })
  }

  it('is prepared alike however the file comes, and otherwise for another file or time', async () => {
    const value = messageValue(signers.SM2)
    const made = async (content: Buffer, size: number, when = at) =>
      (await prepareDetached(pieces(content, size), { at: when }, value)).toSign.toString('hex')
    const first = await made(FILE, 1)
    expect(await made(FILE, 65_536)).to.equal(first)
    expect(await made(FILE.subarray(1), 4096)).to.not.equal(first)
    expect(await made(FILE, 4096, new Date(0))).to.not.equal(first)
    expect((await prepareDetached(FILE, { at }, value)).toSign.toString('hex')).to.equal(first)
  })

  it('is stamped over the signature as it stands in the message, whatever form the shield gave it', async () => {
    for (const raw of [undefined, true] as const) {
      const cms = await sealed(signers.SM2, { stamp: async over => octets(over), ...(raw === undefined ? {} : { raw }) })
      expect((await only(cms)).provenAt).to.equal('2027-06-01T12:00:01.000Z')
    }
  })

  it('may be PEM, of several signers, or carry the file itself', async () => {
    expect(await failing(Buffer.from(pem(await sealed(), 'CMS')))).to.deep.equal([])
    const two = signCmsBy({ content: FILE, detached: true, signers: [signers.SM2, signers.RSA] })
    expect((await verify(two)).seals.map(({ id, intact }) => `${id} ${intact}`)).to.deep.equal(['signer-1 yes', 'signer-2 yes'])
    const attached = signCmsBy({ content: FILE, detached: false, signers: [signers.SM2] })
    const report = await verifyDetached({ cms: () => attached, judge })
    expect(report.seals[0]).to.deep.include({ intact: 'yes', covers: { whole: true, parts: ['attached'] } })
  })

  it('does not hold for a file of which one bit is another', async () => {
    const changed = Buffer.from(FILE)
    changed[500] = (changed[500] ?? 0) ^ 1
    const seal = await only(await sealed(), changed)
    expect(seal).to.deep.include({ intact: 'no', trusted: 'unknown', valid: 'unknown', covers: { whole: false, parts: ['detached'] } })
    expect(await failing(await sealed(), changed)).to.deep.equal(['signature'])
  })

  it('does not hold for a file that is longer or shorter', async () => {
    const cms = await sealed()
    for (const content of [FILE.subarray(0, -1), Buffer.concat([FILE, Buffer.of(0)]), Buffer.of()]) {
      expect(await failing(cms, content)).to.deep.equal(['signature'])
    }
  })

  it('does not hold with one bit of the signature, the attributes or the certificate changed', async () => {
    const cms = await sealed(signers.RSA)
    for (let from = 30; from < cms.length; from += 37) {
      const changed = Buffer.from(cms)
      changed[from] = (changed[from] ?? 0) ^ 4
      const answers = await verify(changed).then(
        ({ seals }) =>
          seals.map(({ intact, trusted, signer }) =>
            intact === 'yes' && trusted === 'yes' && signer?.certificate.thumbprint === signers.RSA.certificate.thumbprint ? from : 'no',
          ),
        () => ['no'],
      )
      // the list of digests at the beginning is a hint to readers and covered by nothing (RFC 5652 5.1)
      for (const answer of answers) if (answer !== 'no') expect(from).to.be.below(60)
    }
  })

  it('of a stranger is intact and not trusted', async () => {
    expect(await only(await sealed(makeUnder(makeRoot('another'), '演示公司')))).to.include({ intact: 'yes', trusted: 'no' })
  })

  it('leaves trust unknown where nobody can judge it', async () => {
    const cms = await sealed()
    const { seals } = await verifyDetached({ cms: () => cms, content: () => FILE, judge: { value: () => Promise.reject(new Error('never')) } })
    expect(seals[0]).to.include({ intact: 'yes', trusted: 'unknown', valid: 'unknown' })
  })

  it('is not made with a certificate for encryption, and does not hold with one', async () => {
    const cipher = makeUnder(root, 'cipher', { profile: 'encrypt', keys: signers.SM2 })
    expect(await codeOf(sealed(cipher))).to.equal('certificate_wrong_use')
    expect(await failing(signCmsBy({ content: FILE, detached: true, signers: [cipher] }))).to.include('signature')
  })

  const withCertificate = (cms: Buffer, der: Buffer) => writeSignedData({ ...readSignedData(cms), certificates: [der], content: undefined })

  it('cannot be verified when another certificate is in it than the signer’s', async () => {
    const cms = withCertificate(await sealed(), signers.RSA.certificate.der)
    const seal = await only(cms)
    expect(seal).to.include({ intact: 'no', trusted: 'unknown' })
    expect(seal.signer).to.equal(undefined)
    expect(await failing(cms)).to.include('certificate')
  })

  it('does not hold when a certificate of the same number and key takes the signer’s place', async () => {
    const { certificate, ...keys } = signers.SM2
    const twin = makeUnder(root, '别的公司', { keys, serial: Buffer.from(certificate.serial, 'hex') })
    const cms = withCertificate(await sealed(), twin.certificate.der)
    expect(await failing(cms)).to.deep.equal(['signing-certificate'])
    expect(await only(cms)).to.include({ intact: 'no', trusted: 'unknown' })
  })

  it('is none where there is no message, or the file and the message do not go together', async () => {
    const attached = signCmsBy({ content: FILE, detached: false, signers: [signers.SM2] })
    for (const call of [
      verify(Buffer.from('not a message')),
      verify(Buffer.of()),
      verify((await sealed()).subarray(0, 400)),
      verify(attached),
      verifyDetached({ cms: () => attached.subarray(0, 900), judge }),
    ]) {
      expect(await codeOf(call)).to.equal('seal_document_unusable')
    }
    const cms = await sealed()
    expect(await codeOf(verifyDetached({ cms: () => cms, judge }))).to.equal('seal_document_unusable')
  })

  it('tells a file that cannot be read from a signature that does not hold', async () => {
    // biome-ignore lint/correctness/useYield: a source that fails at once
    async function* broken(): AsyncGenerator<Buffer> {
      throw new Error('the disk is gone')
    }
    const cms = await sealed()
    expect(await codeOf(prepareDetached(broken(), { at }, messageValue(signers.SM2)))).to.equal('internal')
    expect(await codeOf(verifyDetached({ cms: () => cms, content: broken, judge }))).to.equal('internal')
  })

  it('is never of a value that is no message', async () => {
    const value = { ...messageValue(signers.SM2), kind: 'ses' as const }
    expect(await codeOf(prepareDetached(FILE, { at }, value))).to.equal('bad_request')
    expect(await codeOf(buildDetached({ digest: Buffer.alloc(32) }, { at }, value, Buffer.of(1)))).to.equal('bad_request')
  })

  it('of 200 MiB is made and verified in memory that stays small', function () {
    this.timeout(120_000)
    const child = spawnSync(process.execPath, ['--max-old-space-size=64', '--expose-gc', join(import.meta.dirname, 'memory-child.ts'), '200'], {
      encoding: 'utf8',
    })
    expect(child.status, child.stderr).to.equal(0)
    const { doneMiB, grownMiB } = JSON.parse(child.stdout)
    expect(doneMiB).to.equal(400)
    expect(grownMiB).to.be.below(16)
  })
})
