import type { Certificate } from '../../pki/certificate.ts'
import { defaultRule, type RevocationPurpose } from '../../pki/revocation-rule.ts'
import type { SourceState } from '../../pki/revocation-sources.ts'
import { dayOf } from '../../web/beijing.ts'
import { badge, both, type Fact, facts, linkButton, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { validityBar } from '../../web/horizon.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { TrustedCa } from '../entry.ts'
import { placesNav } from './nav.ts'
import { type Mention, rowHistory } from './row-history.ts'
import { sourceTable } from './sources.ts'
import { filingNames, holderNames, stateNames, stateOf, stateTones, useNames } from './words.ts'
import { purposeNames, ruleInWords } from './words-more.ts'

/** Everything one row of the list says, its certificates with their validity, its rules in words, and how it came to be so. */
export interface RecordView {
  ca: TrustedCa
  /** in the order of the row */
  certificates: readonly { role: 'anchor' | 'intermediate'; certificate: Certificate }[]
  /** the version shown, and the one in force */
  version: number
  current: number
  /** certificates of holders taken in */
  holders: number
  sources: readonly SourceState[]
  history: readonly Mention[]
  now: Date
}

export function recordPage({ ca, certificates, version, current, holders, sources, history, now }: RecordView): string {
  const state = stateOf(ca, now)
  return page({
    title: ca.name,
    body: html`${placesNav('ca')}
<p class="record-top">${badge(stateNames[state], stateTones[state])} <code>${ca.id}</code> ${both({ zh: `第 ${version} 版`, en: `version ${version}` })}</p>
${
  version !== current &&
  html`${notice({ zh: `这是第 ${version} 版时的内容，现行的是第 ${current} 版。`, en: `As it stood in version ${version}; version ${current} is in force.` }, 'warn')}<p><a href="/trust/cas/${ca.id}">${both({ zh: '看现行内容', en: 'See what is in force' })}</a></p>`
}
${ca.distrusted !== undefined && notice({ zh: `自 ${dayOf(ca.distrusted.since)} 起撤销信任：${ca.distrusted.why}`, en: `Distrusted from ${dayOf(ca.distrusted.since)} on.` }, 'bad')}
<section class="card" aria-labelledby="standing"><h2 id="standing">${both({ zh: '认可范围', en: 'Standing' })}</h2>${facts(standing(ca, holders))}</section>
<section class="card"><h2 id="certificates">${both({ zh: '机构证书', en: 'CA certificates' })}</h2>${certificateTable(certificates, now)}</section>
<section class="card" aria-labelledby="rules"><h2 id="rules">${both({ zh: '吊销规则', en: 'Revocation rules' })}</h2>${facts(rules(ca))}</section>
<section class="card"><h2 id="sources">${both({ zh: '吊销来源', en: 'Revocation sources' })}</h2>${
      sources.length === 0
        ? html`<p>${both({ zh: '还没有为这家机构查过任何来源。', en: 'No source has been asked for this CA yet.' })}</p>`
        : sourceTable(sources, now, 'sources')
    }</section>
<section class="card" aria-labelledby="history"><h2 id="history">${both({ zh: '变更记录', en: 'History' })}</h2>${rowHistory(ca.id, history)}</section>
<p>${linkButton('/trust', { zh: '返回列表', en: 'Back to the list' })}</p>`,
  })
}

/** A CA that is no longer on the list: its history remains. */
export const removedPage = (id: string, current: number, history: readonly Mention[]): string =>
  page({
    title: { zh: `${id} 已不在列表中`, en: `${id} is no longer on the list` },
    body: html`${placesNav('ca')}${notice({ zh: `现行第 ${current} 版没有这家机构，它签发的证书不被认可。`, en: `Version ${current} does not have this CA: its certificates are not accepted.` }, 'warn')}
<section class="card" aria-labelledby="history"><h2 id="history">${both({ zh: '变更记录', en: 'History' })}</h2>${rowHistory(id, history)}</section>
<p>${linkButton('/trust', { zh: '返回列表', en: 'Back to the list' })}</p>`,
  })

const line = (zh: string, en: string, value: string | undefined): Fact[] => (value === undefined || value === '' ? [] : [{ name: { zh, en }, value }])
const yuan = (fen: number | undefined): string | undefined => (fen === undefined ? undefined : `¥${(fen / 100).toFixed(2)}`)
const algorithm = ({ at, to, oldUntil }: NonNullable<TrustedCa['algorithmSwitch']>): string =>
  `${dayOf(at)} 起须为 ${to}${oldUntil === undefined ? '，此前签发的用到到期' : `，此前签发的用到 ${dayOf(oldUntil)}`}`

function standing(ca: TrustedCa, holders: number): Fact[] {
  const { scope, qualification, joins, leaves, region, filing, fees, algorithmSwitch, banks, subjectProfile } = ca
  const qualified =
    qualification.state === 'none'
      ? '无'
      : `${qualification.number}，${dayOf(qualification.from)} 起${qualification.until === undefined ? '，未定截止' : `，至 ${dayOf(qualification.until)}`}`
  return [
    ...line('名称', 'Name', `${ca.name.zh} ${ca.name.en}`),
    ...line('用途', 'Uses', scope.uses.map(use => useNames[use].zh).join('、') || '仅作上级，自己不签发持有人证书'),
    ...line('持有人', 'Holders', scope.holders.map(holder => holderNames[holder].zh).join('、') || '无'),
    ...line('电子政务资质', 'Qualification for government affairs', qualified),
    ...line('备案', 'Filing', [filingNames[filing.state].zh, filing.number, filing.authority].filter(Boolean).join('，')),
    ...line('加入', 'Joins', dayOf(joins)),
    ...line('退出', 'Leaves', leaves === undefined ? '未定' : `${dayOf(leaves)}（此后的签名不算，此前的仍算）`),
    ...line('地区', 'Region', region),
    ...line('银行', 'Banks', banks.join('、')),
    ...line('算法切换', 'Algorithm switch', algorithmSwitch && algorithm(algorithmSwitch)),
    ...line('企业信息的写法', 'Subject profile', subjectProfile ?? '未设：不从证书读取企业'),
    ...line('证书年费', 'Certificate, a year', yuan(fees.certificateFen)),
    ...line('介质费', 'Medium', yuan(fees.mediumFen)),
    ...line('收费说明', 'About fees', fees.note),
    ...line('可取吊销信息的主机', 'Hosts for revocation', ca.hosts.join('、') || '无：不从任何主机取'),
    ...line('已接收的持有人证书', 'Known certificates of holders', String(holders)),
  ]
}

const PURPOSES = Object.keys(purposeNames) as RevocationPurpose[]

function rules({ revocation, scope }: TrustedCa): Fact[] {
  return PURPOSES.filter(purpose => purpose === 'authority' || scope.uses.includes(purpose) || revocation[purpose] !== undefined).map(purpose => {
    const own = revocation[purpose]
    const { crlUrls = [], ocspUrls = [], ...rule } = own ?? defaultRule(purpose)
    const added = [...crlUrls, ...ocspUrls]
    return {
      name: purposeNames[purpose],
      value: html`${badge(own === undefined ? { zh: '默认规则', en: 'Default' } : { zh: '本机构规则', en: 'Own rule' }, own?.when === 'known-only' ? 'warn' : 'plain')}<span class="rule">${both(ruleInWords(rule))}</span>${
        added.length > 0 && html`<ul>${added.map(address => html`<li><code class="address">${address}</code></li>`)}</ul>`
      }`,
    }
  })
}

function certificateTable(certificates: RecordView['certificates'], now: Date): Markup {
  const whole = {
    from: Math.min(...certificates.map(({ certificate }) => certificate.notBefore.getTime())),
    to: Math.max(...certificates.map(({ certificate }) => certificate.notAfter.getTime())),
  }
  return html`<div class="table-scroll" tabindex="0" role="region" aria-labelledby="certificates"><table class="record-table">
<thead><tr><th scope="col">${both({ zh: '主题', en: 'Subject' })}</th><th scope="col">${both({ zh: '角色与算法', en: 'Role, key' })}</th><th scope="col">${both({ zh: '有效期', en: 'Valid' })}</th><th scope="col">${both({ zh: 'SM3 指纹', en: 'SM3' })}</th></tr></thead>
<tbody>${certificates.map(({ role, certificate }) => {
    const { notBefore, notAfter } = certificate
    const dates = { from: notBefore.getTime(), to: notAfter.getTime(), now: now.getTime() }
    return html`<tr${now > notAfter && html` class="failed"`}><th scope="row">${certificate.subject.text}<br><code class="address">${certificate.serial}</code></th><td>${role === 'anchor' ? both({ zh: '信任锚', en: 'Anchor' }) : both({ zh: '中间', en: 'Intermediate' })}<br>${certificate.keyName}</td><td class="validity-cell"><span class="number">${dayOf(notBefore)} – ${dayOf(notAfter)}</span> ${now > notAfter && badge({ zh: '已过期', en: 'Expired' }, 'bad')}${now < notBefore && badge({ zh: '尚未生效', en: 'Not yet valid' }, 'warn')}${validityBar(dates, whole)}</td><td data-label="SM3 指纹"><code class="address">${certificate.thumbprint}</code></td></tr>`
  })}</tbody></table></div>`
}
