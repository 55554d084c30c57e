import { both } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

/** Owns the way between the operator's pages of the trust list; they are mounted at /trust. */
const places = {
  list: { path: '/trust', zh: '机构列表', en: 'CAs' },
  ends: { path: '/trust/ends', zh: '到期与吊销', en: 'What ends next' },
  changes: { path: '/trust/changes', zh: '变更与提案', en: 'Changes' },
  explain: { path: '/trust/explain', zh: '解释证书', en: 'Explain' },
} as const satisfies Record<string, Words & { path: string }>
export type Place = keyof typeof places

/** @param here the page now shown; a CA's own page is none of them */
export function placesNav(here: Place | 'ca'): Markup {
  return html`<nav class="places" aria-label="信任列表 Trust list"><ul>${Object.entries(places).map(
    ([id, { path: address, ...words }]) => html`<li><a href="${address}"${id === here && html` aria-current="page"`}>${both(words)}</a></li>`,
  )}</ul></nav>`
}

/** Links to the neighbouring pages of something long. @param query what the page was asked for besides */
export function paging(
  path: '/trust' | '/trust/ends',
  query: Readonly<Record<string, string>>,
  { page, pages }: { page: number; pages: number },
): Markup | false {
  if (pages < 2) return false
  const to = (number: number, words: Words) => {
    const address = at(path, { ...query, page: String(number) })
    return html`<a class="button button-secondary" href="${address}">${both(words)}</a>`
  }
  return html`<nav class="paging" aria-label="翻页 Pages">${page > 1 && to(page - 1, { zh: '上一页', en: 'Previous' })}
<span class="number">${page} / ${pages}</span>
${page < pages && to(page + 1, { zh: '下一页', en: 'Next' })}</nav>`
}

/** A page of these with what it is asked for. */
export function at(path: '/trust' | '/trust/ends', query: Readonly<Record<string, string>>): string {
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''))
  return given.size === 0 ? path : `${path}?${given}`
}
