import { DOMParser } from '@xmldom/xmldom'
import { expect } from 'chai'
import { SignedXml } from 'xml-crypto'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { pem } from '../../../server/pki/certificate.ts'
import { xml } from '../../../server/seals/xml/xml.ts'
import { xmlValue } from '../../../server/seals/xml/xml-value.ts'
import { DOCUMENT, failing, only, order, sealed, signers, stranger, verify } from './stage.ts'

const DS = 'http://www.w3.org/2000/09/xmldsig#'
const ENVELOPED = `${DS}enveloped-signature`

const reasonOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
  } catch (thrown) {
    if (thrown instanceof BrokerError) return `${thrown.code}: ${thrown.facts}`
    throw thrown
  }
  return 'accepted'
}

describe('a signature in XML', () => {
  for (const kind of ['SM2', 'RSA', 'ECDSA'] as const) {
    it(`of ${kind} is put in before the root’s end, holds, and says whose it is and when`, async () => {
      const text = await sealed(signers[kind])
      const at = DOCUMENT.lastIndexOf('</bid>')
      expect(text.startsWith(`${DOCUMENT.slice(0, at)}<ds:Signature `)).to.equal(true)
      expect(text.endsWith(`</ds:Signature>${DOCUMENT.slice(at)}`)).to.equal(true)
      const seal = await only(text)
      expect(seal).to.include({ kind: 'xmldsig', intact: 'yes', trusted: 'yes', valid: 'yes', id: 'seal-one', claimedAt: '2027-06-01T12:00:00.000Z' })
      expect(seal.covers).to.deep.equal({ whole: true, parts: ['/'] })
      expect(seal.signer?.certificate.serial).to.equal(signers[kind].certificate.serial)
    })
  }

  it('is prepared alike each time, and differs by document, order and signer', async () => {
    const prepare = async (document: string, id: string, kind: 'SM2' | 'RSA') =>
      (await xml.prepare(Buffer.from(document), { ...order, id }, xmlValue(signers[kind].certificate))).toString()
    const first = await prepare(DOCUMENT, 'one', 'SM2')
    expect(await prepare(DOCUMENT, 'one', 'SM2')).to.equal(first)
    expect(first).to.match(/^<ds:SignedInfo xmlns:ds=/)
    expect(
      new Set([
        first,
        await prepare(DOCUMENT.replace('公司', '集团'), 'one', 'SM2'),
        await prepare(DOCUMENT, 'two', 'SM2'),
        await prepare(DOCUMENT, 'one', 'RSA'),
      ]).size,
    ).to.equal(4)
  })

  it('goes into a root that was empty, after a byte order mark, and among instructions and comments', async () => {
    for (const document of [
      '<a/>',
      '<a b="1" />',
      '\uFEFF<a>x</a>',
      '<?x-y z?><!-- c --><a xmlns="urn:a"><b xmlns=""/></a><?end?>\n',
      '<p:a xmlns:p="urn:p"/>',
    ]) {
      const text = await sealed(signers.SM2, document)
      expect(await failing(text), document).to.deep.equal([])
      expect(text.slice(0, 2)).to.equal(document.slice(0, 2))
    }
  })

  it('made with RSA is verified by another implementation too', async () => {
    const text = await sealed(signers.RSA)
    const document = new DOMParser().parseFromString(text, 'text/xml')
    const [node] = [...document.getElementsByTagNameNS(DS, 'Signature')]
    const other = new SignedXml({ publicCert: pem(signers.RSA.certificate.der) })
    other.loadSignature(String(node))
    expect(other.checkSignature(text)).to.equal(true)
  })

  it('of another implementation holds, inclusive and exclusive', async () => {
    for (const form of ['http://www.w3.org/2001/10/xml-exc-c14n#', 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315']) {
      const other = new SignedXml({
        privateKey: signers.RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }),
        publicCert: pem(signers.RSA.certificate.der),
        signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
        canonicalizationAlgorithm: form,
      })
      other.addReference({ xpath: '/*', isEmptyUri: true, transforms: [ENVELOPED, form], digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256' })
      other.computeSignature('<a xmlns="urn:a" xmlns:b="urn:b"><b:c d="1">text</b:c></a>')
      const seal = await only(other.getSignedXml())
      expect(seal, form).to.include({ intact: 'yes', trusted: 'yes' })
      expect(seal.claimedAt).to.equal(undefined)
      expect(seal.checks.find(({ code }) => code === 'signed-certificate')?.ok).to.equal('no')
    }
  })

  it('may refer to the root by its identifier, and then says that it covers the root alone', async () => {
    const other = new SignedXml({
      privateKey: signers.RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      publicCert: pem(signers.RSA.certificate.der),
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
    })
    other.addReference({
      xpath: '/*',
      transforms: [ENVELOPED, 'http://www.w3.org/2001/10/xml-exc-c14n#'],
      digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    })
    other.computeSignature('<?note outside?><a Id="x"><b Id="y">text</b></a>')
    const report = await verify(other.getSignedXml())
    expect(report.seals[0]).to.deep.include({ intact: 'yes', covers: { whole: false, parts: ['#x'] } })
    expect(report.findings.map(({ code }) => code)).to.deep.equal(['outside-root'])
  })

  it('carries a time stamp over its value, which is handed to the judge with exactly those bytes', async () => {
    let stamped = ''
    const text = await sealed(signers.SM2, DOCUMENT, {
      stamp: async over => {
        stamped = Buffer.from(over).toString()
        return Buffer.from('token')
      },
    })
    expect(stamped).to.match(/^<ds:SignatureValue xmlns:ds=.*<\/ds:SignatureValue>$/)
    expect((await only(text)).provenAt).to.equal(stamped)
    expect(await failing(text)).to.deep.equal([])
  })

  it('of a stranger is intact and not trusted', async () => {
    expect(await only(await sealed(stranger))).to.include({ intact: 'yes', trusted: 'no' })
  })

  it('leaves trust unknown where nobody can judge it', async () => {
    const { seals } = await xml.verify(Buffer.from(await sealed()), { value: () => Promise.reject(new Error('never')) })
    expect(seals[0]).to.include({ intact: 'yes', trusted: 'unknown', valid: 'unknown' })
  })

  it('notes comments, which nothing covers', async () => {
    const { findings } = await verify(await sealed(signers.SM2, '<!-- a --><a><b>x</b> <!-- y --></a>'))
    expect(findings.map(({ code }) => code)).to.deep.equal(['comments'])
  })

  it('is not put over words that a comment splits, which others could do unnoticed', async () => {
    expect(await reasonOf(sealed(signers.SM2, '<a><b>一<!-- -->百</b></a>'))).to.match(/^seal_document_unusable: comments/)
  })

  it('is not put beside another, which it would break', async () => {
    expect(await reasonOf(sealed(signers.SM2, await sealed(), { order: { id: 'two' } }))).to.match(/^seal_document_unusable: signed already/)
  })

  it('has no place on a page, and no id that is no name or taken', async () => {
    expect(await reasonOf(sealed(signers.SM2, DOCUMENT, { order: { places: [{ kind: 'at', page: 1, x: 1, y: 1 }] } }))).to.match(
      /^seal_place_unusable/,
    )
    expect(await reasonOf(sealed(signers.SM2, DOCUMENT, { order: { id: '"><x' } }))).to.match(/^bad_request/)
    expect(await reasonOf(sealed(signers.SM2, '<a x="seal-one-properties"/>'))).to.match(/^bad_request/)
  })

  it('takes no value of another kind, and no signature that is none', async () => {
    const value = { ...xmlValue(signers.SM2.certificate), kind: 'cms' as const }
    expect(await reasonOf(xml.prepare(Buffer.from(DOCUMENT), order, value))).to.match(/^bad_request/)
    expect(await reasonOf(xml.build(Buffer.from(DOCUMENT), order, xmlValue(signers.SM2.certificate), Buffer.from('no')))).to.match(
      /^signature_invalid/,
    )
  })

  it('is recognised by its beginning', () => {
    for (const head of ['<a/>', '\uFEFF<?xml version="1.0"?>', ' \n<中 ', '<!-- -->']) expect(xml.recognises(Buffer.from(head)), head).to.equal(true)
    for (const head of ['%PDF-1.7', 'PK\x03\x04', '', 'a<b', '<!DOCTYPE x>', '< a']) expect(xml.recognises(Buffer.from(head)), head).to.equal(false)
  })
})
