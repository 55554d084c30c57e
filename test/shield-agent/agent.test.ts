import { execFileSync } from 'node:child_process'
import { constants, publicEncrypt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import { type AgentOptions, type RunningAgent, startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { type AgentClient, AgentRefusal, answerWindow, connectAgent, signDirectly } from '../../bank-adapters/shield-agent/agent-client.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { algorithmOf } from '../../server/pki/algorithms.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { verifyCms } from '../../server/pki/cms.ts'
import { pem } from '../../server/pki/pem.ts'
import { encryptSm2, verifySm2 } from '../../server/pki/sm2.ts'
import { laterFailure } from './failure.ts'
import { newBank, newFolder, newShield, PIN, wrongPin } from './shields.ts'

const ORIGIN = 'http://shield.test:3000'
const TEXT = '共享盾登录确认\n登录:演示交易中心\n随机:0011'
const bank = newBank('Test Shield CA')
const shield = newShield(bank)
const rsaShield = newShield(bank, { kind: 'RSA-single', label: '旧盾' })
const { id } = shield.file

describe('the shield agent', () => {
  let folder: ReturnType<typeof newFolder>
  let agent: RunningAgent
  let page: AgentClient
  let shown: { origin: string; words: string }[]

  async function start(options: Partial<AgentOptions> = {}): Promise<void> {
    agent = await startAgent({
      driver: createSoftwareDriver(folder.path),
      allowedOrigins: [ORIGIN],
      pinInPage: 'allowed',
      onShown: what => shown.push(what),
      ...options,
    })
    page = await connectAgent(agent.url, ORIGIN)
  }

  beforeEach(() => {
    shown = []
    folder = newFolder()
    folder.plugIn(shield.file)
  })
  afterEach(async () => {
    page.close()
    await agent.close()
    folder.remove()
  })

  describe('at the door', () => {
    const refusal = async (headers: { origin?: string; host?: string }): Promise<number | undefined> => {
      const socket = new WebSocket(agent.url, { headers })
      socket.on('error', () => undefined)
      const [, response] = await once(socket, 'unexpected-response')
      return response.statusCode
    }

    it('refuses a page of another origin, a null origin and a caller without one, at the handshake', async () => {
      await start()
      for (const headers of [{ origin: 'https://evil.test' }, { origin: 'null' }, { origin: `${ORIGIN}.evil.test` }, {}])
        expect(await refusal(headers)).to.equal(403)
    })

    it('refuses a name rebound to loopback, even from an allowed origin', async () => {
      await start()
      expect(await refusal({ origin: ORIGIN, host: `evil.test:${agent.port}` })).to.equal(403)
      expect(await status({ host: `evil.test:${agent.port}` })).to.include({ status: 403 })
    })

    it('listens on loopback alone', async () => {
      await start()
      expect(new URL(agent.url).hostname).to.equal('127.0.0.1')
    })

    it('hangs up on a message too large, on one that is no request, and on a flood', async () => {
      await start({ limits: { message: 4096, burst: 5, perSecond: 0 } })
      const endedBy = async (...messages: string[]): Promise<number> => {
        const socket = new WebSocket(agent.url, { origin: ORIGIN })
        await once(socket, 'open')
        for (const message of messages) socket.send(message)
        const [code] = await once(socket, 'close')
        return code
      }
      expect(await endedBy(JSON.stringify({ id: 1, function: 'SOF_GenRandom', params: ['x'.repeat(5000)] }))).to.equal(1009)
      expect(await endedBy('{"id":')).to.equal(1007)
      expect(await endedBy(...Array.from({ length: 6 }, (_, i) => JSON.stringify({ id: i, function: 'SOF_GetVersion' })))).to.equal(1008)
    })

    it('takes only so many connections', async () => {
      await start({ limits: { connections: 1 } })
      expect(await refusal({ origin: ORIGIN })).to.equal(503)
    })

    const status = async (headers: Record<string, string>) =>
      await new Promise<{ status: number | undefined; cors: string | undefined; body: string }>((resolve, reject) => {
        httpRequest({ host: '127.0.0.1', port: agent.port, path: '/status', headers }, response => {
          let body = ''
          response.setEncoding('utf8').on('data', chunk => {
            body += chunk
          })
          response.on('end', () => resolve({ status: response.statusCode, cors: response.headers['access-control-allow-origin'], body }))
        })
          .on('error', reject)
          .end()
      })

    it('tells its state to allowed pages only, and no shield with it', async () => {
      await start()
      const told = await status({ origin: ORIGIN })
      expect(told).to.include({ status: 200, cors: ORIGIN })
      expect(JSON.parse(told.body)).to.deep.equal({ version: '1.0.0', driver: 'software', state: 'ready', pin: 'page' })
      expect(await status({ origin: 'https://evil.test' })).to.deep.include({ status: 403, cors: undefined, body: '' })
    })

    it('does not let one page sign with the shield another page opened', async () => {
      await start()
      const other = await connectAgent(agent.url, ORIGIN)
      expect(await page.login(id, PIN)).to.equal(0)
      expect(await laterFailure(other.sign(id, TEXT))).to.equal('shield_closed')
      other.close()
    })
  })

  describe('in the words of GM/T 0020', () => {
    beforeEach(() => start())
    const value = async (name: string, ...params: (string | number)[]) => (await page.call(name, ...params)).value

    it('lists shields, answers tries left and -1 when locked, and says so after a restart', async () => {
      expect(await value('SOF_GetUserList')).to.equal(`示范甲的盾||${id}&&&`)
      expect(await value('SOF_IsLogin', id)).to.equal(false)
      for (const left of [5, 4, 3, 2, 1]) expect(await value('SOF_Login', id, wrongPin())).to.equal(left)
      expect(await value('SOF_GetLastError')).to.equal(0x0a000024)
      expect(await value('SOF_Login', id, wrongPin())).to.equal(-1)
      expect(await value('SOF_GetLastError')).to.equal(0x0a000025)
      page.close()
      await agent.close()
      await start()
      expect(await value('SOF_GetPinRetryCount', id)).to.equal(0)
      expect(await value('SOF_Login', id, PIN)).to.equal(-1)
      expect(await laterFailure(page.sign(id, TEXT))).to.equal('shield_closed')
    })

    it('opens, signs, logs out', async () => {
      expect(await laterFailure(page.sign(id, TEXT))).to.equal('shield_closed')
      expect(await page.login(id, PIN)).to.equal(0)
      expect(await value('SOF_IsLogin', id)).to.equal(true)
      const signature = await page.sign(id, TEXT)
      const certificate = await page.signCertificate(id)
      expect(await value('SOF_VerifySignedData', certificate, TEXT, signature)).to.equal(true)
      expect(await value('SOF_VerifySignedData', certificate, `${TEXT}!`, signature)).to.equal(false)
      expect(await value('SOF_Logout', id)).to.equal(true)
      expect(await laterFailure(page.sign(id, TEXT))).to.equal('shield_closed')
    })

    it('shows exactly the words it signs', async () => {
      await page.login(id, PIN)
      const reply = await page.call('SOF_SignData', id, TEXT)
      expect(reply.shown).to.equal(TEXT)
      expect(shown).to.deep.equal([{ origin: ORIGIN, shield: '示范甲的盾', words: TEXT }])
      const signed = Buffer.from(String(reply.value), 'base64')
      expect(verifySm2(shield.sign.certificate.publicKey, Buffer.from(reply.shown ?? '', 'utf8'), signed)).to.equal(true)
    })

    it('does not sign what cannot be shown', async () => {
      await page.login(id, PIN)
      expect(await laterFailure(page.sign(id, 'pay \u202E001'))).to.equal('shield_text_refused')
      expect(await laterFailure(page.call('SOF_SignData', id, TEXT, 'digest'))).to.equal('shield_text_refused')
      expect(await laterFailure(page.call('SOF_SignDataByP7', id, '\u0000'))).to.equal('shield_text_refused')
      expect(shown).to.deep.equal([])
    })

    it('signs a digest that is marked as one, and says in words that it is one', async () => {
      await page.login(id, PIN)
      const digest = '5a'.repeat(32)
      const reply = await page.call('SOF_SignData', id, digest, 'digest')
      expect(reply.shown).to.contain(digest).and.to.contain('看不到原文')
      const signed = Buffer.from(String(reply.value), 'base64')
      expect(verifySm2(shield.sign.certificate.publicKey, Buffer.from(digest, 'hex'), signed)).to.equal(true)
    })

    it('signs a message of GB/T 35275 that holds the words and verifies', async () => {
      await page.login(id, PIN)
      const message = String(await value('SOF_SignDataByP7', id, TEXT))
      const verified = verifyCms({ cms: Buffer.from(message, 'base64') })
      expect(Buffer.from(verified.content).toString('utf8')).to.equal(TEXT)
      expect(verified.signer.thumbprint).to.equal(shield.sign.certificate.thumbprint)
      expect(await value('SOF_VerifySignedDataByP7', message)).to.equal(true)
      const changed = Buffer.from(message, 'base64')
      changed.writeUInt8((changed.at(-1) ?? 0) ^ 1, changed.length - 1)
      expect(await laterFailure(page.call('SOF_VerifySignedDataByP7', changed.toString('base64')))).to.equal('signature_invalid')
    })

    it('signs with an older RSA shield, also as a message that openssl verifies', async function () {
      folder.plugIn(rsaShield.file)
      await page.login(rsaShield.file.id, PIN)
      const signature = Buffer.from(await page.sign(rsaShield.file.id, TEXT), 'base64')
      const key = rsaShield.sign.certificate.publicKey
      expect(algorithmOf('1.2.840.113549.1.1.11').verify(key, Buffer.from(TEXT), signature)).to.equal(true)
      const message = Buffer.from(String(await value('SOF_SignDataByP7', rsaShield.file.id, TEXT)), 'base64')
      if (!hasOpenssl()) return this.skip()
      const at = mkdtempSync(join(tmpdir(), 'p7-'))
      try {
        writeFileSync(join(at, 'root.pem'), pem(bank.certificate.der))
        writeFileSync(join(at, 'p7.der'), message)
        // -noverify: the chain is SM2, which this openssl command cannot follow; the signature and content are what is asked
        execFileSync('openssl', ['cms', '-verify', '-binary', '-noverify', '-inform', 'DER', '-in', join(at, 'p7.der'), '-out', join(at, 'out')], {
          stdio: 'pipe',
        })
        expect(readFileSync(join(at, 'out'), 'utf8')).to.equal(TEXT)
      } finally {
        rmSync(at, { recursive: true })
      }
    })

    it('makes SM2 signatures that openssl verifies', async function () {
      if (!hasOpenssl()) return this.skip()
      await page.login(id, PIN)
      const at = mkdtempSync(join(tmpdir(), 'sm2-'))
      try {
        writeFileSync(join(at, 'key.pem'), shield.sign.certificate.publicKey.export({ type: 'spki', format: 'pem' }))
        writeFileSync(join(at, 'sig'), Buffer.from(await page.sign(id, TEXT), 'base64'))
        writeFileSync(join(at, 'text'), TEXT)
        const args = [
          'dgst',
          '-sm3',
          '-verify',
          join(at, 'key.pem'),
          '-signature',
          join(at, 'sig'),
          '-sigopt',
          'distid:1234567812345678',
          join(at, 'text'),
        ]
        expect(execFileSync('openssl', args, { encoding: 'utf8' })).to.contain('Verified OK')
      } finally {
        rmSync(at, { recursive: true })
      }
    })

    it('decrypts what was encrypted to the certificate it exports for that', async () => {
      await page.login(id, PIN)
      const certificate = readCertificate(String(await value('SOF_ExportExChangeUserCert', id)))
      const cipher = encryptSm2(certificate.publicKey, Buffer.from('投标文件密钥'))
      const plain = Buffer.from(String(await value('SOF_PriKeyDecrypt', id, cipher.toString('base64'))), 'base64')
      expect(plain.toString('utf8')).to.equal('投标文件密钥')
    })

    it('decrypts with an older RSA shield, under the padding that is named, and says when it is not for this key', async () => {
      folder.plugIn(rsaShield.file)
      await page.login(rsaShield.file.id, PIN)
      const { publicKey } = rsaShield.sign.certificate
      const oaep = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
      const decrypted = async (cipher: Buffer, ...padding: string[]) =>
        Buffer.from(String(await value('SOF_PriKeyDecrypt', rsaShield.file.id, cipher.toString('base64'), ...padding)), 'base64').toString('utf8')
      const secret = Buffer.from('投标文件密钥')
      expect(await decrypted(publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, secret))).to.equal('投标文件密钥')
      expect(await decrypted(publicEncrypt(oaep, secret), 'oaep-sha256')).to.equal('投标文件密钥')
      const foreign = newShield(bank, { kind: 'RSA-single' }).sign.certificate.publicKey
      expect(await laterFailure(decrypted(publicEncrypt({ ...oaep, key: foreign }, secret), 'oaep-sha256'))).to.equal('signature_invalid')
      expect(await laterFailure(decrypted(secret, 'none'))).to.equal('shield_request_refused')
    })

    it('reads a certificate out by the information types of GM/T 0006', async () => {
      const certificate = await page.signCertificate(id)
      expect(await value('SOF_GetCertInfo', certificate, 0x21)).to.equal('Test Shield CA')
      expect(await value('SOF_GetCertInfo', certificate, 0x31)).to.equal('示范甲')
      expect(await value('SOF_GetCertInfo', certificate, 2)).to.equal(shield.sign.certificate.serial)
      expect(await value('SOF_GetCertInfo', certificate, 0x36)).to.equal('2029-01-01T00:00:00.000Z')
      expect(await laterFailure(page.call('SOF_GetCertInfo', certificate, 99))).to.equal('shield_request_refused')
    })

    it('changes the PIN, and holds a shield to a sign method of its own kind', async () => {
      expect(await value('SOF_ChangePassWd', id, PIN, '246802')).to.equal(0)
      expect(await value('SOF_Login', id, '246802')).to.equal(0)
      expect(await value('SOF_SetSignMethod', 0x00010004)).to.equal(true)
      expect(await value('SOF_GetSignMethod')).to.equal(0x00010004)
      expect(await laterFailure(page.sign(id, TEXT))).to.equal('shield_request_refused')
      expect(await laterFailure(page.call('SOF_SetSignMethod', 2))).to.equal('shield_request_refused')
    })

    it('gives random bytes, and refuses what it does not know', async () => {
      expect(Buffer.from(String(await value('SOF_GenRandom', 24)), 'base64')).to.have.length(24)
      for (const [name, ...params] of [
        ['SOF_Format'],
        ['constructor'],
        ['SOF_GenRandom', 1e9],
        ['SOF_Login', id],
        ['SOF_Login', '../x', PIN],
      ] as const)
        expect(await laterFailure(page.call(name, ...params)), name).to.equal('shield_request_refused')
      expect(await laterFailure(page.login('no-such-shield', PIN))).to.equal('shield_absent')
    })

    it('tells a page when a shield is pulled out and put back, and wants the PIN again', async () => {
      await page.login(id, PIN)
      const change = () =>
        new Promise<void>(resolve => {
          page.onShieldsChanged = resolve
        })
      const removed = change()
      folder.pullOut(shield.file)
      await removed
      expect(await page.users()).to.deep.equal([])
      const inserted = change()
      folder.plugIn(shield.file)
      await inserted
      expect(await page.users()).to.deep.equal([{ id, label: '示范甲的盾' }])
      expect(await laterFailure(page.sign(id, TEXT))).to.equal('shield_closed')
    })
  })

  describe('with its own window', () => {
    const windowAsked = () =>
      new Promise<string>(resolve => {
        page.onConfirm = resolve
      })
    const look = async (url: string) => await (await fetch(url)).text()

    it('takes no PIN from a page', async () => {
      await start({ pinInPage: 'own-window' })
      expect(await laterFailure(page.login(id, PIN))).to.equal('shield_request_refused')
      expect(await laterFailure(page.call('SOF_ChangePassWd', id, PIN, '246802'))).to.equal('shield_request_refused')
      expect(await page.call('SOF_GetPinRetryCount', id)).to.include({ value: 6 })
    })

    it('shows who asks and the exact words, and signs them once the PIN is entered there', async () => {
      await start({ pinInPage: 'own-window' })
      const asked = windowAsked()
      const signing = page.call('SOF_SignData', id, TEXT)
      const url = await asked
      const window = await look(url)
      expect(window)
        .to.contain(TEXT)
        .and.to.contain(ORIGIN)
        .and.to.contain('示范甲的盾')
        .and.to.match(/autocomplete="off"/)
      expect(await answerWindow(url, { pin: PIN, agree: true })).to.contain('已确认')
      const { value, shown: words } = await signing
      expect(words).to.equal(TEXT)
      expect(verifySm2(shield.sign.certificate.publicKey, Buffer.from(TEXT), Buffer.from(String(value), 'base64'))).to.equal(true)
      expect(await look(url)).to.contain('这次请求已结束')
    })

    it('escapes what it shows', async () => {
      await start({ pinInPage: 'own-window' })
      const asked = windowAsked()
      const signing = laterFailure(page.call('SOF_SignData', id, '<script>alert(1)</script>'))
      const url = await asked
      expect(await look(url))
        .to.contain('&lt;script&gt;alert(1)')
        .and.not.to.contain('<script')
      await answerWindow(url, { pin: '', agree: false })
      expect(await signing).to.equal('shield_sign_declined')
    })

    it('says how many tries are left, warns before the last, and locks', async () => {
      await start({ pinInPage: 'own-window' })
      const asked = windowAsked()
      const signing = laterFailure(page.call('SOF_SignData', id, TEXT))
      const url = await asked
      for (const left of [5, 4, 3, 2]) expect(await answerWindow(url, { pin: wrongPin(), agree: true })).to.contain(`还可以试 ${left} 次`)
      expect(await answerWindow(url, { pin: wrongPin(), agree: true })).to.contain('只剩最后 1 次')
      expect(await answerWindow(url, { pin: wrongPin(), agree: true })).to.contain('盾已锁定')
      expect(await signing).to.equal('shield_locked')
    })

    it('does not sign when nobody confirms in time', async () => {
      await start({ pinInPage: 'own-window', confirmSeconds: 0.05 })
      expect(await laterFailure(page.call('SOF_SignData', id, TEXT))).to.equal('shield_sign_declined')
    })

    it('ends a request whose page went away', async () => {
      await start({ pinInPage: 'own-window' })
      const other = await connectAgent(agent.url, ORIGIN)
      const url = await new Promise<string>(resolve => {
        other.onConfirm = resolve
        other.call('SOF_SignData', id, TEXT).catch(() => undefined)
      })
      expect(await look(url)).to.contain(TEXT)
      other.close()
      // the agent learns of it a moment later; mocha's time limit ends a wait in vain
      while (!(await look(url)).includes('这次请求已结束'));
      expect(await answerWindow(url, { pin: PIN, agree: true })).to.contain('这次请求已结束')
    })

    it('answers only to its own window: not without the key, not from another origin, not in a frame', async () => {
      await start({ pinInPage: 'own-window' })
      const asked = windowAsked()
      const signing = laterFailure(page.call('SOF_SignData', id, TEXT))
      const url = new URL(await asked)
      const keyless = new URL(url)
      keyless.searchParams.set('key', 'x'.repeat(43))
      expect(await look(String(keyless))).to.contain('这次请求已结束')
      expect(await answerWindow(String(keyless), { pin: PIN, agree: true })).to.contain('这次请求已结束')
      const form = new URLSearchParams({ key: url.searchParams.get('key') ?? '', decision: 'agree', pin: PIN })
      for (const headers of [{ origin: ORIGIN }, {}] as Record<string, string>[])
        expect((await fetch(new URL(url.pathname, url), { method: 'POST', headers, body: form })).status).to.equal(403)
      const { headers } = await fetch(url)
      expect(headers.get('content-security-policy')).to.contain("frame-ancestors 'none'").and.to.contain("default-src 'none'")
      await answerWindow(String(url), { pin: '', agree: false })
      expect(await signing).to.equal('shield_sign_declined')
    })

    it('shows an own window for a new request and ends the one before', async () => {
      await start({ pinInPage: 'own-window' })
      const firstAsked = windowAsked()
      const first = laterFailure(page.call('SOF_SignData', id, TEXT))
      await firstAsked
      const secondAsked = windowAsked()
      const second = page.call('SOF_SignData', id, `${TEXT}2`)
      await answerWindow(await secondAsked, { pin: PIN, agree: true })
      expect(await first).to.equal('shield_sign_declined')
      expect((await second).shown).to.equal(`${TEXT}2`)
    })
  })

  describe('for programs', () => {
    for (const pinInPage of ['allowed', 'own-window'] as const)
      it(`answers a challenge where the PIN is ${pinInPage === 'allowed' ? 'given by the page' : 'asked in the window'}`, async () => {
        await start({ pinInPage })
        const answer = await page.answerChallenge(id, PIN, TEXT)
        expect(answer.algorithm).to.equal('SM2')
        expect(answer.certificate).to.equal(shield.file.signCertificate)
        expect(verifySm2(shield.sign.certificate.publicKey, Buffer.from(TEXT), Buffer.from(answer.signature, 'base64'))).to.equal(true)
      })

    it('signs without an agent, and still not without the PIN', async () => {
      await start()
      const answer = signDirectly(shield.file, PIN, TEXT)
      expect(verifySm2(shield.sign.certificate.publicKey, Buffer.from(TEXT), Buffer.from(answer.signature, 'base64'))).to.equal(true)
      expect(() => signDirectly(shield.file, wrongPin(), TEXT)).to.throw('shield_pin_wrong')
    })

    it('gives refusals as errors with a code and words', async () => {
      await start()
      const refusal = await page.sign(id, TEXT).catch((thrown: unknown) => thrown)
      expect(refusal).to.be.instanceOf(AgentRefusal).and.to.include({ code: 'shield_closed' })
    })
  })
})

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
