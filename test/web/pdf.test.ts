import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import { makePdf, unpackWoff } from '../../server/web/pdf.ts'

describe('PDF documents', () => {
  const woff = readFileSync(createRequire(import.meta.url).resolve('@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-400-normal.woff'))

  it('carry the pages’ font as text that can be selected, and only the characters they use', async () => {
    const make = () => makePdf({ title: '示范', author: '示范', at: new Date(0) }, pdf => void pdf.font('text').text('法人授权书 Mandate 2026'))
    const [one, two] = await Promise.all([make(), make()])
    expect(one.equals(two)).to.equal(true)
    expect(one.length).to.be.within(2_000, 40_000)
    const words = one.toString('latin1')
    expect(words)
      .to.include('/ToUnicode')
      .and.include('/FontFile2')
      .and.match(/\/BaseFont \/[A-Z]{6}\+/)
  })
  it('take a font out of its package as it was', () => {
    const font = unpackWoff(woff)
    expect(font.length).to.be.within(woff.length, woff.readUInt32BE(16) + 4)
    expect(font.readUInt16BE(4)).to.equal(woff.readUInt16BE(12))
  })
  it('take nothing that is no font', () => {
    expect(() => unpackWoff(Buffer.from('wOF2'))).to.throw(TypeError)
    expect(() => unpackWoff(Buffer.alloc(100))).to.throw(TypeError)
  })
})
