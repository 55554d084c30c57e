import { expect } from 'chai'
import fc from 'fast-check'
import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { canonicalElement } from '../../../server/seals/xml/c14n.ts'
import { readXml } from '../../../server/seals/xml/read.ts'
import { elementsOf } from '../../../server/seals/xml/tree.ts'
import { xml } from '../../../server/seals/xml/xml.ts'
import { codeOf, makeRoot, makeUnder } from '../../pki/hierarchy.ts'
import { evidence } from '../ofd/evidence.ts'
import { DOCUMENT, failing, only, sealed, signers, verify } from './stage.ts'

const SIGNATURE = /<ds:Signature .*<\/ds:Signature>/s
const part = (text: string, what: RegExp): string => what.exec(text)?.[0] ?? ''

/** A change to SignedInfo that is signed again: what a dishonest signer, or somebody with a key of their own, could make. */
function resigned(text: string, change: (text: string) => string): string {
  const changed = change(text)
  for (const element of elementsOf(readXml(Buffer.from(changed)).root)) {
    if (element.local !== 'SignedInfo') continue
    const value = algorithmFor(signers.RSA.privateKey).sign(signers.RSA.privateKey, Buffer.from(canonicalElement(element, { form: 'exclusive' })))
    return changed.replace(/(<ds:SignatureValue[^>]*>)[^<]*/, `$1${value.toString('base64')}`)
  }
  throw new Error('no SignedInfo')
}

