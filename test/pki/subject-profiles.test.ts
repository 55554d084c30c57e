import { expect } from 'chai'
import { printable, sequence, utf8 } from '../../server/pki/der-write.ts'
import type { NameParts } from '../../server/pki/names.ts'
import { readSubject, type SubjectProfile } from '../../server/pki/subject-profiles.ts'
import { codeOf, makeRoot, makeUnder, to } from './hierarchy.ts'

const root = makeRoot()
const USCC = '91350200556207664B'
const OTHER = '91141124MA0K2KMD7C'

function read(profile: SubjectProfile, subject: NameParts | string, extensions: { oid: string; der: Buffer }[] = []) {
  const parts: NameParts =
    typeof subject === 'string'
      ? [
          ['C', 'CN'],
          ['O', 'CFCA TEST OCA1'],
          ['OU', 'Organizational-1'],
          ['CN', subject],
        ]
      : subject
  return readSubject(profile, makeUnder(root, '', { subject: parts, extensions, notAfter: to }).certificate)
}
const organization = (der: Buffer) => ({ oid: '1.2.156.10260.4.1.4', der })

describe('reading the company out of a certificate', () => {
  it('cfca-cn: RA@company@letter and code@sequence', () => {
    expect(read('cfca-cn', `CFCA@厦门帝网信息科技有限公司@N${USCC}@1`)).to.deep.equal({
      uscc: USCC,
      enterprise: '厦门帝网信息科技有限公司',
      stableSubject: `CFCA/${USCC}/1`,
    })
    expect(read('cfca-cn', `PMOS02@临县公司@Z${OTHER}@6`).uscc).to.equal(OTHER)
  })

  it('cfca-cn-swapped: RA@digit and code@company@sequence', () => {
    expect(read('cfca-cn-swapped', '0305@8913301103418580566@杭州公司@1')).to.deep.equal({
      uscc: '913301103418580566',
      enterprise: '杭州公司',
      stableSubject: '0305/913301103418580566/1',
    })
  })

  it('an @ in the company name shifts no field', () => {
    expect(read('cfca-cn', `CFCA@甲@乙@丙公司@N${USCC}@1`).enterprise).to.equal('甲@乙@丙公司')
    expect(read('cfca-cn-swapped', `0305@8${USCC}@甲@乙@丙公司@1`).enterprise).to.equal('甲@乙@丙公司')
  })

  it('refuses a name that carries another company’s code where the code could stand', () => {
    expect(codeOf(() => read('cfca-cn', `CFCA@公司@N${OTHER}@1@N${USCC}@1`))).to.equal('subject_unreadable')
    expect(codeOf(() => read('cfca-cn-swapped', `0305@8${USCC}@8${OTHER}@公司@1`))).to.equal('subject_unreadable')
    expect(codeOf(() => read('cfca-cn', `N${OTHER}@公司@N${USCC}@1`))).to.equal('subject_unreadable')
  })

  it('refuses a wrong check character', () => {
    expect(codeOf(() => read('cfca-cn', 'CFCA@公司@N91350200556207664C@1'))).to.equal('uscc_invalid')
    expect(codeOf(() => read('cfca-cn-swapped', '0305@8913301103418580567@公司@1'))).to.equal('uscc_invalid')
    expect(
      codeOf(() =>
        read(
          'gbt20518',
          [
            ['O', '公司'],
            ['CN', '张三'],
          ],
          [organization(printable('91350200556207664C'))],
        ),
      ),
    ).to.equal('uscc_invalid')
  })

  it('refuses one layout read as the other', () => {
    expect(codeOf(() => read('cfca-cn', `0305@8${USCC}@公司@1`))).to.equal('subject_unreadable')
    expect(codeOf(() => read('cfca-cn-swapped', `CFCA@公司@N${USCC}@1`))).to.equal('subject_unreadable')
  })

  it('refuses missing fields, an empty name, a sequence that is none, control characters and two CNs', () => {
    const unreadable: (NameParts | string)[] = [
      'ebssec.boc.cn',
      `CFCA@N${USCC}@1`,
      `CFCA@公司@${USCC}@1`,
      `CFCA@ @N${USCC}@1`,
      `CFCA@公司@N${USCC}@x`,
      `CFCA@公司@N${USCC}`,
      `CFCA@公\u202e司@N${USCC}@1`,
      `CFCA@公\n司@N${USCC}@1`,
      [
        ['CN', `CFCA@公司@N${USCC}@1`],
        ['CN', `CFCA@公司@N${USCC}@1`],
      ],
      [['O', `CFCA@公司@N${USCC}@1`]],
    ]
    for (const subject of unreadable)
      expect(
        codeOf(() => read('cfca-cn', subject)),
        String(subject),
      ).to.equal('subject_unreadable')
  })

  it('never takes the O of the CA for the company', () => {
    expect(read('cfca-cn', `CFCA@公司@N${USCC}@1`).enterprise).to.equal('公司')
  })

  it('gbt20518: code in its extension however wrapped, company in O, operator in CN', () => {
    const subject: NameParts = [
      ['C', 'CN'],
      ['O', '某某建设有限公司'],
      ['CN', '张三'],
    ]
    for (const der of [printable(USCC), utf8(USCC), sequence(utf8(USCC)), Buffer.from(USCC, 'latin1')]) {
      expect(read('gbt20518', subject, [organization(der)])).to.deep.equal({
        uscc: USCC,
        enterprise: '某某建设有限公司',
        person: { name: '张三' },
        stableSubject: `${USCC}/张三`,
      })
    }
  })

  it('gbt20518: a code written before the company name is taken off; a CN equal to the company is no person', () => {
    const subject: NameParts = [
      ['O', `${USCC}某某公司`],
      ['CN', '某某公司'],
    ]
    const holder = read('gbt20518', subject, [organization(printable(USCC))])
    expect(holder).to.deep.equal({ uscc: USCC, enterprise: '某某公司', stableSubject: `${USCC}/` })
  })

  it('gbt20518: the person’s number names the holder without standing in the name', () => {
    const subject: NameParts = [
      ['O', '某某公司'],
      ['CN', '张三'],
    ]
    const code = { oid: '1.2.156.10260.4.1.1', der: printable('SF350203198001010011') }
    const holder = read('gbt20518', subject, [organization(printable(USCC)), code])
    expect(holder.person).to.deep.equal({ name: '张三', code: 'SF350203198001010011' })
    expect(holder.stableSubject).to.match(new RegExp(`^${USCC}/[0-9a-f]{32}$`))
  })

  it('gbt20518: refuses a certificate without the extension', () => {
    expect(
      codeOf(() =>
        read('gbt20518', [
          ['O', '公司'],
          ['CN', '张三'],
        ]),
      ),
    ).to.equal('subject_unreadable')
  })

  it('a renewed certificate, with another key, serial and dates, has the same stable subject', () => {
    const subject = `CFCA@公司@N${USCC}@1`
    expect(read('cfca-cn', subject).stableSubject).to.equal(read('cfca-cn', subject).stableSubject)
    expect(read('cfca-cn', subject).stableSubject).not.to.equal(read('cfca-cn', `CFCA@公司@N${USCC}@2`).stableSubject)
  })
})
