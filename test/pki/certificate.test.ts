import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { BrokerError } from '../../server/kernel/errors.ts'
import { algorithmIn, algorithmOf } from '../../server/pki/algorithms.ts'
import { Certificate, certificateFacts, pem, readCertificate, readPemBundle } from '../../server/pki/certificate.ts'
import { onlyElement } from '../../server/pki/der.ts'
import { bits, context, integer, oid, sequence, setOf, time, utf8, write } from '../../server/pki/der-write.ts'
import { extension } from '../../server/pki/issue.ts'
import { valuesOf } from '../../server/pki/names.ts'
import { codeOf, from, makeRoot, makeUnder, newKey, to } from './hierarchy.ts'
import { needsShared, openssl } from './outside.ts'

const root = makeRoot()
const leaf = makeUnder(root, '051@临县公司@N91350200556207664B@1', { crlUrl: 'http://crl.example/1.crl', ocspUrl: 'http://ocsp.example/' })

/** A certificate built by hand, for what issue.ts would never write. The signature is junk: reading does not check it. */
function handmade(
  wishes: { serial?: Buffer; version?: number; validity?: Buffer; inner?: Buffer; extensions?: Buffer[]; subject?: Buffer } = {},
): Buffer {
  const algorithm = sequence(oid('1.2.156.10197.1.501'))
  const subject = wishes.subject ?? leaf.certificate.subject.der
  const tbs = sequence(
    ...(wishes.version === 1 ? [] : [context(0, integer((wishes.version ?? 3) - 1))]),
    wishes.serial ?? integer(5),
    wishes.inner ?? algorithm,
    root.certificate.subject.der,
    wishes.validity ?? sequence(time(from), time(to)),
    subject,
    leaf.certificate.spki,
    ...(wishes.extensions === undefined ? [] : [context(3, sequence(...wishes.extensions))]),
  )
  return sequence(tbs, algorithm, bits(Buffer.alloc(8)))
}

