import type { SealTask } from '../../storage/stores-seal-tasks.ts'
import { minuteOf } from '../../web/beijing.ts'
import { badge, both, card, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { TaskStatus } from '../tasks/tasks.ts'
import { taskPath } from './task.ts'

/** A company's sealing tasks, whoever began them. @param next the address of the following page */
export function taskListBody(lines: readonly { task: SealTask; status: TaskStatus }[], next: string | undefined): Markup {
  return html`<div class="actions">${linkButton(taskPath('new'), { zh: '盖章', en: 'Seal documents' }, 'primary')}</div>
${lines.length === 0 && card(html`<p class="nothing">${both({ zh: '还没有盖章任务。交易中心发起的，和您自己发起的，都会在这里。', en: 'No tasks yet: those of trading centers and your own will stand here.' })}</p>`)}
${lines.length > 0 && html`<ul class="mandates">${lines.map(lineOf)}</ul>`}
${next !== undefined && html`<div class="actions">${linkButton(next, { zh: '更早的', en: 'Earlier' })}</div>`}`
}

const STATES: Record<TaskStatus['state'], { words: Words; tone: 'info' | 'good' | 'plain' | 'warn' }> = {
  open: { words: { zh: '待盖章', en: 'Waiting' }, tone: 'info' },
  done: { words: { zh: '已盖章', en: 'Sealed' }, tone: 'good' },
  cancelled: { words: { zh: '已取消', en: 'Taken back' }, tone: 'plain' },
  expired: { words: { zh: '已过期', en: 'Over' }, tone: 'warn' },
}

function lineOf({ task, status }: { task: SealTask; status: TaskStatus }): Markup {
  const { words, tone } = STATES[status.state]
  const address = taskPath(task.id)
  return html`<li class="mandate-line"><div class="mandate-head"><a href="${address}"><strong>${task.title}</strong></a> ${badge(words, tone)}</div>
<p class="mandate-more quiet">${task.center.name} · ${status.sealed} / ${status.count} · ${minuteOf(task.createdAt)}</p></li>`
}
