import { createHash } from 'node:crypto'
import { expect } from 'chai'
import request from 'supertest'
import type { AuditEvent } from '../../../server/audit/events.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { signCmsBy } from '../../../server/pki/cms-sign.ts'
import { pem } from '../../../server/pki/pem.ts'
import { VerifyAnswer } from '../../../server/seals/api/open-verifying.ts'
import { besideFile, digestedFile } from '../../../server/seals/cms/by-digest.ts'
import { verifyApi, verifyPages } from '../../../server/seals/verify/routes.ts'
import { createVerification } from '../../../server/seals/verify/verification.ts'
import { testApp } from '../../http/app.ts'
import { at, type Party } from '../../pki/hierarchy.ts'
import { withoutAttributes } from '../cms/bare.ts'
import { judge, messageValue, signers } from '../cms/stage.ts'

/** A signature and the file that it stands beside, over real HTTP: which answers and refusals whoever has both is given. */
const FILE = Buffer.from('三维模型\n'.repeat(5000))
const OTHER = Buffer.concat([FILE.subarray(1), Buffer.of(1)])
const hashed = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex')
const digestsOf = (bytes: Uint8Array) => ({ size: bytes.length, sm3: hashed('sm3', bytes), sha256: hashed('sha256', bytes) })

async function signed(party: Party): Promise<Buffer> {
  const { size, sm3, sha256 } = digestsOf(FILE)
  const [beside, value, order] = [besideFile(digestedFile({ size, digest: sm3, sha256 })), messageValue(party), { id: 'one', at, places: [] }]
  return await beside.build(order, value, algorithmFor(party.privateKey).sign(party.privateKey, await beside.prepare(order, value)))
}