describe('reading a certificate', () => {
  it('tells what is in it, the same from DER, PEM and base64', () => {
    const { der } = leaf.certificate
    for (const input of [der, pem(der), Buffer.from(pem(der)), der.toString('base64'), Buffer.from(der.toString('base64'))]) {
      const read = readCertificate(input)
      expect(read.der).to.deep.equal(der)
      expect(read.subject.text).to.equal('CN=051@临县公司@N91350200556207664B@1,O=演示银行,C=CN')
      expect(read.crlUrls).to.deep.equal(['http://crl.example/1.crl'])
      expect(read.ocspUrls).to.deep.equal(['http://ocsp.example/'])
      expect([...(read.keyUsage ?? [])]).to.deep.equal(['digitalSignature', 'nonRepudiation'])
      expect(read.authorityKeyId).to.equal(root.certificate.subjectKeyId)
      expect(read.notAfter).to.deep.equal(to)
    }
  })

  it('gives the facts other rooms keep', () => {
    const facts = certificateFacts(leaf.certificate)
    expect(facts).to.include({ algorithm: 'SM2', issuer: root.certificate.subject.text, notAfter: to.toISOString() })
    expect(facts.thumbprint).to.match(/^[0-9a-f]{64}$/)
    expect(facts.serial).to.match(/^[4-7][0-9a-f]{31}$/)
  })

  it('reads every certificate of a bundle, in order, whatever stands between', () => {
    const bundle = `# the bank's CAs\n${pem(root.certificate.der)}\nsubject=...\n${pem(leaf.certificate.der)}`
    expect(readPemBundle(bundle).map(each => each.thumbprint)).to.deep.equal([root.certificate.thumbprint, leaf.certificate.thumbprint])
  })

  it('agrees with openssl on names, serial, dates and uses', function () {
    const { out } = openssl(
      this,
      { 'leaf.pem': pem(leaf.certificate.der) },
      'x509',
      '-in',
      'leaf.pem',
      '-noout',
      '-text',
      '-serial',
      '-subject',
      '-nameopt',
      'RFC2253,-esc_msb,utf8',
    )
    expect(out).to.include(`serial=${leaf.certificate.serial.toUpperCase()}`)
    expect(out).to.include(`subject=${leaf.certificate.subject.text}`)
    expect(out).to.include('Digital Signature, Non Repudiation')
  })

  it('escapes what RFC 4514 wants escaped', () => {
    const tricky = makeUnder(root, '#a, b+c="d"\\; <e> ')
    expect(tricky.certificate.subject.text).to.equal('CN=\\#a\\, b\\+c=\\"d\\"\\\\\\; \\<e\\>\\ ,O=演示银行,C=CN')
    expect(valuesOf(tricky.certificate.subject, 'CN')).to.deep.equal(['#a, b+c="d"\\; <e> '])
  })

  it('calls names equal that differ in case, space and string type only', () => {
    const names = [utf8('Demo  Bank'), write(0x13, Buffer.from('demo bank')), write(0x1e, Buffer.from('DEMO BANK ', 'utf16le').swap16())].map(
      value => readCertificate(handmade({ subject: sequence(setOf(sequence(oid('2.5.4.3'), value))) })).subject.key,
    )
    expect(new Set(names).size).to.equal(1)
  })

  it('tolerates the oddities real CAs write', () => {
    const odd = readCertificate(
      handmade({
        extensions: [
          extension('2.5.29.15', write(0x03, Buffer.of(0, 0xc0))),
          extension('2.5.29.19', sequence(write(0x01, Buffer.of(0)))),
          extension('2.5.29.14', Buffer.from('not DER at all')),
          extension('2.5.29.31', sequence(sequence(context(0, context(0, write(0xa4, sequence())))))),
        ],
        subject: sequence(setOf(sequence(oid('2.5.4.10'), write(0x16, Buffer.from('中文', 'utf8')))), setOf(sequence(oid('2.5.4.45'), utf8('x')))),
      }),
    )
    expect([...(odd.keyUsage ?? [])]).to.deep.equal(['digitalSignature', 'nonRepudiation'])
    expect(odd.basicConstraints).to.deep.equal({ ca: false })
    expect(odd.crlUrls).to.deep.equal([])
    expect(valuesOf(odd.subject, 'O')).to.deep.equal(['中文'])
  })

  const refused: Record<string, Buffer | string> = {
    'an empty text': '',
    'a text that is no certificate': 'hello, this is not base64 !!',
    'a byte after the end': Buffer.concat([leaf.certificate.der, Buffer.of(0)]),
    'a cut file': leaf.certificate.der.subarray(0, -3),
    'more than 64 KiB': Buffer.concat([Buffer.of(0x30, 0x83, 1, 0, 0), Buffer.alloc(65_536)]),
    'another algorithm inside than outside': handmade({ inner: sequence(oid('1.2.840.113549.1.1.11')) }),
    'the same extension twice': handmade({
      extensions: [extension('2.5.29.15', bits(Buffer.of(0x80))), extension('2.5.29.15', bits(Buffer.of(0x04)))],
    }),
    'extensions in version 1': handmade({ version: 1, extensions: [extension('1.2.3', Buffer.of(5, 0))] }),
    'version 4': handmade({ version: 4 }),
    'an unreadable key usage': handmade({ extensions: [extension('2.5.29.15', Buffer.of(1, 2, 3))] }),
    'unreadable basic constraints': handmade({ extensions: [extension('2.5.29.19', integer(1))] }),
    'a time with a zone': handmade({ validity: sequence(write(0x17, Buffer.from('2601010000+0800')), time(to)) }),
    'the 30th of February': handmade({ validity: sequence(write(0x17, Buffer.from('260230000000Z')), time(to)) }),
    'an empty serial number': handmade({ serial: write(0x02) }),
    'a serial number of 41 octets': handmade({ serial: integer(Buffer.alloc(41, 1)) }),
  }
  for (const [what, bytes] of Object.entries(refused)) {
    it(`refuses ${what}`, () => expect(codeOf(() => readCertificate(bytes))).to.equal('certificate_malformed'))
  }

  it('refuses with a code, never with anything else, whatever bytes are changed', () => {
    const { der } = leaf.certificate
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), (index, value, cut) => {
        const changed = Buffer.from(der)
        changed[index] = value
        for (const bytes of [changed, der.subarray(0, cut)]) {
          try {
            void readCertificate(bytes).publicKey
          } catch (error) {
            if (!(error instanceof BrokerError)) throw error
          }
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('signature algorithms', () => {
  it('have one row each; SHA-1, MD5 and what nobody knows are refused', () => {
    expect(algorithmOf('1.2.156.10197.1.501').name).to.equal('SM2')
    for (const dotted of ['1.2.840.113549.1.1.5', '1.2.840.113549.1.1.4', '1.2.840.10045.4.1', '1.2.3']) {
      expect(codeOf(() => algorithmOf(dotted))).to.equal('algorithm_refused')
    }
  })

  it('refuse parameters that mean something', () => {
    expect(codeOf(() => algorithmIn(sequence(oid('1.2.840.113549.1.1.11'), integer(1))))).to.equal('algorithm_refused')
  })

  it('refuse a key of another kind and an RSA key below 2048 bits', async () => {
    const { generateKeyPairSync } = await import('node:crypto')
    const data = Buffer.from('data')
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
    expect(codeOf(() => algorithmOf('1.2.840.113549.1.1.11').verify(short.publicKey, data, Buffer.alloc(128)))).to.equal('algorithm_refused')
    const rsa = newKey.RSA()
    expect(algorithmOf('1.2.840.10045.4.3.2').verify(rsa.publicKey, data, Buffer.alloc(64))).to.equal(false)
    expect(algorithmOf('1.2.156.10197.1.501').verify(rsa.publicKey, data, Buffer.alloc(64))).to.equal(false)
    expect(algorithmOf('1.2.840.113549.1.1.11').verify(newKey.SM2().publicKey, data, Buffer.alloc(64))).to.equal(false)
  })
})

describe('DER', () => {
  it('of a deep nest costs no more than the walk: no stack overflow', () => {
    let nest: Buffer = Buffer.of(0x30, 0)
    while (nest.length < 60_000) nest = sequence(nest)
    expect(codeOf(() => new Certificate(nest))).to.equal('certificate_malformed')
  })

  it('refuses tags above 30, long lengths and padded object identifiers', () => {
    for (const bytes of [Buffer.of(0x1f, 0x20, 0), Buffer.of(0x30, 0x85, 0, 0, 0, 0, 0), Buffer.of(0x30, 0x81, 5, 0, 0, 0, 0, 0)]) {
      expect(codeOf(() => onlyElement(bytes))).to.equal('certificate_malformed')
    }
  })
})

describe('a second reader: pkijs', () => {
  const same = (ours: Certificate) => {
    const theirs = pkijs.Certificate.fromBER(new Uint8Array(ours.der))
    expect(Buffer.from(theirs.tbsView)).to.deep.equal(ours.tbs)
    expect(theirs.notBefore.value).to.deep.equal(ours.notBefore)
    expect(theirs.notAfter.value).to.deep.equal(ours.notAfter)
    expect(theirs.signatureAlgorithm.algorithmId).to.equal(ours.algorithm)
    expect(Buffer.from(theirs.signatureValue.valueBlock.valueHexView)).to.deep.equal(ours.signature)
    expect(
      Buffer.from(theirs.serialNumber.valueBlock.valueHexView)
        .toString('hex')
        .replace(/^00(?=.)/, ''),
    ).to.equal(ours.serial)
    expect((theirs.extensions ?? []).map(each => each.extnID)).to.deep.equal([...ours.extensions.keys()])
    expect(theirs.subject.typesAndValues.map(each => each.type)).to.deep.equal(ours.subject.attributes.map(each => each.oid))
  }

  it('reads our certificates as we do', () => {
    for (const algorithm of ['SM2', 'RSA', 'ECDSA'] as const) same(makeRoot('Root', {}, algorithm).certificate)
    same(leaf.certificate)
  })

  it('reads all of the real ones as we do', function () {
    const folder = needsShared(this, 'trust')
    let count = 0
    for (const part of ['roots', 'ca', 'bank']) {
      for (const file of readdirSync(join(folder, part))) {
        same(readCertificate(readFileSync(join(folder, part, file))))
        count++
      }
    }
    expect(count).to.equal(93)
  })
})
