import { actionForm, type Submit } from '../../web/components.ts'
import { type SignForm, signForm } from '../../web/sign-page.ts'
import type { Words } from '../../web/words.ts'
import { type Desk, type WorkbenchPage, workbenchPage } from './frame.ts'

/** One page for everything that is signed in the workbench. */
export interface SignView extends Omit<SignForm, 'whose' | 'fields' | 'others'> {
  title: Words
  lead: Words
  place: WorkbenchPage['place']
  /** the text goes back with the signature, where it was made for this moment */
  sendText: boolean
  /** ways out: each a path and a button */
  others?: readonly { action: string; button: Submit }[]
}

export function signPage(desk: Desk, { title, lead, place, sendText, others = [], ...view }: SignView): string {
  const whose = { zh: '用您本人登录过的盾：平台靠它认出您。', en: 'Use a shield with which you have logged in yourself: by it you are known.' }
  return workbenchPage(desk, {
    title,
    lead,
    place,
    inside: true,
    scripts: ['shield-agent.js'],
    body: signForm({
      ...view,
      whose,
      fields: sendText ? [['text', view.text]] : [],
      others: others.map(({ action, button }) => actionForm(action, [button])),
    }),
  })
}
