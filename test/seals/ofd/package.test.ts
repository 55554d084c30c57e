import { expect } from 'chai'
import { OfdPackage } from '../../../server/seals/ofd/package.ts'
import { refusal } from './refusals.ts'
import { pack, parts, seals, verify } from './stage.ts'
import { type Part, part, rezip, unzip, zip } from './zip.ts'

const honest = (): Part[] => Object.entries(parts()).map(([name, content]) => part(name, content))
const with_ = (...more: Part[]): Buffer => zip([...honest(), ...more])
const last = (bytes: Buffer, change: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(bytes)
  change(copy)
  return copy
}

/** The same package in ZIP64 words: its directory's end says where the real end is. */
function zip64(): Buffer {
  const plain = zip(honest())
  const [size, start, count] = [plain.readUInt32LE(plain.length - 10), plain.readUInt32LE(plain.length - 6), plain.readUInt16LE(plain.length - 12)]
  const end = Buffer.alloc(56)
  end.writeUInt32LE(0x06064b50)
  end.writeBigUInt64LE(44n, 4)
  for (const [at, value] of [
    [24, count],
    [32, count],
    [40, size],
    [48, start],
  ] as const)
    end.writeBigUInt64LE(BigInt(value), at)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50)
  locator.writeBigUInt64LE(BigInt(plain.length - 22), 8)
  locator.writeUInt32LE(1, 16)
  const tail = Buffer.from(plain.subarray(plain.length - 22))
  tail.fill(0xff, 8, 20)
  return Buffer.concat([plain.subarray(0, plain.length - 22), end, locator, tail])
}

