import { ACTS } from '../kernel/acts.ts'
import { oneLine } from '../kernel/one-line.ts'
import type { Approval } from '../storage/stores-authorization.ts'

/** The words with which another person of the company agrees to an act: everything that is agreed to, a line each, and who agrees, and when. Made again from the stored approval to check a signature. */
export function agreementText(approval: Omit<Approval, 'version' | 'state'>, name: string, at: string): string {
  const { request, center, company, actor } = approval
  const { project, section, amountFen, seal } = request
  const optional = (label: string, value: string | undefined): string[] => (value === undefined ? [] : [`${label}:${oneLine(value)}`])
  return [
    '同意办理确认',
    `编号:${approval.id}`,
    `企业:${oneLine(company.name)}(${company.uscc})`,
    `办理人:${oneLine(actor.name)}`,
    `事项:${ACTS[request.act].zh}[${request.act}]`,
    `交易中心:${oneLine(center.name)}(${oneLine(center.id)})`,
    ...optional('项目', project),
    ...optional('标段', section),
    ...optional('金额', amountFen === undefined ? undefined : `${Math.floor(amountFen / 100)}.${String(amountFen % 100).padStart(2, '0')}元`),
    ...optional('印章', seal),
    ...approval.rows.map(row => `${oneLine(row.name.zh)}:${oneLine(row.value)}`),
    `业务编号:${oneLine(approval.reference)}`,
    `同意人:${oneLine(name)}`,
    `时间:${at}`,
  ].join('\n')
}
