import type { TrustVersionRow } from '../../storage/stores-trust.ts'
import { both } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { changeLines, whoDidIt } from './changes.ts'

/** Owns which versions touched one row of the list: their summaries say so line by line (change.ts, `tell`). */
export interface Mention {
  version: TrustVersionRow
  /** undefined: the summary was too long to be kept whole, so the row may be in the part that was cut */
  line: string | undefined
}

const MOST = 50
/** versions asked for at once, and how often: a summary is up to 20,000 characters long */
const BATCH = 100
const BATCHES = 10
/** decisions.ts cuts summaries here */
const CUT = 20_000

/** The versions that touched a row, the newest first; the latest thousand are looked through. @throws BrokerError database_unavailable */
export async function mentionsOf(id: string, versions: (limit: number, before?: number) => Promise<readonly TrustVersionRow[]>): Promise<Mention[]> {
  const found: Mention[] = []
  let before: number | undefined
  for (let batch = 0; batch < BATCHES && found.length <= MOST; batch++) {
    const rows = await versions(BATCH, before)
    found.push(...rows.flatMap(version => mention(id, version)))
    before = rows.at(-1)?.number
    if (rows.length < BATCH) break
  }
  return found
}

function mention(id: string, version: TrustVersionRow): Mention[] {
  const line = version.summary.split('\n').find(each => /^[+~-] /.test(each) && (each.slice(2) === id || each.startsWith(`${id} `, 2)))
  return line === undefined && version.summary.length < CUT ? [] : [{ version, line }]
}

export function rowHistory(id: string, history: readonly Mention[]): Markup {
  if (history.length === 0) return html`<p>${both({ zh: '最近的版本没有改过它。', en: 'None of the latest versions changed it.' })}</p>`
  return html`<ol class="versions">${history
    .slice(0, MOST)
    .map(
      ({ version, line }) =>
        html`<li><h3><a href="/trust/cas/${id}?version=${version.number}">${both({ zh: `第 ${version.number} 版`, en: `version ${version.number}` })}</a></h3>${whoDidIt(version)}${
          line === undefined
            ? html`<p class="quiet">${both({ zh: '这一版改动很多，摘要不全，可能也改了它。', en: 'This version changed so much that its summary was cut; it may have changed this row too.' })}</p>`
            : changeLines([line])
        }</li>`,
    )}</ol>${history.length > MOST && html`<p>${both({ zh: '更早还有。', en: 'There are earlier ones.' })}</p>`}`
}
