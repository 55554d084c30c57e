import { expect } from 'chai'
import fc from 'fast-check'
import { decryptNoticeOf, personNoticeOf } from '../../server/bids/person-notices.ts'
import type { BidNotice } from '../../server/bids/watch.ts'
import type { Cause, Stage, Trouble } from '../../server/bids/watch-rules.ts'
import { wordsOf } from '../../server/bids/watch-words.ts'
import { newUscc } from '../suites/storage.ts'

const CAUSES: Cause[] = [
  ...(['lost', 'revoked', 'replaced', 'renewed', 'expired', 'expires-before-opening', 'self-test-failed'] as const),
  ...(['sign-test-failed', 'untested', 'opening'] as const),
]
const ACTIONS: Trouble['action'][] = ['encrypt-again', 'renew-then-encrypt-again', 'self-test', 'use-other-shield', 'mend-shield', 'do-not-renew']
const STAGES: Stage[] = ['found', '7d', '1d', '2h']

const uscc = newUscc()
function noticeOf(title: string, cause: Cause = 'revoked', action: Trouble['action'] = 'encrypt-again', stage: Stage = 'found'): BidNotice {
  const trouble = { cause, action, severity: 'stop' as const }
  const opening = { id: 'o'.repeat(27), title, opensAt: '2027-06-01T01:30:00.000Z', drill: false }
  return { ...trouble, ...wordsOf(trouble), key: `e ${cause} ${stage}`, to: uscc, opening, envelope: 'e', stage }
}
const every = CAUSES.flatMap(cause => ACTIONS.flatMap(action => STAGES.map(stage => [cause, action, stage] as const)))

describe('a notice of the watch for a person', () => {
  it('says project, opening time, what happened, what to do and where, in a text message and in both languages by e-mail', () => {
    const { sms, email } = personNoticeOf(noticeOf('示范道路工程施工'), 'https://shield.example.cn')
    expect(sms).to.equal(
      '共享盾提醒：《示范道路工程施工》2027-06-01 09:30开标：加密标书用的证书已被吊销。请在投标截止前用现在的盾重新加密并上传；来不及的，开标时申请应急解密。登录 https://shield.example.cn/workbench/bids 办理。',
    )
    expect(email.subject).to.equal('示范道路工程施工：加密标书用的证书已被吊销')
    expect(email.text.indexOf('已被吊销')).to.be.lessThan(email.text.indexOf('was revoked'))
    expect(email.text)
      .to.include('2027-06-01 09:30')
      .and.include('Encrypt it again')
      .and.include(`https://shield.example.cn/workbench/bids/${'o'.repeat(27)}`)
  })

  it('is at most 200 characters in a text message, and what to do is never cut', () => {
    const title = fc.string({ unit: 'binary', maxLength: 300 })
    const base = fc.constantFrom('https://s.cn', `https://${'a'.repeat(60)}.example.gov.cn:8443`)
    fc.assert(
      fc.property(title, base, fc.constantFrom(...every), (text, publicUrl, [cause, action, stage]) => {
        const notice = noticeOf(text, cause, action, stage)
        const { sms } = personNoticeOf(notice, publicUrl)
        expect(sms.length).to.be.at.most(200)
        expect(sms.isWellFormed()).to.equal(true)
        expect(sms).to.include(notice.zh).and.include('办理。')
      }),
      { numRuns: 400 },
    )
  })

  it('has nothing of a title that could break a header, a line or the page', () => {
    const hostile = '示范工程\r\nBcc: li@example.cn\u2028\u202e\u0000标段'
    const { sms, email } = personNoticeOf(noticeOf(hostile), 'https://s.cn')
    expect(`${sms}${email.subject}`).to.not.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(email.text.split('\n').some(line => line.startsWith('Bcc:'))).to.equal(false)
  })

  it('names no company and no envelope, and tells a rehearsal from the real thing', () => {
    const notice = noticeOf('示范工程')
    const { sms, email } = personNoticeOf({ ...notice, opening: { ...notice.opening, drill: true } }, 'https://s.cn')
    expect(sms + email.subject + email.text).to.not.include(uscc)
    expect([sms, email.subject, email.text].every(text => text.includes('（演练）'))).to.equal(true)
  })

  it('reminds by the calendar that there is a bid to decrypt', () => {
    for (const stage of ['7d', '1d', '2h'] as const)
      expect(personNoticeOf(noticeOf('示范工程', 'opening', 'do-not-renew', stage), 'https://s.cn').sms).to.include('开标后请及时解密')
    expect(personNoticeOf(noticeOf('示范工程'), 'https://s.cn').sms).to.not.include('开标后请及时解密')
  })
})

describe('a notice at the opening for a person', () => {
  const noticeFor = (title: string, stage: 'begun' | 'ending', drill = false) => ({
    ...{ key: `e ${stage}`, to: uscc, envelope: 'e', stage },
    opening: { id: 'o'.repeat(27), title, decryptBy: '2027-06-01T02:30:00.000Z', drill },
  })

  it('says project, until when, what to do and where', () => {
    const { sms, email, usefulUntil } = decryptNoticeOf(noticeFor('示范道路工程施工', 'begun'), 'https://shield.example.cn')
    expect(sms).to.equal(
      '共享盾提醒：《示范道路工程施工》已开标，请解密标书，2027-06-01 10:30截止。请现在用加密标书的盾或手机银行解密；解不开的，马上联系交易中心。登录 https://shield.example.cn/workbench/bids 办理。',
    )
    expect(email.text)
      .to.include('Decrypt it now')
      .and.include(`https://shield.example.cn/workbench/bids/${'o'.repeat(27)}`)
    expect(usefulUntil).to.equal('2027-06-01T02:30:00.000Z')
  })

  it('is at most 200 characters in a text message, whatever the project is called, and names no company', () => {
    for (const stage of ['begun', 'ending'] as const) {
      const { sms, email } = decryptNoticeOf(noticeFor('工程\n'.repeat(100), stage, true), `https://${'a'.repeat(60)}.example.gov.cn:8443`)
      expect(sms.length).to.be.at.most(200)
      expect(sms).to.include('（演练）').and.include('联系交易中心').and.include('办理。').and.not.include('\n')
      expect(sms + email.subject + email.text).to.not.include(uscc)
    }
  })
})
