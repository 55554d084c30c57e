import type { Words } from '../web/words.ts'
import type { MandateView } from './mandates.ts'
import { mandatePath } from './pages/lists.ts'
import type { MandatePageView } from './pages/mandate.ts'
import { changeNames } from './pages/words.ts'
import { refusedTo, type Who } from './workbench-access.ts'
import { CHANGE_WORDS } from './workbench-words.ts'

/** What this person can do with this mandate as it now stands. */
export function waysOn(who: Who, mandate: MandateView): Pick<MandatePageView, 'links' | 'forms'> {
  const { row, state } = mandate
  const links: MandatePageView['links'][number][] = []
  const forms: MandatePageView['forms'][number][] = []
  const may = (wish: Parameters<typeof refusedTo>[1]) => refusedTo(who, wish) === undefined
  if (state === 'drafted' && may({ finish: mandate })) {
    links.push({ path: mandatePath(row.id, 'sign'), label: { zh: '核对并签名', en: 'Read and sign' }, look: 'primary' })
    forms.push({ action: mandatePath(row.id, 'discard'), button: { label: { zh: '删除草稿', en: 'Discard' }, look: 'secondary' } })
  }
  if (state === 'offered' && may({ answer: mandate })) {
    links.push({ path: mandatePath(row.id, 'accept'), label: { zh: '接受授权', en: 'Accept' }, look: 'primary' })
    forms.push({ action: mandatePath(row.id, 'decline'), button: { label: { zh: '谢绝', en: 'Decline' }, look: 'secondary' } })
  }
  if (may({ passOn: mandate }))
    links.push({ path: `/workbench/give?from=${encodeURIComponent(row.id)}`, label: { zh: '转授权', en: 'Pass it on' }, look: 'primary' })
  if (state !== 'expired' && may({ control: mandate })) {
    for (const change of ['suspend', 'resume', 'revoke'] as const) {
      // what was damaged or frozen can be taken back and nothing else
      const open = CHANGE_WORDS[change].from.includes(row.state) && (change === 'revoke' || (state !== 'tampered' && state !== 'frozen'))
      if (open) links.push({ path: mandatePath(row.id, change), label: changeNames[change], look: 'secondary' })
    }
  }
  return { links, forms }
}

const DONE: Partial<Record<string, { state: MandateView['row']['state']; words: Words }>> = {
  offered: {
    state: 'offered',
    words: {
      zh: '已签发。请告诉被授权人：登录企业工作台，签名接受后生效。',
      en: 'Signed and sent. Tell the person to log in to the workbench and accept it; then it is in force.',
    },
  },
  accepted: { state: 'active', words: { zh: '已接受，授权生效了。', en: 'Accepted: it is in force.' } },
  declined: { state: 'declined', words: { zh: '已谢绝。', en: 'Declined.' } },
  revoked: { state: 'revoked', words: { zh: '已撤回，从现在起不能再使用。', en: 'Revoked: it can no longer be used.' } },
  suspended: { state: 'suspended', words: { zh: '已暂停，从现在起不能使用。', en: 'Suspended: it cannot be used until it is resumed.' } },
  resumed: { state: 'active', words: { zh: '已恢复，可以继续使用。', en: 'Resumed: it can be used again.' } },
}

/** What was just done, as long as it still holds: an old address tells no old news. */
export function doneWords(done: string | undefined, { row }: MandateView): Words | undefined {
  const found = done === undefined || !Object.hasOwn(DONE, done) ? undefined : DONE[done]
  return found?.state === row.state ? found.words : undefined
}
