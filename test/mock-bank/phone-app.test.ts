import { expect } from 'chai'
import { DEMO_PIN } from '../../bank-adapters/mock-bank/companies.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { verifyCms } from '../../server/pki/cms.ts'
import { verifySm2 } from '../../server/pki/sm2.ts'
import { readSubject } from '../../server/pki/subject-profiles.ts'
import type { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { openStage, type Stage } from './support.ts'

describe('mock bank: mobile app', () => {
  let stage: Stage
  before(async () => {
    stage = await openStage()
  })
  after(() => stage.close())

  const words = '共享盾登录确认\n编号:abc ✓'
  const text = Buffer.from(words).toString('base64url')
  const back = () => `${stage.brokerUrl}/phone/Hk2vQ8mRz4TtXw6cJp9nLb3y/signed`
  const app = () => `${stage.bank.url}/abc/app`
  const ask = (browser: HttpBrowser, more: { text?: string; return?: string } = {}) =>
    browser.get(`${app()}/sign?${new URLSearchParams({ text, return: back(), ...more })}`)
  const field = (body: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
  const somebody = () => {
    const customer = stage.bank.customers('abc')[0]
    if (customer === undefined) throw new Error('no customers')
    return customer
  }
  async function enrolled() {
    const browser = stage.browser()
    const { person, seats } = somebody()
    const page = await browser.post(`${app()}/enrol`, { text, return: back(), login: person.login, password: person.password, seat: '' })
    return { browser, page, person, seats, serial: /<option value="([0-9a-f]+)"/.exec(page.body)?.[1] ?? '' }
  }

  it('enrols a phone by the person’s login, and goes on to what is to be signed', async () => {
    const before = stage.bank.shields('abc').length
    const first = await ask(stage.browser())
    expect(first.body).to.include('绑定这部手机')
    const { page, seats } = await enrolled()
    expect(page.body)
      .to.include('共享盾登录确认')
      .and.to.include(seats[0]?.company.name ?? '?')
    expect(stage.bank.shields('abc'), 'USB shields').to.have.length(before)
  })

  it('signs the words, bare and with the words inside, by a certificate of the bank’s own CA for this person and company', async () => {
    const { browser, serial, seats, person } = await enrolled()
    const { body } = await browser.post(`${app()}/sign`, { text, return: back(), serial, pin: DEMO_PIN })
    expect(body).to.include(`action="${back()}"`)
    const certificate = readCertificate(Buffer.from(field(body, 'certificate'), 'base64'))
    expect(certificate.serial).to.equal(serial)
    expect(verifySm2(certificate.publicKey, Buffer.from(words), Buffer.from(field(body, 'signature'), 'base64'))).to.equal(true)
    const signed = verifyCms({ cms: field(body, 'cms') })
    expect([signed.content.toString('utf8'), signed.signer.thumbprint]).to.deep.equal([words, certificate.thumbprint])
    const holder = readSubject('gbt20518', certificate)
    expect([holder.uscc, holder.person?.name]).to.deep.equal([seats[0]?.company.uscc, person.name])
    const usb = stage.bank.shields('abc').find(shield => shield.person.id === person.id) ?? stage.bank.shields('abc')[0]
    expect(certificate.issuer.key).to.equal(readCertificate(usb?.certificate ?? Buffer.of()).issuer.key)
  })

  it('goes back to nobody but its configured client', async () => {
    const { browser } = await enrolled()
    for (const address of ['https://evil.example/phone/x/signed', `${stage.brokerUrl}/login/x`, `${stage.brokerUrl}/phone/x/signed?to=evil`, ''])
      expect((await ask(browser, { return: address })).status, address).to.equal(403)
  })

  it('signs nothing without words, and no more than a page of them', async () => {
    const { browser } = await enrolled()
    expect((await ask(browser, { text: '' })).status).to.equal(400)
    expect((await ask(browser, { text: Buffer.alloc(9000, 'a').toString('base64url') })).status).to.equal(400)
  })

  it('signs with no other phone’s shield', async () => {
    const [mine, other] = [await enrolled(), await enrolled()]
    expect((await mine.browser.post(`${app()}/sign`, { text, return: back(), serial: other.serial, pin: DEMO_PIN })).status).to.equal(404)
  })

  it('enrols nobody by a wrong password', async () => {
    const browser = stage.browser()
    const answer = await browser.post(`${app()}/enrol`, { text, return: back(), login: somebody().person.login, password: 'wrong', seat: '' })
    expect([answer.status, answer.body.includes('登录名或密码不正确')]).to.deep.equal([403, true])
  })

  it('counts wrong PINs, and locks at the sixth', async () => {
    const { browser, serial } = await enrolled()
    const sign = (pin: string) => browser.post(`${app()}/sign`, { text, return: back(), serial, pin })
    expect((await sign('000000')).body).to.include('还可以试 5 次')
    for (let i = 0; i < 5; i++) await sign('000000')
    expect((await sign(DEMO_PIN)).body).to.include('已锁定')
  })
})
