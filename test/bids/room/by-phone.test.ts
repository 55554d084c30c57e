import { expect } from 'chai'
import { readUscc } from '../../../server/kernel/uscc.ts'
import { decryptSm2 } from '../../../server/pki/sm2.ts'
import type { Somebody } from '../../authorization/stage.ts'
import type { Party } from '../../pki/hierarchy.ts'
import { PUBLIC_URL } from '../../suites/api-site.ts'
import { boxOf, content, OPENS, openRoom, type RoomStage } from './stage.ts'

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
})
