import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Profile, SAML } from '@node-saml/node-saml'
import { expect } from 'chai'
import type { Evil } from '../../bank-adapters/mock-bank/evil.ts'
import { type Proof, walkSamlLogin } from '../../bank-adapters/mock-bank/headless.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { readSubject } from '../../server/pki/subject-profiles.ts'
import { openStage, type Stage } from './support.ts'

describe('mock bank: SAML 2.0', () => {
  let stage: Stage
  let saml: SAML
  before(async () => {
    stage = await openStage()
    saml = await stage.saml('icbc')
  })
  after(() => stage.close())
  afterEach(() => stage.bank.setEvil('icbc', undefined))

  const person = (id = 'p26') => stage.customer('icbc', id)
  const password = (id = 'p26'): Proof => ({ method: 'password', person: person(id).person })
  async function respond(proof: Proof, browser = stage.browser(), options: object = {}) {
    return walkSamlLogin(browser, await saml.getAuthorizeUrlAsync('relay-1', undefined, options), proof)
  }
  async function logIn(proof: Proof, browser = stage.browser()): Promise<Profile> {
    const { fields } = await respond(proof, browser)
    const { profile } = await saml.validatePostResponseAsync(fields)
    if (profile === null) throw new Error('no profile')
    return profile
  }
  const attributes = (profile: Profile): Record<string, unknown> => JSON.parse(JSON.stringify(profile['attributes']))

  it('logs a person in with password and message, both signatures accepted by node-saml', async () => {
    const { action, fields } = await respond(password())
    expect(action).to.equal(`${stage.brokerUrl}/login/callback/icbc`)
    expect(fields['RelayState']).to.equal('relay-1')
    const { profile } = await saml.validatePostResponseAsync(fields)
    if (profile === null) throw new Error('no profile')
    expect(profile.nameID).to.equal(person().number)
    expect(profile.sessionIndex).to.match(/^_[0-9a-f]{40}$/)
    const xml = Buffer.from(fields['SAMLResponse'] ?? '', 'base64').toString()
    expect(xml).to.include('<saml:AuthnContextClassRef>icbc:password<')
    const told = attributes(profile)
    expect(told['name']).to.equal('李示例')
    expect(told['idDigest']).to.equal(person().person.idDigest)
    expect([told['seats']].flat()).to.deep.equal(person().seats.map(({ company }) => `${company.uscc}|${company.name}|经办人`))
    expect(told).not.to.have.property('certificate')
  })

  it('logs a person in with a shield and hands over its certificate', async () => {
    const shield = stage.bank.shields('icbc').find(({ role }) => role === 'legal-representative')
    if (shield === undefined) throw new Error('no shield')
    const told = attributes(await logIn({ method: 'shield', shield }))
    const subject = readSubject('cfca-cn-swapped', readCertificate(String(told['certificate'])))
    expect(subject.uscc).to.equal(shield.company.uscc)
    expect([told['seats']].flat()).to.include(`${subject.uscc}|${subject.enterprise}|法人`)
  })

  it('takes a signed request by POST, and refuses one that was changed', async () => {
    const byPost = await stage.saml('icbc', { byPost: true })
    const { SAMLRequest } = await byPost.getAuthorizeMessageAsync('relay-2', undefined, {})
    const xml = Buffer.from(String(SAMLRequest), 'base64').toString()
    expect(xml).to.include('SignatureValue')
    const post = (text: string) =>
      stage.browser().post(`${stage.bank.url}/icbc/saml/sso`, { SAMLRequest: Buffer.from(text).toString('base64'), RelayState: 'relay-2' })
    const page = await post(xml)
    expect(page.status).to.equal(200)
    expect(page.body).to.include('password-form')
    expect((await post(xml.replace('ForceAuthn="false"', 'ForceAuthn="true"').replace('login/callback', 'login/elsewhere'))).status).to.equal(403)
    expect((await post(xml.replace(/<Signature[\s\S]*<\/Signature>/, ''))).status).to.equal(403)
  })

  it('goes straight on with the session it has, and not where the request forces a new proof', async () => {
    const browser = stage.browser()
    const first = await logIn(password(), browser)
    const again = await walkSamlLogin(browser, await saml.getAuthorizeUrlAsync('', undefined, {}), { method: 'cancel' })
    const { profile } = await saml.validatePostResponseAsync(again.fields)
    expect(profile?.sessionIndex).to.equal(first.sessionIndex)
  })

  it('says so when the person cancels', async () => {
    const { fields } = await respond({ method: 'cancel' })
    expect(Buffer.from(fields['SAMLResponse'] ?? '', 'base64').toString())
      .to.include('status:AuthnFailed')
      .and.not.include('<saml:Assertion')
  })

  it('refuses a request whose signature was left out, changed, or is over another text', async () => {
    const url = new URL(await saml.getAuthorizeUrlAsync('', undefined, {}))
    const open = async (change: (url: URL) => void) => {
      const changed = new URL(url)
      change(changed)
      return (await stage.browser().get(changed.href)).status
    }
    expect(await open(({ searchParams }) => searchParams.delete('Signature'))).to.equal(403)
    expect(await open(({ searchParams }) => searchParams.set('RelayState', 'another'))).to.equal(403)
    expect(
      await open(({ searchParams }) => {
        const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
        searchParams.set('SAMLRequest', deflateRawSync(xml.replace('login/callback', 'login/elsewhere')).toString('base64'))
      }),
    ).to.equal(403)
  })

  it('refuses a sign-in that another browser began', async () => {
    const page = await stage.browser().get(await saml.getAuthorizeUrlAsync('', undefined, {}))
    expect((await stage.browser().get(page.url)).status).to.equal(403)
  })

  it('keeps two sign-ins of one browser apart', async () => {
    const browser = stage.browser()
    const [first, second] = [
      await browser.get(await saml.getAuthorizeUrlAsync('', undefined, {})),
      await browser.get(await saml.getAuthorizeUrlAsync('', undefined, {})),
    ]
    expect(first.url).not.to.equal(second.url)
    expect((await browser.get(first.url)).status).to.equal(200)
    expect((await browser.get(second.url)).status).to.equal(200)
  })

  it('ends the session when the broker says so, and answers with a signed message', async () => {
    const browser = stage.browser()
    const profile = await logIn(password(), browser)
    const back = await browser.get(await saml.getLogoutUrlAsync(profile, 'relay-3', {}), { stopAt: url => url.startsWith(stage.brokerUrl) })
    const query = new URL(back.url)
    expect(query.pathname).to.equal('/login/banks/icbc/slo')
    const { loggedOut } = await saml.validateRedirectAsync(Object.fromEntries(query.searchParams), query.search.slice(1))
    expect(loggedOut).to.equal(true)
    expect((await browser.get(await saml.getAuthorizeUrlAsync('', undefined, {}))).body).to.include('password-form')
  })

  it('tells the broker with a signed message when the bank logs a person out', async () => {
    const profile = await logIn(password('p25'))
    stage.logoutQueries.length = 0
    await stage.bank.logout('icbc', 'p25')
    const [query = ''] = stage.logoutQueries
    const { profile: ended, loggedOut } = await saml.validateRedirectAsync(Object.fromEntries(new URLSearchParams(query)), query)
    expect(loggedOut).to.equal(true)
    expect(ended).to.include({ nameID: profile.nameID, sessionIndex: profile.sessionIndex })
  })

  it('publishes metadata with its addresses and signing certificate', async () => {
    const xml = await (await fetch(`${stage.bank.url}/icbc/saml/metadata`)).text()
    expect(xml)
      .to.include(`entityID="${stage.bank.url}/icbc/saml"`)
      .and.include('WantAuthnRequestsSigned="true"')
      .and.include(`${stage.bank.url}/icbc/saml/slo`)
  })

  describe('as an evil bank', () => {
    const refused: Evil[] = [
      'wrong-audience',
      'wrong-nonce',
      'expired',
      'wrong-key',
      'alg-none',
      'unsigned',
      'unsigned-assertion',
      'wrapped',
      'wrapped-response',
      'wrapped-object',
      'replayed',
      'mixed-up',
    ]
    for (const evil of refused) {
      it(`posts what a strict service provider refuses: ${evil}`, async () => {
        await logIn(password())
        stage.bank.setEvil('icbc', evil)
        const victim = await logIn(password()).then(
          ({ nameID }) => `let in as ${nameID}`,
          (error: Error) => error.message,
        )
        expect(victim).not.to.include('let in')
      })
    }

    it('names another issuer over its own good signature: wrong-issuer', async () => {
      // node-saml does not look at it for logins: whoever uses it must
      stage.bank.setEvil('icbc', 'wrong-issuer')
      expect((await logIn(password())).issuer).to.equal('https://bank.example/saml')
    })

    it('keeps the signed bytes when it cuts the name with a comment: commented-name', async () => {
      stage.bank.setEvil('icbc', 'commented-name')
      const { fields } = await respond(password())
      const xml = Buffer.from(fields['SAMLResponse'] ?? '', 'base64').toString()
      expect(xml).to.match(/<saml:NameID [^>]*>ICBC-\d+<!-- -->\d\d</)
      const { profile } = await saml.validatePostResponseAsync(fields)
      expect(profile?.nameID).to.equal(person().number)
    })

    it('names a company that is not the one in the shield: identity-mismatch', async () => {
      stage.bank.setEvil('icbc', 'identity-mismatch')
      const [shield] = stage.bank.shields('icbc')
      if (shield === undefined) throw new Error('no shield')
      const told = attributes(await logIn({ method: 'shield', shield }))
      expect(String(told['seats'])).not.to.include(shield.company.uscc)
      expect(
        createHash('sha256')
          .update(Buffer.from(String(told['certificate']), 'base64'))
          .digest(),
      ).to.deep.equal(createHash('sha256').update(shield.certificate).digest())
    })
  })
})
