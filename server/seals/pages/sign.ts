import { type SignForm, signForm } from '../../web/sign-page.ts'
import type { Words } from '../../web/words.ts'
import type { SealPage } from './ports.ts'

/** One page for everything that is signed about seals; the words always go back, for they were made for this moment. */
export interface SignView extends Omit<SignForm, 'whose'> {
  title: Words
  lead: Words
}

export function signPage({ title, lead, fields = [], ...view }: SignView): SealPage {
  const whose = {
    zh: '用您本人登录过的盾。新盾请先登录一次。',
    en: 'Use a shield with which you have logged in yourself. Log in once with a new one.',
  }
  return { title, lead, inside: true, scripts: ['shield-agent.js'], body: signForm({ ...view, whose, fields: [['text', view.text], ...fields] }) }
}
