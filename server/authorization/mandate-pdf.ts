import { minuteOf } from '../web/beijing.ts'
import { makePdf, type Pdf } from '../web/pdf.ts'
import type { MandateView } from './mandates.ts'
import { termRows } from './pages/terms.ts'
import { stateNames } from './pages/words.ts'
import type { MandateTerms } from './terms.ts'

/** A mandate as a PDF: a rendering for people and files. What was signed is the text, whose digest stands on it; the PDF itself carries no power. */
export interface MandateSignature {
  role: string
  name: string
  /** ISO 8601 */
  at: string
  /** subject and serial number, or the thumbprint alone where the certificate is not in this company's register */
  certificate: string
}

export interface MandatePdf {
  mandate: MandateView
  terms: MandateTerms
  /** SM3 of the signed text */
  digest: string
  signatures: readonly MandateSignature[]
  centerName: (id: string) => string
}

const INK = '#1a2030'
const QUIET = '#5b6270'
const LINE = '#d9d6cf'
const LABEL = 118

export function mandatePdf({ mandate: { row, state }, terms, digest, signatures, centerName }: MandatePdf): Promise<Buffer> {
  const info = { title: `法人授权书 ${terms.id}`, author: terms.company.name, at: new Date(row.updatedAt) }
  return makePdf(info, pdf => {
    pdf.font('strong').fontSize(22).fillColor(INK).text('法人授权书', { align: 'center' })
    pdf.font('text').fontSize(10).fillColor(QUIET).text('Mandate', { align: 'center' })
    pdf.moveDown(1.2)
    pdf.font('strong').fontSize(13).fillColor(INK).text(terms.company.name)
    pdf.font('text').fontSize(10).fillColor(QUIET).text(`统一社会信用代码 ${terms.company.uscc}`)
    pdf.moveDown(0.8)
    for (const { name, value } of termRows(terms, centerName)) line(pdf, `${name.zh} ${name.en}`, value)
    line(pdf, '状态 State', `${stateNames[state].zh}（${minuteOf(row.updatedAt)} 起的记录，以平台查询为准）`)

    heading(pdf, '签名 Signatures')
    if (signatures.length === 0) line(pdf, '—', '尚未签名 Not signed')
    for (const { role, name, at, certificate } of signatures) line(pdf, role, `${name} · ${minuteOf(at)}\n${certificate}`)

    heading(pdf, '说明 Note')
    pdf
      .font('text')
      .fontSize(9.5)
      .fillColor(INK)
      .text(
        '本文件是授权书的可读版式，不能单独作为授权凭证。以被授权人和授权人用盾签名的文本为准；在平台查询可核对签名和当前状态。下面是所签文本的 SM3 摘要。',
        { lineGap: 3 },
      )
    pdf.moveDown(0.3)
    pdf
      .fontSize(8.5)
      .fillColor(QUIET)
      .text('This PDF is a rendering. What decides is the text that was signed with the shields; below is the SM3 digest of that text.', {
        lineGap: 2,
      })
    pdf.moveDown(0.5)
    pdf.fontSize(9).fillColor(INK).text(`SM3 ${digest}`)
    footers(pdf, terms.id)
  })
}

function heading(pdf: Pdf, text: string): void {
  keepTogether(pdf, 130)
  pdf.moveDown(0.9)
  pdf.font('strong').fontSize(12).fillColor(INK).text(text, left(pdf), pdf.y)
  pdf.moveDown(0.4)
}

function line(pdf: Pdf, name: string, value: string): void {
  const width = pdf.page.width - pdf.page.margins.left - pdf.page.margins.right
  pdf.font('text').fontSize(10.5)
  const height = Math.max(pdf.heightOfString(value, { width: width - LABEL, lineGap: 3 }), 16)
  keepTogether(pdf, height + 10)
  const top = pdf.y
  pdf
    .moveTo(left(pdf), top)
    .lineTo(left(pdf) + width, top)
    .lineWidth(0.6)
    .strokeColor(LINE)
    .stroke()
  pdf
    .fontSize(9)
    .fillColor(QUIET)
    .text(name, left(pdf), top + 6, { width: LABEL - 10, lineGap: 2 })
  const below = pdf.y
  pdf
    .fontSize(10.5)
    .fillColor(INK)
    .text(value, left(pdf) + LABEL, top + 5, { width: width - LABEL, lineGap: 3 })
  pdf.x = left(pdf)
  pdf.y = Math.max(below, pdf.y) + 4
}

function keepTogether(pdf: Pdf, height: number): void {
  if (pdf.y + height > pdf.page.height - pdf.page.margins.bottom) pdf.addPage()
}

const left = (pdf: Pdf): number => pdf.page.margins.left

function footers(pdf: Pdf, id: string): void {
  const { start, count } = pdf.bufferedPageRange()
  for (let i = start; i < start + count; i++) {
    pdf.switchToPage(i)
    // below the margin the library would begin a new page
    const { bottom } = pdf.page.margins
    pdf.page.margins.bottom = 0
    pdf
      .font('text')
      .fontSize(8)
      .fillColor(QUIET)
      .text(`授权书 ${id} · 第 ${i - start + 1} 页，共 ${count} 页 · 可读版式，以签名文本为准`, left(pdf), pdf.page.height - 44, { lineBreak: false })
    pdf.page.margins.bottom = bottom
  }
}
