import type { CompanyShield, SealRow } from '../../storage/stores-seals.ts'
import { dayOf, minuteOf } from '../../web/beijing.ts'
import { type Fact, facts } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { kindOf } from '../life/kinds.ts'
import type { SealView } from '../life/room.ts'
import { drawing } from './drawing.ts'

/** What a seal is, in rows: the same on its own page and above the words that are signed. */
export function sealFacts(row: SealRow): Fact[] {
  const { zh, en } = kindOf(row.kind)
  return [
    { name: { zh: '类型', en: 'Kind' }, value: `${zh} ${en}` },
    { name: { zh: '名称', en: 'Name' }, value: row.name },
    ...(row.under === undefined ? [] : [{ name: { zh: '章内文字', en: 'Words below' }, value: row.under }]),
    ...(row.number === undefined ? [] : [{ name: { zh: '印章编码', en: 'Number' }, value: row.number }]),
    { name: { zh: '有效期', en: 'Valid' }, value: `${minuteOf(row.validFrom)} 至 ${minuteOf(row.validUntil)}` },
  ]
}

/** The picture, the facts, and whose shields, above the words. */
export function sealSummary(seal: SealView, shields: readonly CompanyShield[]): Markup {
  const people: Fact = {
    name: { zh: '可用的盾', en: 'Shields' },
    value: html`<ul class="seal-shields">${shields.map(
      ({ personName, notAfter, thumbprint }) =>
        html`<li>${personName} <span class="quiet">到 ${dayOf(notAfter)} · <span class="number">${thumbprint.slice(0, 8)}</span></span></li>`,
    )}</ul>`,
  }
  return html`<div class="seal-summary card">${drawing(seal, 'large')}${facts([...sealFacts(seal.row), people])}</div>`
}
