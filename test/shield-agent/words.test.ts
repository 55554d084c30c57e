import { expect } from 'chai'
import { readableDigest, readableText } from '../../bank-adapters/shield-agent/words.ts'
import { failure } from './failure.ts'

describe('what is shown before a shield signs', () => {
  it('is what is signed, byte by byte', () => {
    const text = '共享盾登录确认\n登录:演示交易中心\n随机:00ff'
    expect(readableText(text).words).to.equal(text)
    expect(readableText(text).bytes.toString('utf8')).to.equal(text)
  })

  for (const [what, text] of Object.entries({
    'nothing at all': ' \n ',
    'a control character': 'pay\u0008 100',
    'a carriage return that overwrites the line': 'pay 100\rpay 900',
    'a change of direction': 'pay \u202E001 to A',
    'an invisible character': 'pay\u200B100',
    'a blank that is a letter': 'pay\u3164100',
    'half a character': 'pay \uD83D 100',
    'an unassigned character': 'pay \u{E0FFF}',
    'a gap that pushes the rest out of sight': `pay 1${'\n'.repeat(40)}and everything else`,
    'more than a person reads': 'a'.repeat(4001),
  }))
    it(`refuses ${what}`, () => {
      expect(failure(() => readableText(text))).to.equal('shield_text_refused')
    })

  it('says of a digest that its content is not shown, and refuses what is no digest', () => {
    const hex = 'ab'.repeat(32)
    const { words, bytes } = readableDigest(hex)
    expect(words).to.contain('看不到原文').and.to.contain(hex)
    expect(bytes.toString('hex')).to.equal(hex)
    expect(failure(() => readableDigest('登录'))).to.equal('shield_text_refused')
  })
})
