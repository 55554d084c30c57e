import { expect } from 'chai'
import { signCmsBy } from '../../../server/pki/cms-sign.ts'
import type { TimestampInfo } from '../../../server/pki/timestamp-info.ts'
import { verifyDetached } from '../../../server/seals/cms/detached.ts'
import { createSealJudge } from '../../../server/seals/judge.ts'
import type { JudgeDeps, SealVerdict } from '../../../server/seals/ports.ts'
import type { SealReport } from '../../../server/seals/report.ts'
import { xml } from '../../../server/seals/xml/xml.ts'
import { at, makeRoot } from '../../pki/hierarchy.ts'
import { sealed, signers } from './stage.ts'

const authority = makeRoot('stamps').certificate
const stamped: TimestampInfo = {
  policy: '1.2.3',
  imprint: { digest: 'sm3', hash: Buffer.alloc(32) },
  serial: '01',
  genTime: at,
  accuracyMs: undefined,
  ordering: false,
  nonce: undefined,
  tsa: undefined,
  criticalUnknown: [],
}
const good: SealVerdict = { ok: true, reasons: [], revocation: { state: 'good' }, government: 'yes', name: '演示公司' }
const revoked = (since: string): SealVerdict => ({
  ok: false,
  code: 'certificate_revoked',
  reasons: [{ code: 'certificate_revoked', facts: since }],
  revocation: { state: 'revoked', since },
})
const now = new Date('2028-01-01T00:00:00Z')

/** A stamp is the word `token` over an element SignatureValue. */
const deps = (verdict: SealVerdict): JudgeDeps => ({
  verdictOf: async () => verdict,
  stampVerdictOf: async (token, over) =>
    Buffer.from(token).toString() === 'token' && Buffer.from(over).toString().startsWith('<ds:SignatureValue')
      ? { ok: true, info: stamped, signer: authority, path: [authority] }
      : { ok: false, code: 'timestamp_invalid', clause: 'RFC 3161 2.2', facts: 'of another signature' },
  clock: { now: () => now },
})
const stamp = async () => Buffer.from('token')

const verify = async (text: string, verdict: SealVerdict): Promise<SealReport> => {
  const { seals } = await xml.verify(Buffer.from(text), createSealJudge(deps(verdict)))
  const [seal] = seals
  if (seal === undefined) throw new Error('no signature')
  return seal
}
const codes = ({ checks }: SealReport, ok: string) => checks.filter(check => check.of !== 'note' && check.ok === ok).map(({ code }) => code)

describe('the signer of XML, judged by the trust list and the stamps', () => {
  it('is trusted and was good when it signed', async () => {
    const seal = await verify(await sealed(), good)
    expect(seal).to.include({ intact: 'yes', trusted: 'yes', valid: 'yes' })
    expect(seal.signer).to.include({ government: 'yes', name: '演示公司' })
  })

  it('is not trusted when nobody knows its authority', async () => {
    const seal = await verify(await sealed(), { ...good, ok: false, code: 'certificate_untrusted' })
    expect(seal).to.include({ intact: 'yes', trusted: 'no' })
    expect(codes(seal, 'no')).to.include('signer-chain')
  })

  it('was revoked before it signed', async () => {
    expect(await verify(await sealed(), revoked('2027-01-01T00:00:00Z'))).to.include({ intact: 'yes', valid: 'no' })
  })

  it('was revoked later: valid with a time stamp from before, and not known without', async () => {
    const late = revoked('2027-12-01T00:00:00Z')
    expect(await verify(await sealed(), late)).to.include({ valid: 'unknown' })
    expect(await verify(await sealed(signers.SM2, undefined, { stamp }), late)).to.include({ valid: 'yes', provenAt: at.toISOString() })
  })

  it('cannot use a time stamp of something else', async () => {
    const seal = await verify(await sealed(signers.SM2, undefined, { stamp: async () => Buffer.from('other') }), good)
    expect(seal).to.include({ intact: 'yes', valid: 'no' })
    expect(seal.provenAt).to.equal(undefined)
    expect(codes(seal, 'no')).to.deep.equal(['timestamp'])
  })

  it('is not asked about where the signature does not hold', async () => {
    let asked = 0
    const judge = createSealJudge({
      ...deps(good),
      verdictOf: async () => {
        asked += 1
        return good
      },
    })
    await xml.verify(Buffer.from((await sealed()).replace('演示公司', '演示集团')), judge)
    expect(asked).to.equal(0)
  })

  it('of a file beside its signature is judged alike', async () => {
    const cms = signCmsBy({ content: Buffer.from('file'), detached: true, signers: [{ ...signers.SM2, signingTime: at }] })
    const { seals } = await verifyDetached({ cms: () => cms, content: () => Buffer.from('file'), judge: createSealJudge(deps(good)) })
    expect(seals[0]).to.include({ intact: 'yes', trusted: 'yes', valid: 'yes', claimedAt: at.toISOString() })
  })
})
