import { expect } from 'chai'
import fc from 'fast-check'
import { isIdNumber, readDraft } from '../../server/authorization/draft.ts'
import { acceptanceText, type MandateTerms, mandateText, readMandateText } from '../../server/authorization/terms.ts'
import { ACT_NAMES, ACTS } from '../../server/kernel/acts.ts'
import { oneLine } from '../../server/kernel/one-line.ts'
import { readUscc } from '../../server/kernel/uscc.ts'
import { sm3 } from '../../server/pki/sm2.ts'
import { codeOf } from '../pki/hierarchy.ts'
import { newIdNumber } from './stage.ts'

const uscc = readUscc('91350200556207664B')
const plain: MandateTerms = {
  id: 'mandate-0001',
  company: { uscc, name: '演示企业(示范)有限公司' },
  giver: { membershipId: 'member-1', name: '王示范', capacity: 'legal-representative' },
  grantee: { name: '赵示例', digest: 'ab'.repeat(32), idMasked: '9900**********001X', phoneMasked: '199****0001' },
  acts: ['login', 'bond_pay'],
  seals: [],
  centers: ['demo-center'],
  projects: ['GZ-2026-001'],
  sections: [],
  limitFen: 80_000_001,
  from: '2026-11-28T00:00:00.000Z',
  until: '2027-11-28T00:00:00.000Z',
  depth: 0,
  approvals: 1,
  chain: [],
  madeAt: '2026-11-28T00:00:00.000Z',
}
const digest = (text: string) => sm3(Buffer.from(text, 'utf8'))

describe('the document of a mandate', () => {
  it('says every term in words, amounts in yuan to the fen', () => {
    const text = mandateText(plain)
    for (const words of [
      '被授权人:赵示例',
      '缴纳投标保证金[bond_pay]',
      '单次金额上限:800000.01元',
      '累计金额上限:不限',
      '项目:GZ-2026-001',
      '印章:不限',
    ])
      expect(text).to.include(words)
  })

  it('reads back as it was written, whatever the terms', () => {
    const code = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/).filter(text => text !== '')
    const arbitrary = fc.record({
      acts: fc.subarray([...ACT_NAMES], { minLength: 1 }),
      seals: fc.uniqueArray(code, { maxLength: 4 }),
      centers: fc.uniqueArray(code, { maxLength: 4 }),
      projects: fc.uniqueArray(code, { maxLength: 4 }),
      sections: fc.uniqueArray(code, { maxLength: 4 }),
      limitFen: fc.option(fc.integer({ min: 0, max: 1_000_000_000_000 }), { nil: undefined }),
      depth: fc.integer({ min: 0, max: 3 }),
      approvals: fc.integer({ min: 0, max: 5 }),
      chain: fc.array(code, { maxLength: 3 }),
      // what is nothing but space is no name
      name: fc.string({ minLength: 1, maxLength: 60 }).filter(text => oneLine(text) !== ''),
    })
    fc.assert(
      fc.property(arbitrary, ({ name, limitFen, ...more }) => {
        const { limitFen: _, ...base } = plain
        const terms = { ...base, ...more, ...(limitFen === undefined ? {} : { limitFen }), grantee: { ...plain.grantee, name } }
        const text = mandateText(terms)
        const read = readMandateText(text)
        expect(mandateText(read)).to.equal(text)
        expect(read.acts).to.deep.equal(terms.acts)
        expect(read.limitFen).to.equal(limitFen)
        expect(read.projects).to.deep.equal(more.projects)
      }),
    )
  })

  it('with a line of its own smuggled in by a name stays one line', () => {
    const text = mandateText({ ...plain, grantee: { ...plain.grantee, name: '赵示例\n单次金额上限:不限' } })
    expect(text.split('\n')).to.have.length(mandateText(plain).split('\n').length)
    expect(readMandateText(text).limitFen).to.equal(plain.limitFen)
  })

  it('is told apart from another text, a truncated and a doubled one', () => {
    const text = mandateText(plain)
    const wrong = (label: string, value: string) => text.replace(new RegExp(`\n${label}:.*`), `\n${label}:${value}`)
    const others = [
      wrong('有效期至', 'soon'),
      wrong('有效期自', '2026-11-28'),
      wrong('可转授权层数', '-1'),
      wrong('可转授权层数', '01'),
      wrong('单次金额上限', '1.5元'),
      wrong('授权事项', '登录交易中心[pay_everything]'),
      wrong('统一社会信用代码', '91350200556207664A'),
      wrong('被授权人', ''),
      wrong('证件摘要', 'ABC'),
    ]
    for (const other of [...others, '', '法人授权书', text.slice(0, -1), `${text}\n`, `${text}\n${text}`, acceptanceText(plain, 'd', plain.madeAt)])
      expect(codeOf(() => readMandateText(other))).to.equal('mandate_tampered')
  })
})

