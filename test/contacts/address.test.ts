import { expect } from 'chai'
import fc from 'fast-check'
import { maskAddress, readAddress } from '../../server/contacts/address.ts'
import { BrokerError } from '../../server/kernel/errors.ts'

const codeOf = (work: () => unknown): string => {
  try {
    return `fine: ${work()}`
  } catch (thrown) {
    return thrown instanceof BrokerError ? thrown.code : String(thrown)
  }
}

describe('addresses of persons', () => {
  for (const typed of ['13912345678', ' 139 1234 5678 ', '139-1234-5678', '+8613912345678', '0086 139 1234 5678', '１３９１２３４５６７８']) {
    it(`read a mobile number typed as "${typed}"`, () => expect(readAddress('sms', typed)).to.equal('13912345678'))
  }
  for (const typed of [
    '',
    '1391234567',
    '139123456789',
    '12912345678',
    '02087654321',
    '+85291234567',
    '+86+8613912345678',
    '13912345678,13912345679',
    '13912345678;1',
    '1391234567a',
    '١٣٩١٢٣٤٥٦٧٨',
    '13912345678\r\nBcc: x',
    '13912345678\n',
  ]) {
    it(`refuse ${JSON.stringify(typed)} as a mobile number`, () =>
      expect(codeOf(() => readAddress('sms', typed))).to.equal('contact_address_invalid'))
  }

  for (const [typed, kept] of [
    ['zhang.san@Example.CN', 'zhang.san@example.cn'],
    [' a+b%c_d-e@mail.example.com.cn ', 'a+b%c_d-e@mail.example.com.cn'],
    [`${'a'.repeat(64)}@example.cn`, `${'a'.repeat(64)}@example.cn`],
  ] as const) {
    it(`read the e-mail address ${typed.trim()}`, () => expect(readAddress('email', typed)).to.equal(kept))
  }
  for (const typed of [
    '',
    'zhang',
    '@example.cn',
    'zhang@',
    'zhang@example',
    'zhang@-example.cn',
    'zhang@example..cn',
    '.zhang@example.cn',
    'zhang.@example.cn',
    'zhang@example.cn, li@example.cn',
    'zhang@example.cn li@example.cn',
    'zhang@li@example.cn',
    '"张三" <zhang@example.cn>',
    'zhang@[127.0.0.1]',
    'zhang@example.cn\r\nBcc: li@example.cn',
    'zhang\r\nBcc: li@example.cn',
    'zhang@example.cn\n',
    'zhang@example.cn\u0000',
    'zhang@example.cn\u2028Bcc:x',
    'zhang@例子.cn',
    `${'a'.repeat(65)}@example.cn`,
    `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.cn`,
  ]) {
    it(`refuse ${JSON.stringify(typed).slice(0, 60)} as an e-mail address`, () =>
      expect(codeOf(() => readAddress('email', typed))).to.equal('contact_address_invalid'))
  }

  it('are one printable word of ASCII whatever was typed, or are refused', () => {
    const typed = fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress(), fc.string({ unit: fc.constantFrom(...'1389 -+\r\n@.a,;<>') }))
    fc.assert(
      fc.property(typed, fc.constantFrom('sms' as const, 'email' as const), (text, channel) => {
        const answer = codeOf(() => readAddress(channel, text))
        expect(answer).to.match(/^(?:contact_address_invalid|fine: (?:1\d{10}|[\w.%+-]+@[a-z0-9.-]+))$/)
      }),
      { numRuns: 500 },
    )
  })

  it('are shown with their ends alone', () => {
    expect(maskAddress('sms', '13912345678')).to.equal('139****5678')
    expect(maskAddress('email', 'zhang.san@example.cn')).to.equal('z***@example.cn')
  })
})
