import { minuteOf } from '../web/beijing.ts'
import { approvalPath } from './pages/approval.ts'
import type { AskedLine } from './pages/overview.ts'
import { actWords } from './pages/words.ts'
import type { Visit, WorkbenchDeps } from './workbench-room.ts'

/** What others ask this person, whoever began it: an act of the company to agree to, a login at a trading center to confirm. */
const MOST = 20

export async function askedOf(
  { approvals, asks, elsewhere }: Pick<WorkbenchDeps, 'approvals' | 'asks' | 'elsewhere'>,
  { by, who, facts }: Visit,
): Promise<AskedLine[]> {
  const [open, others] = await Promise.all([asks.inbox(by.membershipId, MOST), elsewhere({ ...who, uscc: facts.membership.uscc }, MOST)])
  const acts = await approvals.ofAsks(open)
  const logins = open.filter(({ kind }) => kind === 'ciba')
  return [
    ...acts.map(({ ask, progress }) => ({
      path: approvalPath(progress.id),
      title: ask.request === undefined ? { zh: '请您同意', en: 'Your agreement' } : actWords(ask.request.act),
      about: [
        ask.center.name,
        ...(ask.request?.project === undefined ? [] : [`项目 ${ask.request.project}`]),
        `已同意 ${progress.agreed.length} / ${progress.needed}`,
      ].join(' · '),
    })),
    ...logins.map(ask => ({
      path: `/asks/${encodeURIComponent(ask.id)}`,
      title: { zh: '请您确认登录', en: 'Confirm a login' },
      about: [
        ask.center.name,
        ...ask.rows.filter(({ name }) => name.en === 'Message').map(({ value }) => value),
        `${minuteOf(ask.expiresAt)} 前有效`,
      ].join(' · '),
    })),
    ...others,
  ]
}