describe('what is filled in for a mandate', () => {
  const good = {
    grantee: { name: '赵示例', idNumber: newIdNumber(), phone: '199 1234 0001' },
    acts: ['login'],
    validFrom: '2026-11-28T08:00:00+08:00',
    validUntil: '2026-12-28T08:00:00+08:00',
  }
  it('is read, the id number as digest and mask alone', () => {
    const { grantee, validFrom } = readDraft(good, digest)
    expect(grantee.digest).to.equal(digest(good.grantee.idNumber))
    expect(grantee.idMasked).to.match(/^\d{4}\*{10}\d{3}[\dX]$/)
    expect(grantee.phoneMasked).to.equal('199****0001')
    expect(JSON.stringify(grantee)).not.to.include(good.grantee.idNumber.slice(4, 14))
    expect(validFrom).to.equal('2026-11-28T00:00:00.000Z')
  })

  for (const [what, change] of [
    ['no act', { acts: [] }],
    ['an unknown act', { acts: ['everything'] }],
    ['an id number with a wrong check character', { grantee: { ...good.grantee, idNumber: '990000198001010011' } }],
    ['half a fen', { limitFen: 0.5 }],
    ['a negative limit', { limitFen: -1 }],
    ['more than ten billion yuan', { limitFen: 1_000_000_000_001 }],
    ['an end before the beginning', { validUntil: '2026-11-27T08:00:00+08:00' }],
    ['more than five years', { validUntil: '2032-11-28T08:00:00+08:00' }],
    ['a date without its zone', { validFrom: '2026-11-28T08:00:00' }],
    ['a project code with a separator', { projects: ['A、B'] }],
    ['a project code over two lines', { projects: ['A\nB'] }],
    ['51 projects', { projects: Array.from({ length: 51 }, (_, i) => `P${i}`) }],
    ['a depth without the act delegate', { depth: 1 }],
    ['the act delegate without a depth', { acts: ['delegate'] }],
    ['a seal without the act', { seals: ['seal-1'] }],
    ['too many approvals', { approvals: 6 }],
    ['a phone with letters', { grantee: { ...good.grantee, phone: 'call me' } }],
    ['no person', { grantee: undefined }],
  ] as const) {
    it(`is refused with ${what}`, () => expect(codeOf(() => readDraft({ ...good, ...change }, digest))).to.equal('mandate_invalid'))
  }

  it('knows identity numbers by their check character', () => {
    expect(isIdNumber('11010519491231002X')).to.equal(true)
    expect(isIdNumber('110105194912310021')).to.equal(false)
    expect(isIdNumber('11010519491231002x')).to.equal(false)
  })
})

describe('acts', () => {
  it('have words in both languages, and all but a login need the shield', () => {
    for (const act of ACT_NAMES) {
      expect(ACTS[act].zh).to.match(/[\u4e00-\u9fff]/u)
      expect(ACTS[act].en).to.match(/^[a-z ]+$/)
      expect(ACTS[act].assurance).to.equal(act === 'login' ? 'bank-session' : 'shield')
    }
  })
})
