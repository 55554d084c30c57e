/** Owns the bank's desk: who its demonstration customers are and how they log in, what shields it issued, and the buttons that revoke, renew, report lost and log out. */
import { html } from 'hono/html'
import type { BankProfile } from './bank-profile.ts'
import { DEMO_PASSWORD, DEMO_PIN, type Person, type Seat } from './companies.ts'
import { both, type Markup, page } from './frame.ts'
import type { IssuedShield, ShieldState } from './shields.ts'

const STATES: Record<ShieldState, { zh: string; en: string }> = {
  good: { zh: '有效', en: 'good' },
  revoked: { zh: '已吊销', en: 'revoked' },
  expired: { zh: '已过期', en: 'expired' },
  'not-yet-valid': { zh: '未生效', en: 'not yet valid' },
}

export interface DeskView {
  bank: BankProfile
  people: readonly { person: Person; seats: readonly Seat[]; sessions: number }[]
  shields: readonly { shield: IssuedShield; state: ShieldState }[]
}

export function deskPage({ bank, people, shields }: DeskView): string {
  return page({
    zh: `${bank.name.zh}柜台`,
    en: 'Bank desk',
    bank,
    wide: true,
    body: html`<p>${both(`所有人的登录密码是 ${DEMO_PASSWORD}，所有盾的 PIN 是 ${DEMO_PIN}。`, `The password is ${DEMO_PASSWORD} for everybody; the PIN is ${DEMO_PIN} for every shield.`)}</p>
<section>
<h2 id="shields">${both(`盾（${shields.length}）`, 'Shields')}</h2>
<div class="table" role="region" tabindex="0" aria-labelledby="shields"><table>
<thead><tr><th scope="col">企业 <span lang="en">Company</span></th><th scope="col">持有人 <span lang="en">Holder</span></th><th scope="col">证书 <span lang="en">Certificate</span></th><th scope="col">状态 <span lang="en">State</span></th><th scope="col">办理 <span lang="en">Do</span></th></tr></thead>
<tbody>${shields.map(row => shieldRow(bank, row))}</tbody>
</table></div>
</section>
<section>
<h2 id="people">${both(`客户（${people.length}）`, 'Customers')}</h2>
<div class="table" role="region" tabindex="0" aria-labelledby="people"><table>
<thead><tr><th scope="col">姓名 <span lang="en">Name</span></th><th scope="col">登录名 <span lang="en">User name</span></th><th scope="col">代表的企业 <span lang="en">Acts for</span></th><th scope="col">在线 <span lang="en">Sessions</span></th></tr></thead>
<tbody>${people.map(row => personRow(bank, row))}</tbody>
</table></div>
</section>`,
  })
}

function shieldRow(bank: BankProfile, { shield, state }: DeskView['shields'][number]): Markup {
  const { company, person, role, kind, serial, notAfter } = shield
  const holder = `${company.name} ${person.name}`
  return html`<tr>
<td>${company.name}<br><code>${company.uscc}</code></td>
<td>${person.name}<br>${roleWords(role)}</td>
<td>${kind === 'SM2-dual' ? 'SM2 双证书' : 'RSA'} · ${notAfter.toISOString().slice(0, 10)}<br><code>${serial}</code></td>
<td><span class="state ${state}">${both(STATES[state].zh, STATES[state].en)}</span></td>
<td class="deeds">${
    shield.revokedAt === undefined
      ? html`<form method="post" action="/${bank.id}/shields/${serial}/renew"><button class="small" aria-label="续期 Renew ${holder}">${both('续期', 'Renew')}</button></form>
<form method="post" action="/${bank.id}/shields/${serial}/revoke"><button class="small alarm" aria-label="吊销 Revoke ${holder}">${both('吊销', 'Revoke')}</button></form>
<form method="post" action="/${bank.id}/shields/${serial}/report"><input type="hidden" name="state" value="lost"><button class="small" aria-label="挂失 Lost ${holder}">${both('挂失', 'Lost')}</button></form>`
      : ''
  }</td>
</tr>`
}

function personRow(bank: BankProfile, { person, seats, sessions }: DeskView['people'][number]): Markup {
  return html`<tr>
<td>${person.name}</td>
<td><code>${person.login}</code></td>
<td><ul>${seats.map(({ company, role }) => html`<li>${company.name} · ${roleWords(role)}</li>`)}</ul></td>
<td>${sessions}${
    sessions === 0
      ? ''
      : html`<form method="post" action="/${bank.id}/people/${person.id}/logout"><button class="small" aria-label="全部退出 Log out everywhere ${person.name}">${both('全部退出', 'Log out everywhere')}</button></form>`
  }</td>
</tr>`
}

const roleWords = (role: Seat['role']): Markup =>
  role === 'legal-representative' ? both('法定代表人', 'legal representative') : both('经办人', 'operator')

/** Which banks this process plays. */
export function indexPage(banks: readonly BankProfile[]): string {
  const speaks = { oidc: 'OpenID Connect', saml: 'SAML 2.0', shield: '盾 shield' }
  return page({
    zh: '演示银行',
    en: 'Mock banks',
    body: html`<section><ul class="banks">${banks.map(bank => html`<li><a href="/${bank.id}/">${bank.name.zh} <span lang="en">${bank.name.en}</span></a><br><span class="hint">${speaks[bank.protocol]}</span></li>`)}</ul></section>`,
  })
}
