import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { algorithmFor } from '../../../server/pki/algorithms.ts'
import { ofd } from '../../../server/seals/ofd/ofd.ts'
import type { DocumentReport } from '../../../server/seals/report.ts'
import { at, complaints, isSilent, made, NS, page, seals, sesValue, signer, text, verify, XML } from './stage.ts'
import { rezip, unzip } from './zip.ts'

type Parts = Map<string, Buffer>
const SIGNATURE = 'Doc_0/Signs/Sign_0/Signature.xml'
const LIST = 'Doc_0/Signs/Signatures.xml'
const place = { places: [{ kind: 'at', page: 1, x: 60, y: 60 }] } as const

/** A sealed document whose signer wrote another Signature.xml than we do, and signed it. */
async function resigned(
  change: (xml: string, parts: Parts) => string,
  document = made({ pages: [page(text('甲')), page(text('乙'))] }),
): Promise<Parts> {
  const parts = unzip(await seals(document, place))
  const xml = Buffer.from(change(parts.get(SIGNATURE)?.toString() ?? '', parts))
  const signed = { digest: createHash('sm3').update(xml).digest(), property: `/${SIGNATURE}`, at }
  const value = sesValue.write(signed, algorithmFor(signer.privateKey).sign(signer.privateKey, sesValue.toSign(signed)))
  return parts.set(SIGNATURE, xml).set('Doc_0/Signs/Sign_0/SignedValue.dat', value)
}

async function edited(change: (parts: Parts) => void): Promise<DocumentReport> {
  const parts = unzip(await seals(made({ pages: [page(text('甲')), page(text('乙'))] }), place))
  change(parts)
  return verify(rezip(parts))
}

const replace = (parts: Parts, name: string, from: string | RegExp, to: string): void => {
  const before = parts.get(name)?.toString() ?? ''
  expect(before.replace(from, to), `${name} has ${from}`).not.to.equal(before)
  parts.set(name, Buffer.from(before.replace(from, to)))
}

const base64 = (hash: string, bytes: Buffer | undefined): string =>
  createHash(hash)
    .update(bytes ?? '')
    .digest('base64')

