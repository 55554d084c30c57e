import type { Assurance } from '../../kernel/assurance.ts'
import type { FailureCode } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import { actionForm, both, card, facts, loginPath, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html } from '../../web/markup.ts'
import { assuranceNames, type Words } from '../../web/words.ts'

export interface StepUpView {
  loginId: string
  center: string
  /** the bank that proved the person so far, and where it helps with shields */
  bank: { id: string; name: Words; help: Words }
  has: Assurance
  needs: Assurance
  /** where it is not the center that asks: why, and for which company */
  why?: { code: FailureCode; company: string } | undefined
  trace: string
}

/** The proof so far is real but too weak for what the center does next, or for what this login turned out to need: asks for the stronger one, at the same bank or another. */
export function stepUpPage(view: StepUpView): string {
  return page({
    title:
      view.why?.code === 'binding_needs_shield'
        ? { zh: '第一次代表这家企业，请用盾确认', en: 'First time for this company: your shield' }
        : { zh: '这项业务需要用盾再确认', en: 'One more step: your shield' },
    lead:
      view.why === undefined
        ? {
            zh: `${view.center}要求更强的身份验证。请把盾插好，再验证一次。`,
            en: 'The trading center asks for a stronger proof. Plug in your shield and confirm once more.',
          }
        : { zh: failures[view.why.code].zh, en: failures[view.why.code].en },
    journey: { center: view.center, step: 'identity' },
    trace: view.trace,
    body: html`${card(
      facts([
        ...(view.why === undefined ? [] : [{ name: { zh: '企业', en: 'Company' }, value: view.why.company }]),
        { name: { zh: '目前', en: 'So far' }, value: both(assuranceNames[view.has]) },
        { name: { zh: '需要', en: 'Needed' }, value: both(assuranceNames[view.needs]) },
      ]),
    )}
${actionForm(loginPath(view.loginId, 'bank'), [
  { label: { zh: `用${view.bank.name.zh}的盾验证`, en: `Use the shield of ${view.bank.name.en}` }, name: 'bank', value: view.bank.id },
])}
${notice({ zh: `没有盾或盾不能用？${view.bank.help.zh}`, en: `No shield, or it does not work? ${view.bank.help.en}` })}
<div class="actions actions-quiet">
${actionForm(loginPath(view.loginId, 'restart'), [{ label: { zh: '换一家银行', en: 'Choose another bank' }, look: 'quiet' }])}
${actionForm(loginPath(view.loginId, 'cancel'), [{ label: { zh: '取消登录', en: 'Cancel' }, look: 'quiet' }])}
</div>`,
  })
}