describe('nobody gets an XML signature accepted that', () => {
  let good: string
  before(async () => {
    good = await sealed(signers.RSA)
  })

  it('(held before anything was changed)', async () => expect(await failing(good)).to.deep.equal([]))

  for (const [sentence, change, code] of [
    ['stands over a changed text', (text: string) => text.replace('演示公司', '演示集团'), 'digest'],
    ['stands over a changed attribute', (text: string) => text.replace("'CNY'", "'USD'"), 'digest'],
    ['stands over a document to which something was added', (text: string) => text.replace('<ds:Signature', '<more/><ds:Signature'), 'digest'],
    ['stands over a document with an instruction added outside', (text: string) => `${text}<?x y?>`, 'digest'],
    ['stands over words that a comment splits', (text: string) => text.replace('演示公司', '演示<!-- -->公司'), 'split-text'],
    ['stands over a namespace that was exchanged', (text: string) => text.replace('urn:demo:price', 'urn:demo:other'), 'digest'],
    [
      'was moved into a part of the document',
      (text: string) => text.replace(SIGNATURE, '').replace('</bidder>', `${part(text, SIGNATURE)}</bidder>`),
      'place',
    ],
    [
      'was wrapped, with the old root inside a new one',
      (text: string) => `<evil xmlns="urn:demo:bid">${text.replace(/^<\?xml.*\?>/, '')}</evil>`,
      'place',
    ],
    [
      'was taken to the root of another document',
      (text: string) => `<bid xmlns="urn:demo:bid"><bidder>别的公司</bidder>${part(text, SIGNATURE)}</bid>`,
      'digest',
    ],
    ['has its value changed', (text: string) => text.replace(/(<ds:SignatureValue[^>]*>)..../, '$1AAAA'), 'signature'],
    ['has another time', (text: string) => text.replace('2027-06-01T12', '2026-06-01T12'), 'properties'],
    [
      'has another certificate beside it',
      (text: string) => text.replace(/(<ds:X509Certificate>)[^<]*/, `$1${signers.ECDSA.certificate.der.toString('base64')}`),
      'certificate',
    ],
    ['has no certificate', (text: string) => text.replace(/<ds:X509Certificate>.*<\/ds:X509Certificate>/, ''), 'certificate'],
    ['has a certificate that is none', (text: string) => text.replace(/(<ds:X509Certificate>)[^<]*/, '$1AAAA'), 'certificate'],
    ['has lost its properties', (text: string) => text.replace(/<ds:Object>.*<\/ds:Object>/, ''), 'references'],
    [
      'has other properties as well, before its own',
      (text: string) => text.replace('<ds:Object>', `${part(text, /<ds:Object>.*<\/ds:Object>/)}<ds:Object>`),
      'structure',
    ],
    ['shows something in an object', (text: string) => text.replace('</ds:Object>', '</ds:Object><ds:Object>看这里</ds:Object>'), 'structure'],
    [
      'has its digest of the document exchanged',
      (text: string) => text.replace(/<ds:DigestValue>[^<]*/, `<ds:DigestValue>${Buffer.alloc(32).toString('base64')}`),
      'digest',
    ],
    ['has an attribute that means nothing', (text: string) => text.replace('<ds:X509Data>', '<ds:X509Data note="x">'), 'structure'],
    [
      'has a part named like what every object has',
      (text: string) => text.replace('</ds:X509Data>', '</ds:X509Data><constructor/>').replace('<ds:Signature ', '<ds:Signature z="" '),
      'structure',
    ],
    ['has a comment in its properties', (text: string) => text.replace('<xades:SigningTime>', '<!-- --><xades:SigningTime>'), 'structure'],
    ['has text between its parts', (text: string) => text.replace('<ds:KeyInfo>', 'x<ds:KeyInfo>'), 'structure'],
    ['has base64 that can be read in two ways', (text: string) => text.replace(/(<ds:SignatureValue[^>]*>)/, '$1===='), 'structure'],
    [
      'has its identifier a second time, on a part of the document',
      (text: string) => text.replace('<bidder>', '<bidder Id="seal-one-properties">'),
      'ids',
    ],
    ['has its properties for another signature', (text: string) => text.replace('Target="#seal-one"', 'Target="#seal-two"'), 'ids'],
  ] as const) {
    it(sentence, async () => {
      const changed = change(good)
      expect(changed).to.not.equal(good)
      expect(await failing(changed)).to.include(code)
      expect((await only(changed)).intact).to.equal('no')
    })
  }

  for (const [sentence, change, code] of [
    [
      'refers to a part instead of the root',
      (text: string) => text.replace('<bidder>', '<bidder Id="x">').replace('URI=""', 'URI="#x"'),
      'references',
    ],
    ['refers to another file', (text: string) => text.replace('URI=""', 'URI="http://example.test/other.xml"'), 'references'],
    ['refers to nothing it says', (text: string) => text.replace(' URI=""', ''), 'references'],
    ['refers by a pointer', (text: string) => text.replace('URI=""', 'URI="#xpointer(/)"'), 'references'],
    [
      'refers to something else as well',
      (text: string) => text.replace('<ds:Reference URI="">', `${part(text, /<ds:Reference URI="">.*?<\/ds:Reference>/)}<ds:Reference URI="">`),
      'references',
    ],
    ['refers to its properties alone', (text: string) => text.replace(/<ds:Reference URI="">.*?<\/ds:Reference>/, ''), 'references'],
    ['does not refer to its properties', (text: string) => text.replace(/<ds:Reference Type=.*?<\/ds:Reference>/, ''), 'references'],
    ['refers to properties elsewhere', (text: string) => text.replace('URI="#seal-one-properties"', 'URI="#seal-one"'), 'references'],
    [
      'transforms by XPath',
      (text: string) => text.replace(/Algorithm="[^"]*enveloped-signature"/, 'Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"'),
      'transforms',
    ],
    [
      'transforms by XSLT as well',
      (text: string) =>
        text.replace('</ds:Transforms>', '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform></ds:Transforms>'),
      'transforms',
    ],
    [
      'does not leave itself out',
      (text: string) => text.replace(/<ds:Transform Algorithm="[^"]*enveloped-signature"><\/ds:Transform>/, ''),
      'transforms',
    ],
    ['transforms with parameters nobody knows', (text: string) => text.replace(/(enveloped-signature">)/, '$1<x/>'), 'transforms'],
    [
      'is canonical in a way nobody knows',
      (text: string) => text.replace(/(<ds:CanonicalizationMethod Algorithm=")[^"]*/, '$1urn:mine'),
      'transforms',
    ],
    [
      'says HMAC',
      (text: string) => text.replace(/(<ds:SignatureMethod Algorithm=")[^"]*/, '$1http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
      'algorithm',
    ],
    [
      'says RSA with SHA-1',
      (text: string) => text.replace(/(<ds:SignatureMethod Algorithm=")[^"]*/, '$1http://www.w3.org/2000/09/xmldsig#rsa-sha1'),
      'algorithm',
    ],
    [
      'says another kind of key than it has',
      (text: string) => text.replace(/(<ds:SignatureMethod Algorithm=")[^"]*/, '$1http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'),
      'algorithm',
    ],
    [
      'digests by SHA-1',
      (text: string) => text.replace(/(<ds:DigestMethod Algorithm=")[^"]*/, '$1http://www.w3.org/2000/09/xmldsig#sha1'),
      'algorithm',
    ],
    ['cuts its digests', (text: string) => text.replace(/(<ds:DigestValue>)[^<]*/, '$1AAAA'), 'digest'],
  ] as const) {
    it(`${sentence}, even signed by the certificate’s own key`, async () => {
      const changed = resigned(good, change)
      expect(await failing(changed)).to.include(code)
      expect((await only(changed)).intact).to.equal('no')
    })
  }

  it('refers to the root by its identifier when a second element has it too', async () => {
    const byId = resigned(good, text => text.replace('URI=""', 'URI="#bid-1"').replace('<bidder>', '<bidder id="bid-1">'))
    expect(await failing(byId)).to.include('ids')
  })

  it('is of a certificate for encryption', async () => {
    const party = makeUnder(makeRoot('root'), 'cipher', { profile: 'encrypt' })
    expect(await failing(await sealed(party))).to.deep.equal(['signature'])
  })

  it('adds properties nobody signed, which are noted and not believed', async () => {
    const added =
      '<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:CounterSignature/></xades:UnsignedSignatureProperties></xades:UnsignedProperties>'
    const { checks, intact } = await only(good.replace('</xades:QualifyingProperties>', `${added}</xades:QualifyingProperties>`))
    expect(intact).to.equal('yes')
    expect(checks.find(({ code }) => code === 'other-properties')).to.include({ of: 'note', ok: 'no' })
  })

  it('stands beside others: each is judged, and only so many', async () => {
    const copies = part(good, SIGNATURE).repeat(20)
    const report = await verify(good.replace(SIGNATURE, copies))
    expect(report.seals).to.have.length(16)
    for (const { intact } of report.seals) expect(intact).to.equal('no')
    expect(report.findings.map(({ code }) => code)).to.include('too-many')
  })

  it('has any single character changed', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom('a', 'B', '7', ' ', '>', '"', '='), async (where, character) => {
        const at = where % good.length
        // one blank for another, within a tag, is the same document
        if (good[at] === character || (character === ' ' && /\s/.test(good[at] ?? ''))) return
        const { seals } = await verify(good.slice(0, at) + character + good.slice(at + 1)).catch(() => ({ seals: [] }))
        for (const { intact } of seals) expect(intact, `${at}: ${good.slice(at - 20, at + 20)}`).to.equal('no')
      }),
      { numRuns: 300 },
    ))
})

describe('evidence for later in an XML signature', () => {
  const carrying = (text: string): string => xml.addEvidence?.(Buffer.from(text), evidence).toString() ?? expect.fail('no place for evidence')
  const notes = async (text: string) => (await only(text)).checks.filter(({ of, ok }) => of === 'note' && ok !== 'yes').map(({ code }) => code)
  const added = /<xades:CertificateValues>.*<\/xades:RevocationValues>/
  const emptied = /<xades:UnsignedProperties><xades:UnsignedSignatureProperties><\/xades:UnsignedSignatureProperties><\/xades:UnsignedProperties>/

  for (const [title, make] of [
    ['with a time stamp', () => sealed(signers.SM2, DOCUMENT, { stamp: async () => Buffer.from('3000', 'hex') })],
    ['without one', () => sealed()],
    ['with a mark at the beginning, whose root has no end tag', () => sealed(signers.SM2, '\uFEFF<bid/>')],
  ] as const) {
    it(`comes in without a word changed elsewhere: ${title}`, async () => {
      const before = await make()
      const after = carrying(before)
      expect(await failing(after)).to.deep.equal([])
      expect(await notes(after)).to.deep.equal([])
      expect(after.replace(added, '').replace(emptied, '')).to.equal(before)
    })
  }

  it('is nothing but evidence: what else stands there is not believed, and told', async () => {
    const good = carrying(await sealed())
    for (const [from, to] of [
      [/(<xades:EncapsulatedX509Certificate>)[^<]*/, '$1AAAA'],
      [/(<xades:EncapsulatedCRLValue>)[^<]*/, '$1看这里'],
      ['</xades:CRLValues>', '<xades:More></xades:More></xades:CRLValues>'],
      ['<xades:RevocationValues>', '<xades:RevocationValues/><xades:RevocationValues>'],
    ] as const) {
      const changed = good.replace(from, to)
      expect(changed).not.to.equal(good)
      expect(await notes(changed), String(from)).to.include('other-properties')
      expect(await failing(changed)).to.deep.equal([])
    }
    expect(await failing(good.replace('<xades:CRLValues>', '<xades:CRLValues shown="x">'))).to.deep.equal(['structure'])
  })

  it('has no place where nothing is signed, and none in a signature without properties', async () => {
    for (const text of ['<bid/>', (await sealed()).replace(/<ds:Object>.*<\/ds:Object>/, '')])
      expect(codeOf(() => carrying(text))).to.equal('seal_document_unusable')
  })
})