describe('OFD packages', () => {
  for (const [sentence, bytes, words] of [
    ['a text', () => Buffer.from('no package at all, whatever its name says'), 'no ZIP package'],
    ['nothing', () => Buffer.alloc(0), 'no ZIP package'],
    ['a package that is cut', () => zip(honest()).subarray(0, -30), 'no ZIP package'],
    ['a package without OFD.xml', () => zip(honest().slice(1)), 'no OFD.xml'],
    ['an OFD.xml in other letters', () => zip([part('ofd.XML', parts()['OFD.xml'] ?? ''), ...honest().slice(1)]), 'no OFD.xml'],
    ['a comment, in which a second directory may stand', () => zip(honest(), { comment: 'hello' }), 'bytes behind its end'],
    ['bytes behind the end', () => Buffer.concat([zip(honest()), Buffer.from('x')]), 'bytes behind its end'],
    ['bytes before the first part', () => zip(honest(), { before: Buffer.from('#!/bin/sh\n') }), 'belong to no part'],
    ['bytes between parts', () => with_(part('a', 'a', { gap: Buffer.from('PK\u0003\u0004 another') })), 'belong to no part'],
    ['a part twice', () => with_(part('OFD.xml', 'second')), 'a part twice'],
    ['names that differ by case', () => with_(part('doc_0/document.XML', 'second')), 'differ by case alone'],
    ['names that differ by how letters are composed', () => with_(part('é', 'one'), part('e\u0301', 'two')), 'differ by case alone'],
    ['a name that climbs out', () => with_(part('../evil', 'x')), 'outside the package'],
    ['a name that climbs out from inside', () => with_(part('Doc_0/../../evil', 'x')), 'outside the package'],
    ['a name with a step that stays', () => with_(part('Doc_0/./x', 'x')), 'outside the package'],
    ['a name with an empty step', () => with_(part('Doc_0//x', 'x')), 'outside the package'],
    ['an absolute name', () => with_(part('/etc/passwd', 'x')), 'absolute'],
    ['a name of Windows', () => with_(part('Doc_0\\x', 'x')), 'no path'],
    ['a name with a drive', () => with_(part('C:x', 'x')), 'no path'],
    ['a name with a zero', () => with_(part('a\u0000b', 'x')), 'no path'],
    ['a name that Windows shortens', () => with_(part('Doc_0/x.', 'x')), 'read differently'],
    ['a device', () => with_(part('Doc_0/NUL.xml', 'x')), 'read differently'],
    ['a name that is not UTF-8 though it says so', () => with_(part('a', 'x', { name: Buffer.from([0xff, 0xfe]) })), 'not UTF-8'],
    ['no name', () => with_(part('', 'x')), 'name of 0 bytes'],
    ['a name longer than any', () => with_(part('a'.repeat(2000), 'x')), 'name of 2000 bytes'],
    ['a part inside another part', () => with_(part('OFD.xml/x', 'x')), 'inside another part'],
    ['a folder with bytes in it', () => with_(part('Doc_0/Empty/', 'x')), 'folder with bytes'],
    ['an encrypted part', () => with_(part('a', 'x', { flags: 0x801 })), 'encrypted'],
    ['a part packed by another method', () => with_(part('a', 'x', { method: 12 })), 'method 12'],
    ['a link', () => with_(part('a', '/etc/passwd', { attributes: 0o120777 * 65536 })), 'a link'],
    ['a second name in an extra field', () => with_(part('a', 'x', { extra: Buffer.from([0x75, 0x70, 1, 0, 1]) })), 'second name'],
    ['an extra field that is cut', () => with_(part('a', 'x', { extra: Buffer.from([1, 2, 9, 0, 1]) })), 'fields that are cut'],
    ['a header with another name', () => with_(part('a', 'x', { local: { name: 'b' } })), 'describe differently'],
    ['a header with another size', () => with_(part('a', 'x', { local: { size: 7 } })), 'describe differently'],
    ['a header with another checksum', () => with_(part('a', 'x', { local: { crc: 7 } })), 'describe differently'],
    ['parts that share their bytes', () => with_(part('a', 'x', { listed: { offset: 0 } })), 'describe differently'],
    ['parts that overlap', overlapping, 'overlap'],
    ['a part that says to lie behind the end', () => with_(part('a', 'x', { listed: { offset: 0x7fffffff } })), 'describe differently'],
    [
      'sizes behind the bytes that are others',
      () => last(with_(part('a', 'x', { flags: 0x808 })), copy => copy.writeUInt8(9, copy.lastIndexOf(Buffer.from([0x50, 0x4b, 7, 8])) + 12)),
      'not where they belong',
    ],
    ['a stored part of two sizes', () => with_(part('a', 'xy', { stored: true, listed: { size: 1 }, local: { size: 1 } })), 'two sizes'],
    ['more parts than the directory has', () => zip(honest(), { count: 9 }), 'directory that is damaged'],
    ['fewer parts than the directory has', () => zip(honest(), { count: 1 }), 'longer than its entries'],
    ['more parts than anybody needs', () => last(zip(honest()), copy => copy.fill(0xfe, copy.length - 14, copy.length - 10)), '65278 parts'],
    ['a directory that lies elsewhere', () => last(zip(honest()), copy => copy.writeUInt32LE(1, copy.length - 6)), 'not where it says'],
    ['several disks', () => last(zip(honest()), copy => copy.writeUInt16LE(1, copy.length - 18)), 'several disks'],
    ['a bomb', () => with_(part('a', Buffer.alloc(8 * 1024 * 1024))), 'inflates'],
    [
      'a part that says to be larger than all may be',
      () => with_(part('a', 'x', { listed: { size: 0x7fffffff }, local: { size: 0x7fffffff } })),
      'of more than',
    ],
    [
      'parts that are together larger than all may be',
      () => zip(Array.from({ length: 5 }, (_, i) => part(`${i}`, 'x', { listed: { size: 60e6 }, local: { size: 60e6 } }))),
      'of more than',
    ],
    ['two directories that differ', () => last(zip64(), copy => copy.writeUInt16LE(1, copy.length - 14)), 'two directories'],
    ['a ZIP64 directory that lies elsewhere', () => last(zip64(), copy => copy.writeUInt32LE(7, copy.length - 34)), 'not where it says'],
    ['a ZIP64 directory beyond any file', () => last(zip64(), copy => copy.writeUInt32LE(7, copy.length - 30)), 'beyond this file'],
  ] as const) {
    it(`refuses ${sentence}`, async () => {
      const document = bytes()
      for (const call of [() => verify(document), () => seals(document)]) {
        const refused = await refusal(call)
        expect(refused.code).to.equal('seal_document_unusable')
        expect(refused.facts).to.include(words)
      }
    })
  }

  it('refuses 65 MB before it looks inside', async () => {
    expect((await refusal(() => new OfdPackage(Buffer.alloc(65 * 1024 * 1024)))).facts).to.include('bytes')
  })

  it('inflates no further than the directory says, and tells the part that says less than it holds', async () => {
    const sealed = unzip(await seals(pack(parts())))
    const lying = zip([
      ...[...sealed].map(([name, bytes]) => part(name, bytes)),
      part('a', 'x'.repeat(5000), { listed: { size: 3 }, local: { size: 3 } }),
    ])
    const report = await verify(lying)
    expect(report.findings.map(({ code }) => code)).to.deep.equal(['part-damaged', 'unprotected'])
    expect((await refusal(() => seals(lying))).facts).to.include('damaged part: a')
  })

  it('tells a part whose bytes do not fit its checksum, and seals no such package', async () => {
    const bad = zip([...honest(), part('a', 'x', { listed: { crc: 5 }, local: { crc: 5 } })])
    expect((await verify(bad)).findings.map(({ code, facts }) => [code, facts])).to.deep.equal([['part-damaged', '/a']])
    expect((await refusal(() => seals(bad))).code).to.equal('seal_document_unusable')
  })

  it('reads stored parts, sizes behind the bytes, folders, names in GB 18030 and ZIP64, and keeps them through sealing', async () => {
    const more = [
      part('Doc_0/Res/', '', { stored: true }),
      part('Doc_0/Res/a.png', 'picture', { stored: true }),
      part('Doc_0/Res/b.png', 'picture', { flags: 0x808 }),
    ]
    const gb = part('', 'x', { name: Buffer.concat([Buffer.from('Doc_0/'), Buffer.from([0xb9, 0xab, 0xb8, 0xe6])]), flags: 0 })
    for (const document of [with_(...more, gb), zip64()]) {
      const sealed = await seals(await seals(document), { id: 'two' })
      const report = await verify(sealed)
      expect(report.findings).to.deep.equal([])
      expect(report.seals.map(({ intact, covers }) => [intact, covers.whole])).to.deep.equal([
        ['yes', true],
        ['yes', true],
      ])
    }
    expect(new OfdPackage(with_(gb)).paths).to.include('/Doc_0/公告')
    expect(rezip(unzip(with_(...more))).length).to.be.greaterThan(0)
  })

  it('finds parts whatever case a document names them in', () => {
    const of = new OfdPackage(zip(honest()))
    expect(of.find('/DOC_0/document.xml')).to.equal('/Doc_0/Document.xml')
  })
})

/** A second directory entry for the middle of a part that looks like a header of its own. */
function overlapping(): Buffer {
  const inner = zip([part('inner', 'x', { stored: true })])
  const header = inner.subarray(0, inner.indexOf('PK\u0001\u0002'))
  const holder = part('Doc_0/holder', Buffer.concat([header, Buffer.from('rest')]), { stored: true })
  const at = zip([...honest(), holder]).indexOf(header)
  const second = part('inner', 'x', { stored: true, listed: { offset: at } })
  // its own header is written too, and then lies in nobody's part: the overlap is seen first
  return zip([...honest(), holder, second])
}