describe('verifying a signature beside a file, for anybody', () => {
  let events: AuditEvent[]
  function app() {
    events = []
    const deps = {
      verification: createVerification({ formats: [], judge, clock: fixedClock('2027-06-02T00:00:00Z') }),
      trail: { append: async (...more: AuditEvent[]) => void events.push(...more) },
    }
    return testApp(routes => {
      routes.use('/api/seals\\:verify', verifyApi(deps))
      routes.use('/verify', verifyPages(deps))
    })
  }
  const post = (body: unknown) =>
    request(app())
      .post('/api/seals:verify')
      .send(body as object)
  const ask = (cms: Buffer, digests: object) => post({ signature: cms.toString('base64'), digests })
  const form = (path = '/api/seals:verify') => request(app()).post(path)
  const answers = ({ seals: [seal] }: { seals: { intact: string; trusted: string; valid: string }[] }) => [seal?.intact, seal?.trusted, seal?.valid]
  const open = ({ seals: [seal] }: { seals: { checks: { code: string; of: string; ok: string }[] }[] }) =>
    seal?.checks.filter(({ of, ok }) => of === 'intact' && ok !== 'yes').map(({ code, ok }) => `${code} ${ok}`)

  for (const kind of ['SM2', 'RSA', 'ECDSA'] as const) {
    it(`of ${kind} holds for the file’s digests, says which file and signature, and leaves one audit event`, async () => {
      const cms = await signed(signers[kind])
      const { body } = await ask(cms, digestsOf(FILE)).expect(200)
      expect(answers(body)).to.deep.equal(['yes', 'yes', 'yes'])
      expect(VerifyAnswer.parse(body), 'as the OpenAPI document tells it').to.deep.equal(body)
      const { size, sm3, sha256 } = digestsOf(FILE)
      expect(body).to.deep.include({
        ...{ format: 'cms', verifiedAt: '2027-06-02T00:00:00.000Z' },
        document: { digest: sm3, size, sha256 },
        signature: { digest: hashed('sm3', cms), size: cms.length },
      })
      expect(
        body.findings.map(({ code, ok }: { code: string; ok: string }) => `${code} ${ok}`),
        'the file was not read here',
      ).to.deep.equal(['file-elsewhere yes'])
      expect(events.map(({ code, facts }) => [code, facts['digest'], facts['intact']])).to.deep.equal([['seal.verified', sm3, 1]])
    })
  }

  it('does not hold for another file, by its digests or sent whole', async () => {
    const cms = await signed(signers.SM2)
    const { body } = await ask(cms, digestsOf(OTHER)).expect(200)
    expect([answers(body), open(body)]).to.deep.equal([['no', 'unknown', 'unknown'], ['signature no']])
    const whole = await form().attach('signature', cms, 'a.p7s').attach('file', OTHER, 'a.ifc').expect(200)
    expect(open(whole.body)).to.deep.equal(['signature no'])
  })

  it('comes as a form too, with the file or its digests, and as PEM', async () => {
    const cms = await signed(signers.SM2)
    const whole = (await form().attach('signature', cms, 'a.p7s').attach('file', FILE, 'a.ifc').expect(200)).body
    expect([answers(whole), whole.findings, whole.document.digest]).to.deep.equal([['yes', 'yes', 'yes'], [], hashed('sm3', FILE)])
    const { size, sm3 } = digestsOf(FILE)
    const told = await form()
      .attach('signature', Buffer.from(pem(cms, 'CMS')), 'a.p7s')
      .field({ size: String(size), sm3: sm3.toUpperCase(), sha256: '' })
      .expect(200)
    expect(answers(told.body)).to.deep.equal(['yes', 'yes', 'yes'])
  })

  it('made with a digest that was not given is neither good nor bad, and says which one is missing', async () => {
    const { size, sm3 } = digestsOf(FILE)
    const { body } = await ask(await signed(signers.RSA), { size, sm3 }).expect(200)
    expect([answers(body), open(body)]).to.deep.equal([['unknown', 'unknown', 'unknown'], ['digest-needed unknown']])
    expect(body.seals[0].checks.find(({ code }: { code: string }) => code === 'digest-needed').facts).to.equal('sha256')
  })

  it('without attributes is judged with the file alone, and its digests are told not to be enough', async () => {
    const cms = withoutAttributes(signers.SM2, FILE)
    const { body } = await ask(cms, digestsOf(FILE)).expect(200)
    expect([answers(body), open(body)]).to.deep.equal([['unknown', 'unknown', 'unknown'], ['content-needed unknown']])
    const whole = await form().attach('signature', cms, 'a.p7s').attach('file', FILE, 'a.ifc').expect(200)
    expect(answers(whole.body)[0]).to.equal('yes')
    const page = await form('/verify')
      .attach('signature', cms, 'a.p7s')
      .field(inForm(digestsOf(FILE)))
      .expect(200)
    expect(page.text).to.include('不能确定文件有没有改过').and.to.include('只凭摘要不能验证')
  })

  const inForm = ({ size, ...digests }: { size: number; sm3: string }) => ({ size: String(size), ...digests })

  it('is refused with a code where one of the two is missing or is no such thing', async () => {
    const cms = await signed(signers.SM2)
    const known = digestsOf(FILE)
    const attached = signCmsBy({ content: FILE, detached: false, signers: [signers.SM2] })
    for (const [what, asked, code] of [
      ['garbage', () => ask(Buffer.from('garbage'), known), 'seal_signature_unusable'],
      ['one cut off', () => ask(cms.subarray(0, 300), known), 'seal_signature_unusable'],
      ['one that carries its content', () => ask(attached, known), 'seal_signature_unusable'],
      ['no signature', () => ask(Buffer.of(), known), 'seal_pair_incomplete'],
      ['no digests', () => post({ signature: cms.toString('base64') }), 'seal_pair_incomplete'],
      ['the signature alone', () => form().set('content-type', 'application/octet-stream').send(cms), 'seal_pair_incomplete'],
      ['the signature alone, in a form', () => form().attach('signature', cms, 'a.p7s'), 'seal_pair_incomplete'],
      ['the file alone, in a form', () => form().attach('file', FILE, 'a.ifc'), 'seal_pair_incomplete'],
      ['a signature taken for a document', () => form().attach('document', cms, 'a.p7s'), 'seal_pair_incomplete'],
      ['no SM3', () => ask(cms, { size: 1, sha256: known.sha256 }), 'bad_request'],
      ['a digest that is none', () => ask(cms, { ...known, sm3: 'ab' }), 'bad_request'],
      ['a size that is none', () => ask(cms, { ...known, size: -1 }), 'bad_request'],
      ['a size beyond all files', () => ask(cms, { ...known, size: 2 ** 51 }), 'bad_request'],
      [
        'a size in words',
        () =>
          form()
            .attach('signature', cms, 'a')
            .field({ ...inForm(known), size: '1e3' }),
        'bad_request',
      ],
      ['a word that nobody knows', () => ask(cms, { ...known, md5: 'ab' }), 'bad_request'],
      ['a signature that is no base64', () => post({ signature: '不是', digests: known }), 'bad_request'],
      ['no JSON', () => form().set('content-type', 'application/json').send('{"signature":'), 'bad_request'],
      ['the file and its digests', () => form().attach('signature', cms, 'a').attach('file', FILE, 'b').field(inForm(known)), 'bad_request'],
      ['two signatures', () => form().attach('signature', cms, 'a').attach('signature', cms, 'b'), 'bad_request'],
      [
        'a signature beyond its bound',
        () =>
          form()
            .attach('signature', Buffer.alloc(16 * 1024 * 1024 + 1), 'a')
            .field(inForm(known)),
        'too_large',
      ],
      ['JSON beyond its bound', () => post({ signature: 'A'.repeat(23 * 1024 * 1024), digests: known }), 'too_large'],
    ] as const)
      expect((await asked()).body.code, what).to.equal(code)
  })

  it('keeps the person on the page with the reason, and writes the refusal down once', async () => {
    const { text } = await form('/verify')
      .attach('signature', Buffer.from('garbage'), 'a.p7s')
      .field(inForm(digestsOf(FILE)))
      .expect(422)
    expect(text).to.include('这不是文件旁的签名').and.to.include('id="beside-file"')
    expect(events.map(({ code, facts }) => [code, facts['failure']])).to.deep.equal([['request.refused', 'seal_signature_unusable']])
  })

  it('without scripts the page names the command, and takes the file whole', async () => {
    const { text } = await request(app()).get('/verify').expect(200)
    const [, told = ''] = /<noscript>([\s\S]*?)<\/noscript>/.exec(text) ?? []
    expect(told).to.include('shield verify FILE --signature FILE.p7s').and.to.include('64 MB')
    const page = await form('/verify')
      .attach('signature', await signed(signers.SM2), '模型<x>.p7s')
      .attach('file', FILE, 'a.ifc')
      .expect(200)
    expect(page.text).to.include('印章真实有效').and.to.include('模型&lt;x&gt;.p7s').and.to.include(hashed('sm3', FILE))
  })
})