describe('OFD judging', () => {
  it('holds when nothing but the order of references and attributes is another', async () => {
    const parts = await resigned(xml => xml.replace(/(<ofd:Reference .*?<\/ofd:Reference>)(<ofd:Reference .*?<\/ofd:Reference>)/, '$2$1'))
    expect(isSilent(await verify(rezip(parts)))).to.equal(true)
  })

  for (const [method, hash, answer] of [
    ['SM3', 'sm3', 'yes'],
    ['1.2.156.10197.1.401.2', 'sm3', 'yes'],
    ['SHA256', 'sha256', 'yes'],
    ['MD5', 'md5', 'unknown'],
    ['SHA1', 'sha1', 'unknown'],
    [undefined, 'md5', 'unknown'],
    ['CRC32', 'md5', 'no'],
  ] as const) {
    it(`digests by ${method ?? 'no name, which the standard takes for MD5'}: intact is ${answer}`, async () => {
      const parts = await resigned((xml, all) =>
        xml
          .replace(/ CheckMethod="[^"]*"/, method === undefined ? '' : ` CheckMethod="${method}"`)
          .replaceAll(
            /FileRef="\/([^"]*)"><ofd:CheckValue>[^<]*</g,
            (_, name: string) => `FileRef="/${name}"><ofd:CheckValue>${base64(hash, all.get(name))}<`,
          ),
      )
      const report = await verify(rezip(parts))
      expect(report.seals[0]?.intact).to.equal(answer)
      expect(complaints(report).includes('digest-method')).to.equal(answer !== 'yes')
    })
  }

  for (const [sentence, change, code] of [
    ['no references at all', (xml: string) => xml.replace(/<ofd:Reference .*<\/ofd:Reference>/, ''), 'references'],
    ['a reference to a part that is not there', (xml: string) => xml.replace('FileRef="/OFD.xml"', 'FileRef="/More.xml"'), 'reference-missing'],
    ['a reference outside the package', (xml: string) => xml.replace('FileRef="/OFD.xml"', 'FileRef="../../../../etc/passwd"'), 'reference-outside'],
    ['a digest that is no base64', (xml: string) => xml.replace(/CheckValue>[^<]*</, 'CheckValue>****<'), 'reference-malformed'],
    ['a page left out', (xml: string) => xml.replace(/<ofd:Reference FileRef="\/Doc_0\/Pages\/Page_1.*?<\/ofd:Reference>/, ''), 'coverage'],
    ['OFD.xml left out', (xml: string) => xml.replace(/<ofd:Reference FileRef="\/OFD.xml.*?<\/ofd:Reference>/, ''), 'coverage'],
    ['two lists of references', (xml: string) => xml.replace('</ofd:SignedInfo>', '<ofd:References/></ofd:SignedInfo>'), 'signature-file'],
    [
      'two places of its value',
      (xml: string) => xml.replace('</ofd:Signature>', '<ofd:SignedValue>/x</ofd:SignedValue></ofd:Signature>'),
      'signature-file',
    ],
    ['a value that is not there', (xml: string) => xml.replace('SignedValue.dat', 'Value.dat'), 'value-file'],
    ['a value outside the package', (xml: string) => xml.replace('/Doc_0/Signs/Sign_0/SignedValue.dat', '/../x'), 'value-file'],
    ['a seal beside it that is not there', (xml: string) => xml.replace('BaseLoc>/Doc_0/Signs/Sign_0/Seal.esl', 'BaseLoc>/Doc_0/x.esl'), 'seal-copy'],
  ] as const) {
    it(`refuses a signature with ${sentence}, though its signer signed that`, async () => {
      const report = await verify(rezip(await resigned(change)))
      expect(report.seals[0]?.intact).to.equal('no')
      expect(complaints(report)).to.include(code)
      expect(report.seals[0]?.covers.whole && report.findings.length === 0 && code === 'coverage').not.to.equal(true)
    })
  }

  it('refuses a seal beside the signature that is not the one in it, though it is protected', async () => {
    const parts = await resigned((xml, all) => {
      const other = Buffer.from('30020500', 'hex')
      all.set('Doc_0/Signs/Sign_0/Seal.esl', other)
      return xml.replace(/(Seal\.esl"><ofd:CheckValue>)[^<]*/, `$1${base64('sm3', other)}`)
    })
    const report = await verify(rezip(parts))
    expect(report.seals[0]?.checks.filter(({ of, ok }) => of === 'intact' && ok === 'no').map(({ code }) => code)).to.deep.equal(['seal-copy'])
  })

  it('reads places of parts that are relative, or lack the first slash', async () => {
    const parts = await resigned(xml =>
      xml
        .replace('FileRef="/OFD.xml"', 'FileRef="OFD.xml"')
        .replace('/Doc_0/Signs/Sign_0/SignedValue.dat', 'SignedValue.dat')
        .replace('BaseLoc>/Doc_0/Signs/Sign_0/', 'BaseLoc>./'),
    )
    replace(parts, LIST, '/Doc_0/Signs/Sign_0/', 'Sign_0/')
    expect(isSilent(await verify(rezip(parts)))).to.equal(true)
  })

  for (const [sentence, change, code] of [
    ['on a page that is not there', (xml: string) => xml.replace('PageRef="1"', 'PageRef="7"'), 'stamp-page'],
    ['beyond the page', (xml: string) => xml.replace(/ Boundary="[^"]*"/, ' Boundary="200 60 40 40"'), 'stamp-outside'],
    ['with nothing to see', (xml: string) => xml.replace(/ Boundary="[^"]*"/, ' Boundary="20 60 40 0"'), 'stamp-invisible'],
    ['cut to nothing', (xml: string) => xml.replace(/ Boundary="[^"]*"/, '$& Clip="50 50 40 40"'), 'stamp-invisible'],
    ['whose box is no box', (xml: string) => xml.replace(/ Boundary="[^"]*"/, ' Boundary="x"'), 'stamp-invisible'],
    ['with one number for two places', (xml: string) => xml.replace(/<ofd:StampAnnot [^>]*>/, '$&$&'), 'stamp-twice'],
  ] as const) {
    it(`tells of a seal ${sentence}, which holds all the same`, async () => {
      const report = await verify(rezip(await resigned(change)))
      expect([report.seals[0]?.intact, ...complaints(report)]).to.deep.equal(['yes', code])
    })
  }

  it('tells of a seal that lies under a later one', async () => {
    const twice = await seals(await seals(made(), place), { id: 'two', places: [{ kind: 'at', page: 1, x: 70, y: 65 }] })
    const report = await verify(twice)
    expect(report.seals.map(({ checks }) => checks.find(({ code }) => code === 'stamp-covered')?.facts)).to.deep.equal([
      's002@1<2. /Doc_0/Signs/Sign_1/Signature.xml',
      undefined,
    ])
  })

  it('tells of a seal that lies under an annotation, unless that draws nothing', async () => {
    const annotation = (more: string) =>
      `<ofd:PageAnnot ${NS}><ofd:Annot ID="8" Type="Stamp"${more}><ofd:Appearance Boundary="50 50 60 60"><ofd:PathObject/></ofd:Appearance></ofd:Annot></ofd:PageAnnot>`
    const document = (more: string) =>
      made({
        document: '<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>',
        parts: {
          'Doc_0/Annots/Annotations.xml': `<ofd:Annotations ${NS}><ofd:Page PageID="1"><ofd:FileLoc>Page_0.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>`,
          'Doc_0/Annots/Page_0.xml': annotation(more),
        },
      })
    expect(complaints(await verify(await seals(document(''), place)))).to.deep.equal(['stamp-covered'])
    expect(complaints(await verify(await seals(document(' Visible="false"'), place)))).to.deep.equal([])
  })

  describe('names', () => {
    it('a signature that the list does not name', async () => {
      const report = await edited(parts => replace(parts, LIST, /<ofd:Signature .*?\/>/, ''))
      expect(report.findings.map(({ code }) => code)).to.include.members(['list-empty', 'signature-hidden'])
    })

    it('a signature of another name in a folder of another name', async () => {
      const report = await edited(parts => parts.set('Doc_0/Res/data.xml', parts.get(SIGNATURE) ?? Buffer.alloc(0)))
      expect(report.findings.map(({ code, facts }) => [code, facts])).to.deep.equal([
        ['signature-hidden', '/Doc_0/Res/data.xml'],
        ['unprotected', 'other: /Doc_0/Res/data.xml'],
      ])
    })

    it('a signature listed that is not there', async () => {
      const report = await edited(parts =>
        replace(parts, LIST, '</ofd:Signatures>', '<ofd:Signature ID="s9" Type="Seal" BaseLoc="Sign_9/Signature.xml"/></ofd:Signatures>'),
      )
      expect(report.seals.map(({ id, kind, intact }) => [id, kind, intact])[1]).to.deep.equal(['/Doc_0/Signs/Sign_9/Signature.xml', 'unknown', 'no'])
    })

    it('a signature listed twice, and an ID twice', async () => {
      for (const id of ['s9', 's001']) {
        const report = await edited(parts =>
          replace(
            parts,
            LIST,
            '</ofd:Signatures>',
            `<ofd:Signature ID="${id}" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"/></ofd:Signatures>`,
          ),
        )
        expect(complaints(report)).to.include('signature-twice')
      }
    })

    it('a list that is not there or cannot be read', async () => {
      for (const change of [(parts: Parts) => void parts.delete(LIST), (parts: Parts) => void parts.set(LIST, Buffer.from('<!DOCTYPE x><x/>'))])
        expect(complaints(await edited(change))).to.include('list-missing')
    })

    it('a document that cannot be read any more', async () => {
      const report = await edited(parts => parts.set('Doc_0/Document.xml', Buffer.from('<no')))
      expect(complaints(report)).to.include.members(['structure', 'reference-changed'])
    })

    it('pages that share an ID, and a page that is not there', async () => {
      const report = await edited(parts => {
        replace(parts, 'Doc_0/Document.xml', 'ID="2"', 'ID="1"')
        parts.delete('Doc_0/Pages/Page_1/Content.xml')
      })
      expect(complaints(report)).to.include.members(['page-twice', 'page-missing', 'reference-missing'])
    })

    it('another document in the package, and versions', async () => {
      const report = await edited(parts =>
        replace(
          parts,
          'OFD.xml',
          '</ofd:DocBody>',
          '<ofd:Versions><ofd:Version ID="1" Index="1" BaseLoc="V/1.xml"/></ofd:Versions></ofd:DocBody><ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody>',
        ),
      )
      expect(complaints(report)).to.include.members(['several-documents', 'versions', 'structure', 'reference-changed'])
    })

    it('two documents that share one list', async () => {
      const report = await edited(parts => replace(parts, 'OFD.xml', /<ofd:DocBody>.*<\/ofd:DocBody>/, '$&$&'))
      expect(complaints(report)).to.include('signatures-shared')
    })

    it('parts added after a seal that only a later seal protects, as a note of the first', async () => {
      const parts = unzip(await seals(made(), place)).set('Doc_0/more.bin', Buffer.from('x'))
      const report = await verify(await seals(rezip(parts), { id: 'two' }))
      expect(report.findings).to.deep.equal([])
      expect(report.seals.map(({ intact, covers }) => [intact, covers.whole])).to.deep.equal([
        ['yes', false],
        ['yes', true],
      ])
      expect(report.seals[0]?.checks.find(({ code }) => code === 'later-parts')?.facts).to.equal('/Doc_0/more.bin')
    })

    it('parts that only a broken signature claims to protect', async () => {
      const parts = unzip(await seals(made(), place)).set('Doc_0/more.bin', Buffer.from('x'))
      const twice = unzip(await seals(rezip(parts), { id: 'two' }))
      twice.set('Doc_0/Signs/Sign_1/SignedValue.dat', Buffer.from('nonsense'))
      expect((await verify(rezip(twice))).findings.map(({ facts }) => facts)).to.deep.equal(['other: /Doc_0/more.bin'])
    })
  })

  it('lets a judge that fails fail, and tells of a value that it refuses', async () => {
    const sealed = await seals(made(), place)
    const failing = (error: Error) => ofd.verify(sealed, { value: () => Promise.reject(error) })
    const report = await failing(new BrokerError('seal_malformed', 'too long'))
    expect(report.seals[0]?.checks.find(({ code }) => code === 'value-unreadable')?.facts).to.equal('seal_malformed: too long')
    let thrown: unknown
    await failing(new Error('no database')).catch(error => {
      thrown = error
    })
    expect(String(thrown)).to.include('no database')
  })

  it('judges as many seals as are allowed, and tells that there are more', async () => {
    const report = await edited(parts => {
      const many = Array.from({ length: 300 }, (_, i) => `<ofd:Signature ID="t${i}" BaseLoc="Sign_${i + 10}/Signature.xml"/>`).join('')
      replace(parts, LIST, '</ofd:Signatures>', `${many}</ofd:Signatures>`)
    })
    expect(report.seals).to.have.length(200)
    expect(report.findings.find(({ code }) => code === 'seals-too-many')?.facts).to.equal('200/301')
  })

  it('takes the time of signing as files write it, for China', async () => {
    for (const [words, iso] of [
      ['2020-07-16 16:05:36', '2020-07-16T08:05:36.000Z'],
      ['20200716160536', '2020-07-16T08:05:36.000Z'],
      ['2020-07-16T16:05:36.123+09:00', '2020-07-16T07:05:36.000Z'],
      ['20200716080536Z', '2020-07-16T08:05:36.000Z'],
      ['yesterday', undefined],
    ] as const) {
      const parts = await resigned(xml => xml.replace(/(SignatureDateTime>)[^<]*/, `$1${words}`))
      expect((await verify(rezip(parts))).seals[0]?.claimedAt).to.equal(iso)
    }
  })

  it('knows an OFD by its first kilobyte', () => {
    expect(ofd.recognises(made().subarray(0, 1024))).to.equal(true)
    for (const other of [
      Buffer.alloc(0),
      Buffer.from('PK'),
      Buffer.from('%PDF-1.7'),
      Buffer.from(`PK\u0003\u0004${'x'.repeat(30)}[Content_Types].xml`),
      Buffer.from(XML),
    ])
      expect(ofd.recognises(other)).to.equal(false)
  })
})
