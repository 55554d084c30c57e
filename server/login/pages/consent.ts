import { actionForm, card, facts, loginPath, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

export interface ConsentView {
  loginId: string
  center: string
  person: string
  enterprise: { name: string; uscc: string }
  /** what the center will be told, each with its reason */
  claims: readonly { name: Words; value: string; why: Words }[]
  trace: string
}

/** Asked the first time a person logs in to a center for a company, and whenever the center wants to know more. */
export function consentPage(view: ConsentView): string {
  return page({
    title: { zh: '同意提供以下信息吗？', en: 'Share this information?' },
    lead: {
      zh: `${view.person}，您将以“${view.enterprise.name}”的身份进入${view.center}。对方会收到：`,
      en: 'You act for the company below. This is what the trading center will be told, and why.',
    },
    journey: { center: view.center, step: 'done' },
    trace: view.trace,
    body: html`${card(facts(view.claims))}
${notice({ zh: '只需同意一次。密码、私钥和身份证号不会提供给任何人。', en: 'You are asked once. No PIN, private key or ID number is ever shared.' })}
${actionForm(loginPath(view.loginId, 'consent'), [
  { label: { zh: '同意并登录', en: 'Agree and log in' }, name: 'decision', value: 'agree' },
  { label: { zh: '不同意', en: 'Refuse' }, look: 'secondary', name: 'decision', value: 'refuse' },
])}`,
  })
}
