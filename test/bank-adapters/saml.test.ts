import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import type { AdapterDeps, Attempt } from '../../bank-adapters/contract.ts'
import { assertionXml, newSamlId, type ResponseFacts, responseXml, signedResponse } from '../../bank-adapters/mock-bank/saml-response.ts'
import { newSamlSigner } from '../../bank-adapters/mock-bank/saml-signer.ts'
import { signElement } from '../../bank-adapters/mock-bank/saml-xml.ts'
import { fillBank, shippedBanks } from '../../bank-adapters/registry.ts'
import { samlKind } from '../../bank-adapters/saml.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { createBankKeys } from '../../server/login/bank-keys.ts'
import { issueCertificate } from '../../server/pki/issue.ts'
import { laterFailure } from '../shield-agent/failure.ts'
import { adapterSuite } from '../suites/adapter.ts'
import { memoryKeys, openAdapterStage } from '../suites/adapter-stage.ts'

adapterSuite('saml', () => openAdapterStage('icbc'))

describe('the SAML adapter, given what no bank sends', function () {
  this.timeout(30_000)
  const publicUrl = 'https://shield.example'
  const callbackUrl = `${publicUrl}/login/callback/icbc`
  const signer = newSamlSigner('bank', systemClock.now())
  let folder: string
  let adapter: ReturnType<typeof samlKind>
  let seen: Set<string>

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saml-'))
    const signing = join(folder, 'signing.pem')
    await writeFile(signing, signer.certificatePem)
    const template = shippedBanks['icbc']
    if (template === undefined) throw new Error('no icbc')
    seen = new Set()
    const deps: AdapterDeps = {
      clock: systemClock,
      fetch: () => Promise.reject(new Error('nothing is fetched')),
      checkCertificate: () => Promise.reject(new Error('no certificate was sent')),
      once: async id => !seen.has(id) && seen.add(id).has(id),
      seen: async id => seen.has(id),
      keys: createBankKeys({
        store: memoryKeys(),
        sealing: createSealing(Buffer.alloc(32, 1)),
        clock: systemClock,
        makeSelfSigned: ({ privateKey, commonName, ...more }) =>
          issueCertificate({ ...more, subject: [['CN', commonName]], issuer: { self: privateKey }, profile: 'sign' }),
      }),
      publicUrl,
    }
    const settings = { url: 'https://icbc.example', anchors: '/nowhere', agentUrl: 'ws://127.0.0.1:7130', signingCertificates: signing }
    adapter = samlKind(fillBank(template, settings), deps)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const binding = { origin: publicUrl, relyingParty: 'c', relyingPartyName: 'c', purpose: 'login' as const, browser: 'b' }
  const attempt: Attempt = { id: 'login-1234.attempt-1234', trace: 'TEST-2345', callbackUrl, needs: 'bank-session', afresh: false, binding }

  async function begin() {
    const { memo } = await adapter.begin(attempt)
    const facts: ResponseFacts = {
      issuer: 'https://icbc.example/saml',
      audience: `${publicUrl}/banks/icbc/metadata`,
      destination: callbackUrl,
      inResponseTo: memo['requestId'] ?? '',
      now: systemClock.now(),
      nameId: 'person-1',
      sessionIndex: 'session-1',
      context: 'icbc:password',
      authenticatedAt: systemClock.now(),
      attributes: { name: ['张示例'], idDigest: ['a'.repeat(64)], seats: ['91990000DEM0000145|演示|竖线(示范)有限公司|法人'] },
    }
    const take = (xml: string | Buffer) =>
      adapter.complete(attempt, { kind: 'form', fields: { SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: attempt.id } }, memo)
    return { facts, take, memo }
  }
  /** an honest response, changed; then what became of it */
  async function refused(change: (honest: string, facts: ResponseFacts) => string | Buffer): Promise<string> {
    const { facts, take } = await begin()
    return laterFailure(take(change(signedResponse(facts, signer), facts)))
  }
  /** both signatures true, the words within changed before signing */
  async function refusedWhenSigned(change: (assertion: string) => string, changeResponse = (response: string) => response): Promise<string> {
    const { facts, take } = await begin()
    const [inner, outer] = [newSamlId(), newSamlId()]
    const response = responseXml(facts, outer, signElement(change(assertionXml(facts, inner)), inner, signer))
    return laterFailure(take(signElement(changeResponse(response), outer, signer)))
  }

  it('takes the honest response that the others differ from, with a bar in the company’s name', async () => {
    const { facts, take } = await begin()
    const identity = await take(signedResponse(facts, signer))
    expect(identity.seats).to.deep.equal([{ uscc: '91990000DEM0000145', name: '演示|竖线(示范)有限公司', role: 'legal-representative' }])
    expect(identity).to.include({ subject: 'person-1', bankSession: 'session-1', assurance: 'bank-session' })
  })

  it('signs its request, names the attempt, and asks for the level that is needed', async () => {
    const { challenge } = await adapter.begin({ ...attempt, needs: 'shield' })
    const url = new URL(challenge.kind === 'redirect' ? challenge.url : '')
    expect(url.searchParams.get('RelayState')).to.equal(attempt.id)
    expect(url.searchParams.get('SigAlg')).to.equal('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')
    expect(url.searchParams.get('Signature')).to.have.length.greaterThan(100)
    const request = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
    expect(request).to.include('icbc:shield').and.not.to.include('icbc:password')
    expect(request).to.include(`AssertionConsumerServiceURL="${callbackUrl}"`)
  })

  it('asks the bank to prove the person anew where the center wants that, and only there', async () => {
    const asked = async (afresh: boolean) => {
      const { challenge } = await adapter.begin({ ...attempt, afresh })
      const url = new URL(challenge.kind === 'redirect' ? challenge.url : '')
      return inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
    }
    expect(await asked(true)).to.include('ForceAuthn="true"')
    expect(await asked(false)).not.to.include('ForceAuthn="true"')
  })

  const tampered: [what: string, code: string, change: (honest: string, facts: ResponseFacts) => string | Buffer][] = [
    ['a document type with an entity', 'bank_answer_malformed', xml => `<!DOCTYPE r [<!ENTITY x "y">]>${xml}`],
    ['a document type that would fetch', 'bank_answer_malformed', xml => `<!DOCTYPE r SYSTEM "https://evil.example/x.dtd">${xml}`],
    ['a CDATA section', 'bank_answer_malformed', xml => xml.replace('person-1', '<![CDATA[person-1]]>')],
    ['a processing instruction', 'bank_answer_malformed', xml => xml.replace('person-1', 'person<?x?>-1')],
    ['a comment in a name', 'bank_wrapped', xml => xml.replace('person-1', 'person<!---->-1')],
    ['bytes that are not UTF-8', 'bank_answer_malformed', xml => Buffer.concat([Buffer.from(xml), Buffer.from([0xff, 0xfe])])],
    ['XML that is not well-formed', 'bank_answer_malformed', xml => xml.slice(0, -5)],
    ['something after the end', 'bank_answer_malformed', xml => `${xml}<more/>`],
    ['nothing', 'bank_answer_malformed', () => ''],
    ['a message of another kind', 'bank_answer_malformed', xml => xml.replaceAll('samlp:Response', 'samlp:ArtifactResponse')],
    ['a message too large', 'bank_answer_malformed', xml => xml + ' '.repeat(200 * 1024)],
    ['too many tags', 'bank_answer_malformed', xml => xml.replace('</samlp:Status>', `</samlp:Status>${'<a/>'.repeat(3000)}`)],
    ['elements too deep', 'bank_answer_malformed', xml => xml.replace('</samlp:Status>', `</samlp:Status>${'<a>'.repeat(60)}${'</a>'.repeat(60)}`)],
    ['a changed name', 'bank_wrong_key', xml => xml.replace('person-1', 'person-2')],
    ['a changed company', 'bank_wrong_key', xml => xml.replace('91990000DEM0000145', '91990000DEM0000225')],
    [
      'a second assertion after the first',
      'bank_wrapped',
      (xml, facts) => xml.replace('</samlp:Response>', `${assertionXml({ ...facts, nameId: 'victim' }, newSamlId())}</samlp:Response>`),
    ],
    [
      'a second assertion in the status',
      'bank_wrapped',
      (xml, facts) => xml.replace('</samlp:Status>', `${assertionXml({ ...facts, nameId: 'victim' }, newSamlId())}</samlp:Status>`),
    ],
    ['an assertion of another namespace beside', 'bank_wrapped', xml => xml.replace('</samlp:Status>', '</samlp:Status><Assertion xmlns="urn:x"/>')],
    ['one ID on two elements', 'bank_wrapped', xml => xml.replace('</samlp:Status>', `</samlp:Status><x ID="${idIn(xml)}"/>`)],
    ['one ID under another attribute’s name', 'bank_wrapped', xml => xml.replace('</samlp:Status>', `</samlp:Status><x Id="${idIn(xml)}"/>`)],
    ['a second signature', 'bank_wrapped', xml => xml.replace('</samlp:Status>', `</samlp:Status><x>${signatureIn(xml)}</x>`)],
    ['two signatures in one place', 'bank_wrapped', xml => xml.replace(signatureIn(xml), match => match + match)],
    ['an object in a signature', 'bank_wrapped', xml => xml.replace('</ds:Signature>', '<ds:Object/></ds:Signature>')],
    ['a second reference in a signature', 'bank_wrapped', xml => xml.replace(/(<ds:Reference [\s\S]*?<\/ds:Reference>)/, '$1$1')],
    ['a signature over the whole document', 'bank_wrapped', xml => xml.replace(/URI="#[^"]+"/, 'URI=""')],
    [
      'another transform',
      'bank_wrapped',
      xml =>
        xml.replace(
          /<ds:Transform Algorithm="[^"]*enveloped-signature"\/?>/,
          '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
        ),
    ],
    [
      'canonicalization that keeps comments',
      'algorithm_refused',
      xml => xml.replace(/(CanonicalizationMethod Algorithm="[^"]+)"/, '$1WithComments"'),
    ],
    [
      'a signature by SHA-1',
      'algorithm_refused',
      xml => xml.replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'),
    ],
    [
      'a digest by SHA-1',
      'algorithm_refused',
      xml => xml.replace('http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2000/09/xmldsig#sha1'),
    ],
    ['an encrypted assertion', 'bank_answer_malformed', xml => xml.replace('</samlp:Status>', '</samlp:Status><saml:EncryptedAssertion/>')],
    ['a status of failure', 'bank_refused', xml => xml.replace('status:Success', 'status:Requester')],
    ['only the assertion signed', 'bank_unsigned', (_xml, facts) => signedResponse(facts, signer, { assertion: true, response: false })],
  ]
  for (const [what, code, change] of tampered) {
    it(`refuses ${what}, as ${code}`, async () => expect(await refused(change)).to.equal(code))
  }

  it('refuses what is no base64', async () => {
    const { memo } = await begin()
    const fields = { SAMLResponse: '<xml>', RelayState: attempt.id }
    expect(await laterFailure(adapter.complete(attempt, { kind: 'form', fields }, memo))).to.equal('bank_answer_malformed')
  })

  it('refuses an answer with the RelayState of another attempt', async () => {
    const { facts, memo } = await begin()
    const fields = { SAMLResponse: Buffer.from(signedResponse(facts, signer)).toString('base64'), RelayState: 'other' }
    expect(await laterFailure(adapter.complete(attempt, { kind: 'form', fields }, memo))).to.equal('bank_wrong_nonce')
  })

  const signed: [what: string, code: string, change: (assertion: string) => string, changeResponse?: (response: string) => string][] = [
    ['for another recipient', 'bank_wrong_audience', xml => xml.replace(`Recipient="${callbackUrl}"`, 'Recipient="https://other.example/"')],
    ['for no recipient', 'bank_wrong_audience', xml => xml.replace(`Recipient="${callbackUrl}" `, '')],
    [
      'for another destination',
      'bank_wrong_audience',
      xml => xml,
      xml => xml.replace(`Destination="${callbackUrl}"`, 'Destination="https://other.example/"'),
    ],
    ['for no audience', 'bank_wrong_audience', xml => xml.replace(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/, '')],
    ['without conditions', 'bank_answer_malformed', xml => xml.replace(/<saml:Conditions.*<\/saml:Conditions>/, '')],
    ['that answers no request', 'bank_wrong_nonce', xml => xml.replace(/ InResponseTo="[^"]+"/, '')],
    ['in a response that answers no request', 'bank_wrong_nonce', xml => xml, xml => xml.replace(/ InResponseTo="[^"]+">/, '>')],
    ['confirmed otherwise than as bearer', 'bank_answer_malformed', xml => xml.replace('cm:bearer', 'cm:sender-vouches')],
    ['of another issuer', 'bank_wrong_issuer', xml => xml.replace('https://icbc.example/saml<', 'https://other.example/saml<')],
    ['without a name', 'bank_answer_malformed', xml => xml.replace('person-1', '')],
    ['with an attribute twice', 'bank_answer_malformed', xml => xml.replace(/(<saml:Attribute Name="name".*?<\/saml:Attribute>)/, '$1$1')],
    ['of an unknown level', 'bank_answer_malformed', xml => xml.replace('icbc:password', 'icbc:guess')],
    ['of an unknown role', 'bank_answer_malformed', xml => xml.replace('|法人', '|董事')],
    ['with a code that fails its check character', 'uscc_invalid', xml => xml.replace('91990000DEM0000145', '91990000DEM0000146')],
    ['of a shield without its certificate', 'bank_answer_malformed', xml => xml.replace('icbc:password', 'icbc:shield')],
    ['without companies', 'bank_answer_malformed', xml => xml.replace(/<saml:Attribute Name="seats".*?<\/saml:Attribute>/, '')],
    ['with an id digest that is none', 'bank_answer_malformed', xml => xml.replace('a'.repeat(64), '440101198001010011')],
    ['of a person who will authenticate', 'bank_answer_malformed', xml => xml.replace(/AuthnInstant="[^"]+"/, 'AuthnInstant="2099-01-01T00:00:00Z"')],
    ['with a time that is none', 'bank_answer_malformed', xml => xml.replace(/AuthnInstant="[^"]+"/, 'AuthnInstant="yesterday"')],
  ]
  for (const [what, code, change, changeResponse] of signed) {
    it(`refuses a true signature over an assertion ${what}, as ${code}`, async () => {
      expect(await refusedWhenSigned(change, changeResponse)).to.equal(code)
    })
  }

  it('keeps ids of refused companies out of the used ones: an honest answer still counts once', async () => {
    const { facts, take } = await begin()
    const xml = signedResponse(facts, signer)
    expect(await laterFailure(take(xml.replace('person-1', 'person-2')))).to.equal('bank_wrong_key')
    expect((await take(xml)).subject).to.equal('person-1')
    expect(await laterFailure(take(xml))).to.equal('bank_replayed')
  })
})

const idIn = (xml: string): string => /<saml:Assertion [^>]*ID="([^"]+)"/.exec(xml)?.[1] ?? ''
const signatureIn = (xml: string): string => /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(xml)?.[0] ?? ''
