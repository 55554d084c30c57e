import { expect } from 'chai'
import { EXIT } from '../../server/cli/command.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { pem } from '../../server/pki/pem.ts'
import { ownKey, partyOf } from '../bank-adapters/channel/parties.ts'
import { openChannelSite } from '../channel/site.ts'
import { type Desk, newDesk, shield } from './terminal.ts'

describe('shield channel send', () => {
  const ccb = ownKey('ccb')
  let stage: Awaited<ReturnType<typeof openChannelSite>>
  let desk: Desk
  let words: string[]

  before(async () => {
    stage = await openChannelSite([partyOf('ccb', [ccb])], systemClock)
    desk = newDesk()
    const key = desk.put('key.pem', String(ccb.privateKey.export({ type: 'pkcs8', format: 'pem' })))
    const cert = desk.put('cert.pem', pem(ccb.key.certificate.der))
    words = ['channel', 'send', desk.put('body.json', '{"text":"你好"}'), '--to', stage.target, '--key', key, '--cert', cert, '--sender', 'ccb']
  })
  after(async () => {
    await stage.close()
    desk.clear()
  })

  it('sends a message and believes only a signed answer to it', async () => {
    const { exit, out } = await shield(...words, '--id', 'a-message-of-the-test', '--json')
    expect(exit).to.equal(EXIT.ok)
    const said = JSON.parse(out)
    expect(said).to.include({ status: 200, id: 'a-message-of-the-test' })
    expect((await stage.stores.channel.find('ccb', 'a-message-of-the-test'))?.body).to.equal('{"text":"你好"}')
  })

  it('sent again, gets the answer that it got', async () => {
    const [first, again] = [await shield(...words, '--id', 'another-of-the-test'), await shield(...words, '--id', 'another-of-the-test')]
    expect(first.exit).to.equal(EXIT.ok)
    expect(again.out).to.equal(first.out)
  })

  it('tells of a refusal by its exit code and in the receiver’s words', async () => {
    const { exit, out } = await shield(...words, '--type', 'bond.unheard-of', '--json')
    expect(exit).to.equal(EXIT.found)
    expect(JSON.parse(out).answer).to.include({ code: 'channel_type_unknown', category: 'FIX' })
  })

  it('prints a curl command whose headers the channel takes', async () => {
    const { out } = await shield(...words, '--curl')
    const headers = Object.fromEntries([...out.matchAll(/-H '([^:]+): ([^']*)'/g)].map(([, name = '', value = '']) => [name, value]))
    const { status } = await stage.site.send('messages', Buffer.from('{"text":"你好"}'), { headers, token: null })
    expect(status).to.equal(200)
  })

  it('says what is missing, and what cannot be read', async () => {
    expect((await shield('channel', 'send', 'x')).exit).to.equal(EXIT.usage)
    const { exit, err } = await shield('channel', 'send', desk.at('none.json'), ...words.slice(3))
    expect([exit, err]).to.deep.equal([EXIT.failed, `channel send: there is no file ${desk.at('none.json')}\n`])
  })
})
