/** A center asks for more than a login (RFC 9396), as openid-client does it: pushed, signed by the shield, carried by the tokens, looked at and exchanged by a back end. */
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import * as client from 'openid-client'
import { forms, type Page } from '../../server/sandbox/http-browser.ts'
import { sign, type Walk, walkFrom } from '../../server/sandbox/walk.ts'
import { goodShields } from './common.ts'
import { eventsOf, type Shield } from './expectations.ts'
import { onEachDatabase, paperCenter, type TestSandbox, type TestWalker } from './sandbox.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const document = (name: string) => ({ name, digest: createHash('sm3').update(name).digest('hex'), bytes: name.length * 100 })
const BOND = { type: 'bid_bond', operation: 'pay', project: 'GZ-2026-017', section: '1', amount_fen: 80_000_000 }

onEachDatabase('a center that asks for more than a login', open => {
  let config: client.Configuration
  before(async () => {
    const { plan } = open()
    config = await client.discovery(new URL(`${plan.urls.broker}/oidc`), paperCenter.id, undefined, client.ClientSecretPost(paperCenter.secret), {
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    })
  })

  const of = (role: Shield['role'], nth = 0): Shield => {
    const found = goodShields(open(), 'abc').filter(shield => shield.role === role)[nth]
    if (found === undefined) throw new Error(`no shield of a ${role}`)
    return found
  }
  const isAuthorize = (page: Page) => forms(page).some(({ action }) => action.endsWith('/authorize'))
  const codeIn = (page: Page) => /(?:原因代码：|"code">)(\w+)/.exec(page.body)?.[1]

  async function push(details: unknown, more: Record<string, string> = {}) {
    const verifier = client.randomPKCECodeVerifier()
    const state = client.randomState()
    const url = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: paperCenter.redirectUri,
      scope: 'openid enterprise person',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      authorization_details: JSON.stringify(details),
      ...more,
    })
    return { url: url.href, checks: { pkceCodeVerifier: verifier, expectedState: state } }
  }
  async function ask(walker: TestWalker, shield: Shield, details: unknown, more: Partial<Walk> = {}) {
    const { url, checks } = await push(details)
    const end = await walkFrom(walker, { bank: shield.bank, shield, ...more }, url, paperCenter.redirectUri)
    return await client.authorizationCodeGrant(config, new URL(end.url), checks)
  }
  /** as far as the page where the shield signs for the details */
  async function askTo(walker: TestWalker, shield: Shield, details: unknown, look = isAuthorize, more: Partial<Walk> = {}) {
    const { url, checks } = await push(details)
    const page = await walkFrom(walker, { bank: shield.bank, shield, ...more }, url, paperCenter.redirectUri, look)
    return { page, checks }
  }
  const refused = async (promise: Promise<unknown>): Promise<{ error: string; description: string }> => {
    try {
      await promise
    } catch (thrown) {
      if (thrown instanceof client.ResponseBodyError || thrown instanceof client.AuthorizationResponseError)
        return { error: thrown.error, description: thrown.error_description ?? '' }
      throw thrown
    }
    throw new Error('it was not refused')
  }
  const authorizeForm = (page: Page) => {
    const form = forms(page).find(({ action }) => action.endsWith('/authorize'))
    if (form === undefined) throw new Error(`no page to sign on: ${page.status} ${page.url}`)
    return form
  }
  const stopAt = (url: string) => url.startsWith(paperCenter.redirectUri)
  const inspect = (sandbox: TestSandbox, id: unknown) => sandbox.app.stores.evidence.find(String(id))

  it('finds the types in discovery', () => {
    expect(config.serverMetadata()['authorization_details_types_supported']).to.deep.equal([
      'login',
      'seal_use',
      'bid_submit',
      'bid_bond',
      'credit_consent',
    ])
  })

  it('gets a bid bond signed by the legal representative: the token carries what was granted, by which power, with the evidence', async () => {
    const sandbox = open()
    const shield = of('legal-representative')
    const walker = sandbox.walker()
    const tokens = await ask(walker, shield, [
      BOND,
      { type: 'bid_submit', project: BOND.project, amount_fen: 123_456_789, documents: [document('投标文件.pdf')] },
    ])
    const [bond, bid] = tokens.authorization_details ?? []
    expect(bond).to.deep.include({ ...BOND, power: 'legal-representative' })
    expect(bid).to.include({ type: 'bid_submit', evidence: bond?.['evidence'] })
    const evidence = await inspect(sandbox, bond?.['evidence'])
    expect(evidence?.text).to.contain(shield.company.uscc).and.to.contain('800,000.00元(80000000分)').and.to.contain(document('投标文件.pdf').digest)
    expect(evidence).to.include({ kind: 'rich-request', membershipId: tokens.claims()?.sub })

    const told = await client.tokenIntrospection(config, tokens.access_token)
    expect(told).to.deep.include({ active: true, authorization_details: tokens.authorization_details })
    // the person's own token still opens userinfo
    expect(await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).to.include({ uscc: shield.company.uscc })
    expect(await eventsOf(sandbox, walker.browser)).to.include.members(['authority.used', 'login.authorized', 'login.granted'])
  })

  it('lets a person who is logged in sign without another bank login, and asks for the claims no second time', async () => {
    const sandbox = open()
    const [shield, walker] = [of('legal-representative', 1), sandbox.walker()]
    const first = await ask(walker, shield, [BOND])
    const second = await ask(walker, shield, [{ ...BOND, operation: 'reclaim' }])
    expect(second.claims()?.sub).to.equal(first.claims()?.sub)
    expect(second.authorization_details?.[0]).to.include({ operation: 'reclaim' })
    expect(second.authorization_details?.[0]?.['evidence']).to.not.equal(first.authorization_details?.[0]?.['evidence'])
  })

  it('steps up from a password to the shield by itself', async () => {
    const sandbox = open()
    const shield = goodShields(sandbox, 'ccb').find(({ role }) => role === 'legal-representative')
    if (shield === undefined) throw new Error('no shield at ccb')
    // bound to the company by a shield once: a password alone binds nobody
    await ask(sandbox.walker(), shield, [{ type: 'login' }])
    const walker = sandbox.walker()
    const weak = await ask(walker, shield, [{ type: 'login' }], { method: 'password' })
    expect(weak.claims()).to.include({ acr: 'bank-session' })
    const strong = await ask(walker, shield, [BOND])
    expect(strong.claims()).to.include({ acr: 'shield', sub: weak.claims()?.sub })
    expect(strong.authorization_details?.[0]).to.include({ type: 'bid_bond', power: 'legal-representative' })
  })

  describe('by a mandate', () => {
    const soon = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
    /** a company of which the bank has both, and a mandate given and accepted */
    async function mandated(acts: ('login' | 'bond_pay')[], more: { approvals?: number; limitFen?: number } = {}) {
      const sandbox = open()
      const shields = goodShields(sandbox, 'abc')
      const giver = shields.find(({ role, company }) => role === 'legal-representative' && operatorOf(shields, company.uscc) !== undefined)
      const holder = giver && operatorOf(shields, giver.company.uscc)
      if (giver === undefined || holder === undefined) throw new Error('no company with both at abc')
      const [mine, theirs] = await Promise.all([idOf(giver), idOf(holder)])
      const { mandates } = sandbox.app.authorization
      const personId = (await sandbox.app.stores.parties.membership(theirs.membershipId))?.person.id ?? ''
      const draft = {
        grantee: { name: holder.person.name, personId },
        acts,
        seals: [],
        centers: [],
        projects: [BOND.project],
        sections: [],
        validFrom: soon(-1),
        validUntil: soon(30),
        depth: 0,
        approvals: 0,
        ...more,
      }
      const { row } = await mandates.draft(mine, draft)
      await mandates.offer(mine, row.id, await p7(giver, row.text))
      const { text } = await mandates.acceptance(theirs, row.id)
      await mandates.accept(theirs, row.id, { text, cms: await p7(holder, text) })
      const revoke = async () => {
        const { text: words } = await mandates.changing(mine, row.id, 'revoke')
        await mandates.change(mine, row.id, 'revoke', { text: words, cms: await p7(giver, words) })
      }
      return { id: row.id, holder, revoke }
    }
    const operatorOf = (shields: Shield[], uscc: string) => shields.find(({ role, company }) => role === 'operator' && company.uscc === uscc)
    async function idOf(shield: Shield) {
      const tokens = await ask(open().walker(), shield, [{ type: 'login' }])
      return { membershipId: tokens.claims()?.sub ?? '', trace: 'TEST-TEST' }
    }
    async function p7(shield: Shield, text: string): Promise<string> {
      const walker = open().walker()
      const page = { status: 200, url: '', headers: {}, trail: [], body: `<form id="shield-form" data-format="p7" data-text="${text}">` }
      return (await sign(walker, { bank: 'abc', shield }, page))['signature'] ?? ''
    }

    it('names the mandate and its place, and no longer stands at introspection or exchange once it is revoked', async () => {
      const { id, holder, revoke } = await mandated(['login', 'bond_pay'])
      const tokens = await ask(open().walker(), holder, [BOND])
      expect(tokens.authorization_details?.[0]).to.include({ power: id })
      expect(tokens.authorization_details?.[0]?.['place']).to.be.a('number')
      expect((await client.tokenIntrospection(config, tokens.access_token))['authorization_details']).to.have.length(1)
      await revoke()
      const told = await client.tokenIntrospection(config, tokens.access_token)
      expect(told).to.include({ active: true })
      expect(told).to.not.have.property('authorization_details')
      const exchanged = await client.genericGrantRequest(config, EXCHANGE, { subject_token: tokens.access_token, subject_token_type: ACCESS_TOKEN })
      expect(exchanged).to.not.have.property('authorization_details')
      const { page } = await askTo(open().walker(), holder, [BOND], ({ body }) => body.includes('原因代码'))
      expect(codeIn(page)).to.equal('mandate_revoked')
    })

    it('is held to its limit, and none of several details is used where one is denied', async () => {
      const sandbox = open()
      const { id, holder, revoke } = await mandated(['bond_pay'], { limitFen: BOND.amount_fen })
      const { page } = await askTo(sandbox.walker(), holder, [BOND, { ...BOND, amount_fen: BOND.amount_fen + 1 }], ({ body }) =>
        body.includes('原因代码'),
      )
      expect(codeIn(page)).to.equal('mandate_over_limit')
      expect((await sandbox.app.stores.mandates.entriesOf(id, 10)).map(({ kind }) => kind)).to.not.include('used')
      await revoke()
    })

    it('waits where others have to agree, and says so', async () => {
      const { holder, revoke } = await mandated(['bond_pay'], { approvals: 1 })
      const { page } = await askTo(open().walker(), holder, [BOND], ({ body }) => body.includes('还需要其他人同意'))
      expect(page.status).to.equal(200)
      expect(page.body).to.contain('还可以同意的人')
      await revoke()
    })
  })

  it('takes a plain login as a detail without a signature', async () => {
    const tokens = await ask(open().walker(), of('operator'), [{ type: 'login' }])
    expect(tokens.authorization_details).to.have.length(1)
    expect(tokens.authorization_details?.[0]).to.include({ type: 'login', power: 'bank-named' })
    expect(tokens.authorization_details?.[0]).to.not.have.property('evidence')
  })

  it('is told act_not_allowed for an operator without a mandate, on the page and at the center', async () => {
    const sandbox = open()
    const walker = sandbox.walker()
    const { page, checks } = await askTo(walker, of('operator', 1), [{ type: 'login' }, BOND], ({ body }) => body.includes('原因代码'))
    expect(page.status).to.equal(403)
    expect(codeIn(page)).to.equal('act_not_allowed')
    expect(isAuthorize(page)).to.equal(false)
    const cancel = forms(page).find(({ action }) => action.endsWith('/cancel'))
    const back = await walker.browser.post(cancel?.action ?? '', {}, { stopAt })
    const { error, description } = await refused(client.authorizationCodeGrant(config, new URL(back.url), checks))
    expect([error, description.split(' ')[0]]).to.deep.equal(['access_denied', 'act_not_allowed'])
    expect(await eventsOf(sandbox, walker.browser))
      .to.include('authority.denied')
      .and.to.not.include('authority.used')
  })

  it('gets nothing for other words than those on the page', async () => {
    const walker = open().walker()
    const shield = of('legal-representative')
    const { page } = await askTo(walker, shield, [BOND])
    const changed = { ...page, body: page.body.replaceAll('80000000', '10000000') }
    const answer = await walker.browser.post(authorizeForm(page).action, await sign(walker, { bank: 'abc', shield }, changed), { stopAt })
    expect(answer.body).to.contain('challenge_mismatch')
  })

  it('gets nothing for a signature that was made for another login, nor for the same one twice', async () => {
    const sandbox = open()
    const shield = of('legal-representative')
    const [one, other] = [sandbox.walker(), sandbox.walker()]
    const first = await askTo(one, shield, [BOND])
    const second = await askTo(other, shield, [BOND])
    const signed = await sign(one, { bank: 'abc', shield }, first.page)
    const stolen = await other.browser.post(authorizeForm(second.page).action, signed, { stopAt })
    expect(stolen.body).to.contain('challenge_mismatch')
    // a wrong answer spends the challenge: the right one comes too late
    const late = await other.browser.post(authorizeForm(second.page).action, await sign(other, { bank: 'abc', shield }, second.page), { stopAt })
    expect(late.body).to.contain('login_moved_on')

    const done = await one.browser.post(authorizeForm(first.page).action, signed, { stopAt })
    expect(done.status).to.equal(0)
    const again = await one.browser.post(authorizeForm(first.page).action, signed, { stopAt })
    expect(again.status).to.not.equal(0)
    const uses = (await sandbox.app.stores.mandates.history((await companyOf(sandbox, shield)).id, 100)).filter(
      ({ reference, act }) => act === 'bond_pay' && authorizeForm(first.page).action.includes(`/${reference}/`),
    )
    expect(uses).to.have.length(1)
  })

  it('gets nothing signed with somebody else’s shield', async () => {
    const walker = open().walker()
    const { page } = await askTo(walker, of('legal-representative'), [BOND])
    const other = of('legal-representative', 1)
    const answer = await walker.browser.post(authorizeForm(page).action, await sign(walker, { bank: 'abc', shield: other }, page), { stopAt })
    expect(answer.body).to.contain('mandate_wrong_shield')
  })

  it('lets a person whose shield is out of reach go back', async () => {
    const walker = open().walker()
    const { page, checks } = await askTo(walker, of('legal-representative'), [BOND])
    const cancel = forms(page).find(({ action }) => action.endsWith('/cancel'))
    const back = await walker.browser.post(cancel?.action ?? '', {}, { stopAt })
    expect((await refused(client.authorizationCodeGrant(config, new URL(back.url), checks))).error).to.equal('access_denied')
  })

  it('must push what it asks: by the browser it is refused', async () => {
    const { plan } = open()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: paperCenter.redirectUri,
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
      authorization_details: JSON.stringify([BOND]),
    })
    const page = await open().walker().browser.get(url.href, { stopAt })
    const answer = new URL(page.url)
    expect(answer.searchParams.get('error')).to.equal('invalid_request')
    expect(answer.searchParams.get('error_description')).to.match(/have to be pushed.*\(trace [\w-]+\)/)
    expect(answer.origin).to.not.equal(new URL(plan.urls.broker).origin)
  })

  const wrong: [string, unknown, RegExp][] = [
    ['an unknown type', [{ type: 'payment_initiation' }], /unsupported|type/],
    ['an amount that is not whole fen', [{ ...BOND, amount_fen: 80_000_000.5 }], /amount_fen/],
    ['an amount in words', [{ ...BOND, amount_fen: '80000000' }], /amount_fen/],
    ['no amount', [{ ...BOND, amount_fen: undefined }], /amount_fen/],
    ['a member that the type has not', [{ ...BOND, locations: ['https://center.example'] }], /locations|Unrecognized/],
    [
      'a digest that is none of SM3',
      [{ type: 'bid_submit', project: 'P', amount_fen: 1, documents: [{ name: 'a', digest: 'AB'.repeat(32), bytes: 1 }] }],
      /digest/,
    ],
    [
      'a name that writes lines of its own',
      [{ type: 'seal_use', seal: 's1', project: 'P', documents: [{ ...document('a'), name: 'a\n金额:0.01元' }] }],
      /name/,
    ],
    ['more than ten details', Array.from({ length: 11 }, () => ({ type: 'login' })), /at most 10/],
    [
      'more than a hundred documents',
      [{ type: 'seal_use', seal: 's1', project: 'P', documents: Array.from({ length: 101 }, () => document('a')) }],
      /documents/,
    ],
    [
      'more than a shield can show',
      Array.from({ length: 10 }, () => ({
        type: 'credit_consent',
        bank: 'ccb',
        purpose: '信'.repeat(80),
        until: '2027-01-01',
        project: 'P'.repeat(64),
        section: 'S'.repeat(64),
        documents: [document('件'.repeat(80))],
      })),
      /before signing/,
    ],
  ]
  for (const [what, details, said] of wrong) {
    it(`is refused ${what} at once`, async () => {
      const { error, description } = await refused(push(details))
      expect(error).to.equal('invalid_authorization_details')
      expect(description)
        .to.match(said)
        .and.to.match(/\(trace [\w-]+\)/)
    })
  }

  it('signs many documents by the digest of their list', async () => {
    const sandbox = open()
    const documents = Array.from({ length: 40 }, (_, i) => document(`附件${i + 1}.pdf`))
    const tokens = await ask(sandbox.walker(), of('legal-representative'), [{ type: 'seal_use', seal: 's1', project: 'P', documents }])
    const evidence = await inspect(sandbox, tokens.authorization_details?.[0]?.['evidence'])
    const list = documents.map(({ digest, bytes, name }) => `${digest} ${bytes} ${name}`).join('\n')
    expect(evidence?.text).to.contain('共40份').and.to.contain(createHash('sm3').update(list).digest('hex'))
  })

  it('hands its back end a token with less in it, which says who acts and dies with the login', async () => {
    const sandbox = open()
    const [walker, shield] = [sandbox.walker(), of('legal-representative')]
    const tokens = await ask(walker, shield, [BOND, { ...BOND, section: '2' }])
    const exchanged = await client.genericGrantRequest(config, EXCHANGE, {
      subject_token: tokens.access_token,
      subject_token_type: ACCESS_TOKEN,
      scope: 'openid',
      authorization_details: JSON.stringify([BOND]),
    })
    expect(exchanged).to.include({ scope: 'openid', issued_token_type: ACCESS_TOKEN })
    expect(exchanged.expires_in).to.be.at.most(300)
    expect(exchanged.authorization_details).to.deep.equal([tokens.authorization_details?.[0]])
    const told = await client.tokenIntrospection(config, exchanged.access_token)
    expect(told).to.deep.include({ active: true, act: { sub: paperCenter.id }, sub: tokens.claims()?.sub })

    await client.tokenRevocation(config, tokens.access_token)
    expect(await client.tokenIntrospection(config, exchanged.access_token)).to.deep.equal({ active: false })
  })
})

async function companyOf({ app }: TestSandbox, { certificate, company }: Shield): Promise<{ id: string }> {
  const thumbprint = createHash('sm3').update(certificate).digest('hex')
  const holder = await app.stores.mandates.holderOf(thumbprint)
  const [id] = holder?.enterpriseIds ?? []
  if (id === undefined) throw new Error(`${company.uscc} is not known here`)
  return { id }
}
