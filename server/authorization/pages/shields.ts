import type { CertificateFacts } from '../../kernel/identity.ts'
import { dayOf, minuteOf } from '../../web/beijing.ts'
import { both, card, notice } from '../../web/components.ts'
import { horizonChart, nearness, validityBar } from '../../web/horizon.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { type Desk, workbenchPage } from './frame.ts'
import { nothing } from './lists.ts'

export type ShieldLine = CertificateFacts & { bankName: Words; lastSeenAt: string }

/** The company's shields, by when they end, and what a renewal touches: people are warned before, not told after. */
export function shieldsPage(desk: Desk, shields: readonly ShieldLine[], now: Date): string {
  const left = (shield: ShieldLine) => Date.parse(shield.notAfter) - now.getTime()
  const sorted = shields.toSorted((a, b) => left(a) - left(b))
  const soon = sorted.filter(shield => left(shield) > 0 && left(shield) < 90 * 86_400_000).length
  const over = sorted.filter(shield => left(shield) <= 0).length
  const whole = {
    from: Math.min(now.getTime(), ...sorted.map(({ notBefore }) => Date.parse(notBefore))),
    to: Math.max(now.getTime(), ...sorted.map(({ notAfter }) => Date.parse(notAfter))),
  }
  return workbenchPage(desk, {
    title: { zh: '盾', en: 'Shields' },
    lead: { zh: '以企业名义登录过的盾，先到期的在前。', en: 'The shields that have logged in for the company; those that end first come first.' },
    place: 'shields',
    body: html`${over > 0 && notice({ zh: `有 ${over} 个盾的证书已经过期，请到开户银行办理。`, en: `${over} of the certificates have expired: see your bank.` }, 'bad')}
${soon > 0 && notice({ zh: `有 ${soon} 个盾将在 90 天内到期。请先读下面“续期之前”，再去银行。`, en: `${soon} of the shields end within 90 days. Read “Before you renew” below, then see your bank.` }, 'warn')}
${
  sorted.length === 0
    ? card(nothing({ zh: '还没有盾以企业名义登录过。', en: 'No shield has logged in for the company yet.' }))
    : html`${card(horizonChart([{ label: { zh: '证书到期', en: 'Certificates end' }, marks: sorted.map(left), look: 'deadline' }]), { zh: '还有多久到期', en: 'How long they last' })}
${card(html`<ul class="shields">${sorted.map(shield => shieldLine(shield, now, whole))}</ul>`, { zh: '每一个盾', en: 'Each of them' })}`
}
${card(renewal(), { zh: '续期之前', en: 'Before you renew' })}`,
  })
}

function shieldLine(shield: ShieldLine, now: Date, whole: { from: number; to: number }): Markup {
  const [from, to] = [Date.parse(shield.notBefore), Date.parse(shield.notAfter)]
  const days = Math.ceil((to - now.getTime()) / 86_400_000)
  const near = nearness(to - now.getTime())
  const words: Words = days <= 0 ? { zh: '已过期', en: 'Expired' } : { zh: `还有 ${days} 天`, en: `${days} days left` }
  return html`<li class="shield-line"><div class="shield-who"><strong>${shield.bankName.zh}</strong> <span class="quiet" lang="en">${shield.bankName.en}</span><span class="shield-left shield-${near}">${both(words)}</span></div>
<p class="quiet certificate">${shield.subject}</p>
${validityBar({ from, to, now: now.getTime() }, whole)}
<p class="quiet shield-dates"><span class="number">${dayOf(shield.notBefore)} 至 ${dayOf(shield.notAfter)}</span><span>${both({ zh: `最近使用 ${minuteOf(shield.lastSeenAt)}`, en: 'last used' })}</span><span>${shield.algorithm} · <span class="number">${shield.serial.slice(-8)}</span></span></p></li>`
}

function renewal(): Markup {
  return html`<ul class="renewal">
<li><span class="badge badge-good">不受影响 <span lang="en">Stays</span></span> ${both({ zh: '已签的授权书继续有效：授权认的是人和企业，不是某一张证书。新盾登录一次后即可使用。', en: 'Mandates stay in force: they stand on the person and the company, not on one certificate. Log in once with the new shield.' })}</li>
<li><span class="badge badge-warn">要重做 <span lang="en">Redo</span></span> ${both({ zh: '电子印章与证书一一绑定，续期后要重新制作印章，旧印章不能再盖。', en: 'An electronic seal is bound to exact certificates: it has to be made anew, and the old one no longer seals.' })}</li>
<li><span class="badge badge-bad">解不开 <span lang="en">Lost</span></span> ${both({ zh: '用旧证书加密的投标文件，新盾解不开。有未开标的项目时，请等开标解密后再续期，或先用新证书重新加密递交。', en: 'A bid encrypted to the old certificate cannot be opened with the new one. With a bid before its opening, renew after it was decrypted, or submit it again encrypted to the new certificate.' })}</li>
</ul>`
}
