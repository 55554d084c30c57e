import { expect } from 'chai'
import { readableText } from '../../../bank-adapters/shield-agent/words.ts'
import { esIdOf, presentText, sealText } from '../../../server/seals/life/words.ts'
import { applicationOf, emptyApply, inYears, lookOf } from '../../../server/seals/pages/form.ts'
import type { CompanyShield, SealRow } from '../../../server/storage/stores-seals.ts'

describe('the words that are signed for a seal', () => {
  const at = '2026-11-28T08:00:00.000Z'
  const row: SealRow = {
    id: 'seal-1',
    enterpriseId: 'e',
    kind: 'contract',
    name: '演示云帆建设工程有限公司',
    under: '合同专用章',
    applicantId: 'm',
    picture: '{}',
    pictureDigest: 'a'.repeat(64),
    pngDigest: 'b'.repeat(64),
    wanted: [],
    state: 'applied',
    version: 2,
    edition: 0,
    validFrom: at,
    validUntil: '2029-11-28T08:00:00.000Z',
    integrity: '',
    createdAt: at,
    updatedAt: at,
  }
  const company = { uscc: '91110000042192832G', name: row.name }
  const shield = (thumbprint: string, personName: string): CompanyShield => ({
    thumbprint,
    personName,
    membershipId: 'm',
    bank: 'abc',
    issuer: '',
    subject: '',
    serial: '0a1b',
    notBefore: at,
    notAfter: '2028-01-01T00:00:00.000Z',
    algorithm: 'SM2',
    lastSeenAt: at,
  })
  const text = (shields: CompanyShield[], seal = row, by = '赵示例') => sealText('approve', seal, company, shields, by, at)

  it('name everything that the seal will be, a line each', () => {
    expect(text([shield('t2', '王示范'), shield('t1', '赵示例')]).split('\n')).to.deep.equal([
      '批准制作电子印章',
      '印章标识:seal-1.1',
      '企业:演示云帆建设工程有限公司(91110000042192832G)',
      '印章类型:合同专用章[contract]',
      '印章名称:演示云帆建设工程有限公司',
      '章内文字:合同专用章',
      '印章编码:无',
      `图样摘要:${'b'.repeat(64)}`,
      `矢量图样摘要:${'a'.repeat(64)}`,
      '可用证书:2张',
      '证书1:赵示例，到期2028-01-01，摘要t1',
      '证书2:王示范，到期2028-01-01，摘要t2',
      '有效期自:2026-11-28T08:00:00.000Z',
      '有效期至:2029-11-28T08:00:00.000Z',
      '办理人:赵示例',
      `时间:${at}`,
    ])
  })
  it('are the same whatever the order of the shields, and other ones for another edition', () => {
    const [one, two] = [shield('t1', '赵示例'), shield('t2', '王示范')]
    expect(text([one, two])).to.equal(text([two, one]))
    expect(text([one], { ...row, edition: 1 })).to.include(`印章标识:${esIdOf('seal-1', 2)}`)
  })
  it('keep a name from writing lines of its own', () => {
    const lines = text(
      [shield('t1', '赵\n有效期至:2099-01-01T00:00:00.000Z')],
      { ...row, name: '演示\r\n可用证书:0张', under: '章\u2028x' },
      '赵\n时间:0',
    ).split('\n')
    expect(lines).to.have.length(15)
    expect(lines.filter(line => line.startsWith('有效期至:'))).to.deep.equal(['有效期至:2029-11-28T08:00:00.000Z'])
    expect(presentText({ ...company, name: 'a\nb' }, 'c\nd', at).split('\n')).to.have.length(5)
  })

  it('are few enough for a shield agent to show, with as many shields as a seal may have', () => {
    const shields = Array.from({ length: 30 }, (_, i) => shield(String(i).padStart(64, '0'), '欧阳示例'))
    const words = text(shields, { ...row, name: '演示'.repeat(30), under: '合同专用章（2）', number: '4401000000017' })
    expect(readableText(words).words).to.equal(words)
  })

  describe('and the form before them', () => {
    it('draws the usual words of a kind where none are typed, and none on a chop', () => {
      expect(lookOf({ ...emptyApply(), kind: 'bid', under: '  ' })).to.deep.equal({ kind: 'bid', under: '投标专用章' })
      expect(lookOf({ ...emptyApply(), kind: 'company' })).to.deep.equal({ kind: 'company' })
      expect(lookOf({ ...emptyApply(), kind: 'contract', under: '合同专用章（2）', number: '44010 00000 017' })).to.deep.equal({
        kind: 'contract',
        under: '合同专用章（2）',
        number: '4401000000017',
      })
      expect(lookOf({ ...emptyApply(), kind: 'person', under: 'left over', number: '1' })).to.deep.equal({ kind: 'person', style: 'raised' })
    })
    it('counts years by the calendar, in whole seconds, and leap days too', () => {
      expect(inYears('3', new Date('2026-11-28T08:00:00.999Z'))).to.equal('2029-11-28T08:00:00.000Z')
      expect(inYears('1', new Date('2028-02-29T08:00:00.000Z'))).to.equal('2029-03-01T08:00:00.000Z')
    })
    it('takes an upload in base64url and nothing else', () => {
      const now = new Date(at)
      expect(applicationOf({ ...emptyApply(), upload: 'iVBORw' }, now).upload).to.deep.equal(Buffer.from('iVBORw', 'base64url'))
      expect(() => applicationOf({ ...emptyApply(), upload: 'iV+/' }, now)).to.throw('seal_picture_unusable')
    })
  })
})
