import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { type RunningAgent, startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { type AgentClient, AgentRefusal, answerWindow, connectAgent } from '../../bank-adapters/shield-agent/agent-client.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { digestToSign } from '../../bank-adapters/shield-agent/to-sign.ts'
import { fixedClock, minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { verifyCms } from '../../server/pki/cms.ts'
import { bits, integer, octets, oid, sequence, setOf, utf8, write } from '../../server/pki/der-write.ts'
import { verifySm2 } from '../../server/pki/sm2.ts'
import { newBank, newFolder, newShield, PIN } from './shields.ts'

const ORIGIN = 'http://shield.test:3000'
const shield = newShield(newBank('Test Shield CA'))
const { id } = shield.file

const sha = (text: string): Buffer => createHash('sha256').update(text).digest()
const attribute = (type: string, ...values: Buffer[]) => sequence(oid(type), setOf(...values))
const DIGEST = '1.2.840.113549.1.9.4'
const attributes = (digest: Buffer) => setOf(attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.7.1')), attribute(DIGEST, octets(digest)))
const tbsSign = (digest: Buffer) =>
  sequence(
    integer(4),
    sequence(utf8('印章')),
    write(0x18, Buffer.from('20261128080000Z')),
    bits(digest),
    write(0x16, Buffer.from('/Doc_0/Signs/Sign_0/Signature.xml')),
  )
const signedInfo = (digest: Buffer) =>
  Buffer.from(
    `<ds:SignedInfo xmlns:ds="x"><ds:Reference URI=""><ds:DigestValue>${digest.toString('base64')}</ds:DigestValue></ds:Reference></ds:SignedInfo>`,
  )
const listOf = (...digests: Buffer[]) =>
  [
    '盖章清单',
    '印章:演示公司公章',
    ...digests.map((digest, i) => `${i + 1}. 文件${i + 1}.pdf 摘要:${digest.toString('hex')}`),
    '时间:2026-11-28',
  ].join('\n')

describe('a list signed line by line', () => {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  let folder: ReturnType<typeof newFolder>
  let agent: RunningAgent
  let page: AgentClient
  let windows: number

  async function start(pinInPage: 'allowed' | 'own-window' = 'allowed'): Promise<void> {
    agent = await startAgent({ driver: createSoftwareDriver(folder.path), allowedOrigins: [ORIGIN], pinInPage, clock })
    page = await connectAgent(agent.url, ORIGIN)
    windows = 0
    page.onConfirm = url => {
      windows += 1
      void answerWindow(url, { pin: PIN, agree: true })
    }
    if (pinInPage === 'allowed') expect(await page.login(id, PIN)).to.equal(0)
  }
  beforeEach(() => {
    folder = newFolder()
    folder.plugIn(shield.file)
  })
  afterEach(async () => {
    page.close()
    await agent.close()
    folder.remove()
  })

  const openList = (text: string) => page.call('SHIELD_OpenList', id, text)
  const signListed = async (bytes: Buffer) => Buffer.from(String((await page.call('SHIELD_SignListed', bytes.toString('base64'))).value), 'base64')
  async function refusal(work: Promise<unknown>): Promise<string> {
    try {
      await work
    } catch (thrown) {
      if (thrown instanceof AgentRefusal) return thrown.code
      throw thrown
    }
    return 'signed'
  }

  it('takes one PIN in the agent’s own window for the list and every line of it, in whichever form a seal is signed', async () => {
    await start('own-window')
    const list = listOf(sha('a'), sha('b'), sha('c'))
    const { value, shown } = await openList(list)
    expect(shown).to.equal(list)
    expect(verifyCms({ cms: String(value) }).content.toString('utf8')).to.equal(list)
    const key = readCertificate(Buffer.from(shield.file.signCertificate, 'base64')).publicKey
    for (const bytes of [attributes(sha('a')), tbsSign(sha('b')), signedInfo(sha('c'))])
      expect(verifySm2(key, bytes, await signListed(bytes))).to.equal(true)
    expect(windows).to.equal(1)
    expect(await refusal(signListed(attributes(sha('a')))), 'the list is done').to.equal('shield_closed')
  })

  it('signs nothing that is not on it, and no line twice', async () => {
    await start()
    await openList(listOf(sha('a'), sha('b')))
    expect(await refusal(signListed(attributes(sha('other'))))).to.equal('shield_text_refused')
    await signListed(attributes(sha('a')))
    expect(await refusal(signListed(attributes(sha('a'))))).to.equal('shield_text_refused')
    await signListed(tbsSign(sha('b')))
  })

  it('is over when the page closes it, opens another one, or fifteen minutes have passed', async () => {
    await start()
    await openList(listOf(sha('a'), sha('b')))
    expect((await page.call('SHIELD_CloseList')).value).to.equal(2)
    expect(await refusal(signListed(attributes(sha('a'))))).to.equal('shield_closed')
    await openList(listOf(sha('a')))
    await openList(listOf(sha('b')))
    expect(await refusal(signListed(attributes(sha('a'))))).to.equal('shield_text_refused')
    clock.advance(minutes(15))
    expect(await refusal(signListed(attributes(sha('b'))))).to.equal('shield_closed')
  })

  it('opens no list without a line, with a digest twice, or that reads otherwise than it is', async () => {
    await start()
    for (const text of [
      '盖章清单',
      listOf(sha('a'), sha('a')),
      `${listOf(sha('a'))}\u202e`,
      listOf(...Array.from({ length: 501 }, (_, i) => sha(String(i)))),
    ])
      expect(await refusal(openList(text))).to.equal('shield_text_refused')
    expect(await refusal(signListed(attributes(sha('a'))))).to.equal('shield_closed')
  })

  it('finds the digest only where nobody could read two into it', async () => {
    await start()
    const digest = sha('a')
    for (const bytes of [attributes(digest), tbsSign(digest), signedInfo(digest)]) expect(digestToSign(bytes)).to.equal(digest.toString('hex'))
    const hostile = [
      setOf(attribute(DIGEST, octets(digest)), attribute(DIGEST, octets(sha('b')))),
      setOf(attribute(DIGEST, octets(digest), octets(sha('b')))),
      setOf(attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.7.1'))),
      attributes(Buffer.alloc(20)),
      sequence(integer(4), bits(digest)),
      Buffer.concat([attributes(digest), Buffer.of(0)]),
      Buffer.from('共享盾登录确认'),
      Buffer.from('<SignedInfo></SignedInfo>'),
      Buffer.alloc(0),
    ]
    for (const bytes of hostile)
      expect(() => digestToSign(bytes))
        .to.throw(BrokerError)
        .with.property('code', 'shield_text_refused')
  })
})
