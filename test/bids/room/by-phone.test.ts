import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { readUscc } from '../../../server/kernel/uscc.ts'
import { decryptSm2 } from '../../../server/pki/sm2.ts'
import type { Somebody } from '../../authorization/stage.ts'
import type { Party } from '../../pki/hierarchy.ts'
import { PUBLIC_URL } from '../../suites/api-site.ts'
import { boxOf, content, derOf, OPENS, openRoom, type RoomStage } from './stage.ts'

/** A bid encrypted to the certificate in a bank's app, decrypted at the opening by the phone. Played: the app, which does here what docs/connect-a-bank.md asks of it. */
describe('the bid room: decrypting with the bank’s app on the phone', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let boss: Somebody
  let box: Party
  let opening: string
  beforeEach(async () => {
    stage = await openRoom()
    boss = await stage.company()
    box = boxOf('手机加密证书')
    opening = await stage.announce()
    await stage.bid(boss, opening, box)
  })
  afterEach(() => stage.close())

  async function opened(): Promise<void> {
    stage.clock.set(OPENS)
    expect((await stage.post(`openings/${opening}/open`, { by: '李四' })).status).to.equal(200)
  }
  const state = async () => (await stage.stores.bids.bid(opening, readUscc(boss.uscc)))?.state
  const endOf = async (id: string) => (await stage.asks.status(id)).ask.failure

  /** the code on the page */
  async function asked(): Promise<{ id: string; number: string; path: string }> {
    const { status, location } = await stage.page(boss, `/bids/${opening}/phone`, {})
    expect(status).to.equal(303)
    const id = location.slice(location.lastIndexOf('/') + 1)
    return { id, path: location.replace('/workbench', ''), number: (await stage.asks.status(id)).ask.number }
  }
  /** a phone that has given the number: what its app fetches, and how its answer goes back */
  async function phone({ id, number }: { id: string; number: string }) {
    const given = await fetch(`${stage.siteUrl}/phone/${id}/number`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ number }) })
    const cookie = given.headers
      .getSetCookie()
      .map(line => line.split(';')[0])
      .join('; ')
    const page = await (await fetch(`${stage.siteUrl}/phone/${id}`, { headers: { cookie } })).text()
    const link = /href="(https:\/\/abc\.test[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? 'https://abc.test'
    const request = (new URL(link).searchParams.get('request') ?? '').replace(PUBLIC_URL, stage.siteUrl)
    const body = new URLSearchParams()
    return {
      request: async () => await (await fetch(request)).json(),
      async answer(fields: Record<string, string>): Promise<void> {
        for (const [name, value] of Object.entries({ certificate: 'AAAA', signature: 'AAAA', algorithm: 'SM2', ...fields })) body.set(name, value)
        await fetch(`${stage.siteUrl}/phone/${id}/answer`, { method: 'POST', redirect: 'manual', headers: { cookie }, body })
      },
    }
  }
  /** asked from a page of the bid: the app's certificate, a try of its key */
  async function askedFor(step: 'app' | 'key-test', who = boss): Promise<{ id: string; number: string; path: string }> {
    const { status, location, body } = await stage.page(who, `/bids/${opening}/${step}`, {})
    expect(status, body).to.equal(303)
    const id = location.slice(location.lastIndexOf('/') + 1)
    return { id, path: location.replace('/workbench', ''), number: (await stage.asks.status(id)).ask.number }
  }
  const named = (text: string, { certificate }: Party) => `${text}\n加密证书SM3:${certificate.thumbprint}`
  const plainOf = (parts: { value: string }[], key: Party) =>
    Buffer.from(decryptSm2(key.privateKey, Buffer.from(parts[0]?.value ?? '', 'base64'))).toString('base64')

  it('opens the bid in the page that asked; the key is taken once and stands nowhere in the clear', async () => {
    await opened()
    const at = await asked()
    const app = await phone(at)
    const { kind, text, parts } = await app.request()
    expect([kind, text.split('\n')[0]]).to.deep.equal(['decrypt', '解密投标文件'])
    expect(text).to.include('示例项目开标').and.to.include('开标时间:').and.to.include(boss.uscc)
    const plain = plainOf(parts, box)
    await app.answer({ cms: boss.sign(text), plain })
    expect(await state(), 'a phone alone opens nothing').to.equal('waiting')
    expect(JSON.stringify((await stage.asks.status(at.id)).ask)).not.to.include(plain)
    expect((await stage.page(boss, at.path)).body).to.include('id="auto-submit"')
    expect((await stage.page(boss, at.path, {})).status).to.equal(303)
    expect(await state()).to.equal('opened')
    expect((await stage.get(`openings/${opening}/bids/${boss.uscc}/content`)).bytes.equals(content)).to.equal(true)
    expect((await stage.page(boss, at.path, {})).body, 'again').to.match(/ask_settled|bid_wrong_state/)
  })

  it('is not asked before the bids are open, so that nobody has the key before', async () => {
    expect((await stage.page(boss, `/bids/${opening}/phone`, {})).body).to.include('bid_before_opening')
    stage.clock.set(OPENS)
    expect((await stage.page(boss, `/bids/${opening}/phone`, {})).body, 'the center has not opened them').to.include('bid_before_opening')
  })

  it('takes nothing from another person’s app, no key of another envelope, and no other words', async () => {
    await opened()
    const stranger = await stage.company()
    for (const [signer, change, code] of [
      [stranger, '', 'mandate_wrong_shield'],
      [boss, ' ', 'challenge_mismatch'],
    ] as const) {
      const at = await asked()
      const app = await phone(at)
      const { text, parts } = await app.request()
      await app.answer({ cms: signer.sign(text + change), plain: plainOf(parts, box) })
      expect(await endOf(at.id)).to.equal(code)
    }
    const at = await asked()
    const app = await phone(at)
    const { text } = await app.request()
    await app.answer({ cms: boss.sign(text), plain: Buffer.alloc(66, 1).toString('base64') })
    expect(await endOf(at.id)).to.equal('bid_envelope_malformed')
    expect(await state()).to.equal('waiting')
    expect((await stage.page(boss, at.path, {})).body).to.include('bid_envelope_malformed')
  })

  it('belongs to the person who asked, and to the phone that gave the number', async () => {
    await opened()
    const at = await asked()
    expect((await stage.page(await stage.company(), at.path)).body).to.match(/ask_unknown|bid_unknown/)
    const app = await phone({ ...at, number: at.number === '11' ? '12' : '11' })
    expect(await endOf(at.id)).to.equal('ask_number_wrong')
    await app.answer({ cms: 'AAAA', plain: 'AAAA' })
    expect(await state()).to.equal('waiting')
  })

  it('hands out the app’s certificate, signed with words of this one question, and the page encrypts to it', async () => {
    const phoneBox = boxOf('另一部手机')
    stage.holders.set(phoneBox.certificate.thumbprint, boss.uscc)
    const at = await askedFor('app')
    const app = await phone(at)
    const { kind, text, parts } = await app.request()
    expect([kind, parts]).to.deep.equal(['encryption-certificate', undefined])
    expect(text).to.include('一次性编号:').and.to.include(boss.uscc)
    await app.answer({ cms: boss.sign(named(text, phoneBox)), encryption: derOf(phoneBox) })
    const back = await stage.page(boss, at.path)
    expect([back.status, back.location]).to.deep.equal([303, `/workbench/bids/${opening}?app=${at.id}#bid-encrypt`])
    const shown = await stage.page(boss, `/bids/${opening}?app=${at.id}`)
    expect(shown.body)
      .to.include(`data-app="${derOf(phoneBox)}"`)
      .and.to.include('bid-app-alone')
    expect((await stage.page(await stage.company(), `/bids/${opening}?app=${at.id}`)).body, 'to another company').not.to.include('data-app')
    expect((await stage.page(boss, `/bids/${opening}`)).body).to.include('取手机银行的加密证书')
  })

  it('takes no certificate that others slip in: not signed with it, another company’s, not for encryption, revoked, from another person', async () => {
    const [own, others, revoked] = [boxOf('本企业手机'), boxOf('别家手机'), boxOf('吊销的手机')]
    const signing = boxOf('签名证书', { profile: 'sign' })
    for (const each of [own, revoked, signing]) stage.holders.set(each.certificate.thumbprint, boss.uscc)
    stage.holders.set(others.certificate.thumbprint, '91350200556207664B')
    stage.revoked.add(revoked.certificate.thumbprint)
    const stranger = await stage.company()
    for (const [signer, signs, hands, code] of [
      [boss, own, others, 'challenge_mismatch'],
      [boss, others, others, 'bid_app_other_company'],
      [boss, signing, signing, 'certificate_wrong_use'],
      [boss, revoked, revoked, 'certificate_revoked'],
      [stranger, own, own, 'mandate_wrong_shield'],
    ] as const) {
      const at = await askedFor('app')
      const app = await phone(at)
      await app.answer({ cms: signer.sign(named((await app.request()).text, signs)), encryption: derOf(hands) })
      expect(await endOf(at.id)).to.equal(code)
      expect((await stage.page(boss, `/bids/${opening}?app=${at.id}`)).body).not.to.include('data-app')
    }
    const first = await askedFor('app')
    const { text } = await (await phone(first)).request()
    const second = await askedFor('app')
    const app = await phone(second)
    await app.answer({ cms: boss.sign(named(text, own)), encryption: derOf(own) })
    expect(await endOf(second.id), 'an answer to another question').to.equal('challenge_mismatch')
    stage.clock.set(OPENS)
    expect((await stage.page(boss, `/bids/${opening}/app`, {})).body, 'too late').to.include('bid_late')
  })

  it('shows before the opening that the app has the key, and the key of the bid stays where it is', async () => {
    const at = await askedFor('key-test')
    const app = await phone(at)
    const { kind, text, parts } = await app.request()
    expect([kind, text.split('\n')[0]]).to.deep.equal(['key-test', '试手机银行的解密钥匙（不解密标书）'])
    const { parts: ofBid } = (await stage.call(boss, 'POST', `/${opening}/parts`, { certificate: derOf(box) })).body
    expect(parts.map(({ value }: { value: string }) => value)).not.to.include(ofBid[0].value)
    const found = createHash('sm3')
      .update(Buffer.from(plainOf(parts, box), 'base64'))
      .digest('base64')
    await app.answer({ cms: boss.sign(text), found })
    const back = await stage.page(boss, at.path)
    expect(back.location).to.equal(`/workbench/bids/${opening}?done=phone-tested`)
    const shown = (await stage.page(boss, `/bids/${opening}?done=phone-tested`)).body
    expect(shown).to.include('手机试不出来').and.to.include('在手机上')
    const kept = await stage.stores.bids.bid(opening, readUscc(boss.uscc))
    expect(kept?.phoneTest?.thumbprint).to.equal(box.certificate.thumbprint)
    expect(kept?.state).to.equal('waiting')
  })

  it('says of a wrong phone, and of the secret in the place of its digest, that it does not have the key', async () => {
    for (const answer of [(parts: { value: string }[]) => plainOf(parts, box), () => createHash('sm3').update('something else').digest('base64')]) {
      const at = await askedFor('key-test')
      const app = await phone(at)
      const { text, parts } = await app.request()
      await app.answer({ cms: boss.sign(text), found: answer(parts) })
      expect(await endOf(at.id)).to.equal('bid_not_for_this_key')
    }
    expect((await stage.stores.bids.bid(opening, readUscc(boss.uscc)))?.phoneTest).to.equal(undefined)
    expect((await stage.page(await stage.company(), `/bids/${opening}/key-test`, {})).body, 'no bid').to.include('bid_unknown')
    await opened()
    expect((await stage.page(boss, `/bids/${opening}/key-test`, {})).body, 'it can be decrypted now').to.include('bid_wrong_state')
  })
})
