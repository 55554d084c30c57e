import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import type { Share } from '../../kernel/shamir.ts'
import type { BondProject, BondSection } from '../../storage/stores-bonds.ts'
import { BASE, type BondOperation, fen, instant, line, PAGING, Paged, when } from './operation.ts'
import { type BondApiRoom, whose } from './room.ts'

/** Projects and sections: announced, put off, abandoned, and their names released. Nothing here tells of bonds. */
export const ProjectAnswer = z
  .strictObject({ id: z.string(), code: z.string(), title: z.string(), law: z.enum(['bidding', 'procurement']), created_at: z.string() })
  .meta({ id: 'BondProject' })
export const SectionAnswer = z
  .strictObject({
    id: z.string(),
    project: z.string(),
    name: z.string(),
    law: z.enum(['bidding', 'procurement']),
    demanded_fen: z.int(),
    deadline: z.string(),
    opens_at: z.string().optional(),
    validity_days: z.int(),
    state: z.enum(['open', 'abandoned']),
    names_released: z.boolean(),
    company_page: z.url().describe('Where companies get their sub-account.'),
  })
  .meta({ id: 'BondSection' })

const Project = z
  .strictObject({ code: line, title: line, law: z.enum(['bidding', 'procurement']).describe('招标投标法 or 政府采购法: which deadlines count.') })
  .meta({ id: 'NewBondProject' })
const Announcement = z
  .strictObject({
    name: line,
    demanded_fen: fen.min(1),
    deadline: when.describe('Until when the money has to be at the bank.'),
    opens_at: when.optional().describe('The announced opening time; without one everything stays closed.'),
    validity_days: z.int().min(1).max(1000),
    custodians: z.int().min(2).max(16),
    threshold: z.int().min(2).max(16),
  })
  .refine(({ custodians, threshold }) => threshold <= custodians, 'no more shares are needed than there are')
  .meta({ id: 'NewBondSection' })
const Postponement = z.strictObject({ opens_at: when.optional() }).meta({ id: 'BondPostponement' })
export const ShareText = z.string().regex(/^\d{1,3}-[A-Za-z0-9_-]{20,100}$/)
const Released = z.strictObject({ shares: z.array(ShareText).min(1).max(16) }).meta({ id: 'BondShares' })
const Nothing = z.strictObject({}).meta({ id: 'BondNothing' })

const projectOf = ({ id, code, title, law, createdAt }: BondProject) => ({ id, code, title, law, created_at: createdAt })
const sectionOf = ({ publicUrl }: BondApiRoom, section: BondSection) => ({
  id: section.id,
  project: section.projectId,
  name: section.name,
  law: section.law,
  demanded_fen: Number(section.demandedFen),
  deadline: section.deadline,
  ...(section.opensAt === undefined ? {} : { opens_at: section.opensAt }),
  validity_days: section.validityDays,
  state: section.state,
  names_released: section.releasedKey !== undefined,
  company_page: `${publicUrl}/workbench/bonds/new/${section.id}`,
})
const shareText = ({ x, value }: Share): string => `${x}-${value.toString('base64url')}`
export const shareOf = (text: string): Share => ({
  x: Number(text.slice(0, text.indexOf('-'))),
  value: Buffer.from(text.slice(text.indexOf('-') + 1), 'base64url'),
})

async function ownProject({ store }: BondApiRoom, id: string, center: string): Promise<BondProject> {
  const project = await store.project(id)
  if (project?.center !== center) throw new BrokerError('bond_unknown', 'no project of this center')
  return project
}

const section = `${BASE}/sections/{section}` as const
const CHANGE = ['bond_unknown', 'bond_wrong_state'] as const

export const sectionOperations: readonly BondOperation[] = [
  {
    path: `${BASE}/projects`,
    name: 'announceBondProject',
    title: { zh: '登记项目', en: 'Announce a project' },
    about: { zh: '项目编号在本中心内唯一。', en: 'Its code is unique within the center.' },
    scope: 'bonds.manage',
    request: Project,
    status: 201,
    answer: ProjectAnswer,
    refusals: ['bond_wrong_state'],
    example: { code: 'JG2027-0001', title: '示例项目', law: 'bidding' },
    run: async (room, ask) => ({ body: projectOf(await room.sections.announceProject({ ...ask.body(Project), center: ask.clientId })) }),
  },
  {
    method: 'get',
    path: `${BASE}/projects`,
    name: 'listBondProjects',
    title: { zh: '本中心的项目', en: 'The center’s projects' },
    about: { zh: '按编号顺序分页。', en: 'Page by page, in the order of the ids.' },
    scope: 'bonds.read',
    parameters: PAGING,
    status: 200,
    answer: z.strictObject({ projects: z.array(ProjectAnswer) }).meta({ id: 'BondProjects' }),
    refusals: [],
    async run(room, ask) {
      const { after, limit } = ask.query(Paged)
      const projects = await room.store.projects(ask.clientId, after, limit)
      return { body: { projects: projects.map(projectOf) }, items: projects.length }
    },
  },
  {
    path: `${BASE}/projects/{project}/sections`,
    name: 'announceBondSection',
    title: { zh: '公告标段', en: 'Announce a section' },
    about: {
      zh: '写明金额、截止时间、开标时间和有效期。返回保管人的密钥份额，只返回这一次，请分别交给保管人。重新招标的标段要重新公告。',
      en: 'Amount, deadline, opening time, validity. The custodians’ shares come back once and are kept nowhere: hand each to its custodian. A section tendered anew is announced anew.',
    },
    scope: 'bonds.manage',
    request: Announcement,
    status: 201,
    answer: z.strictObject({ section: SectionAnswer, shares: z.array(ShareText) }).meta({ id: 'AnnouncedBondSection' }),
    refusals: ['bond_unknown'],
    example: {
      name: '一标段',
      demanded_fen: 20_000_000,
      deadline: '2027-06-01T09:30:00+08:00',
      opens_at: '2027-06-01T09:30:00+08:00',
      validity_days: 90,
      custodians: 3,
      threshold: 2,
    },
    async run(room, ask) {
      const { name, demanded_fen, deadline, opens_at, validity_days, custodians, threshold } = ask.body(Announcement)
      const project = await ownProject(room, ask.param('project'), ask.clientId)
      const facts = {
        ...{ name, demandedFen: BigInt(demanded_fen), deadline: instant(deadline), validityDays: validity_days },
        ...(opens_at === undefined ? {} : { opensAt: instant(opens_at) }),
      }
      const made = await room.sections.announce(project, facts, { custodians, threshold }, ask.trace)
      return { body: { section: sectionOf(room, made.section), shares: made.shares.map(shareText) } }
    },
  },
  {
    method: 'get',
    path: `${BASE}/projects/{project}/sections`,
    name: 'listBondSections',
    title: { zh: '项目的标段', en: 'The sections of a project' },
    about: {
      zh: '只有公告的内容，不含任何投标信息。按编号顺序分页。',
      en: 'What was announced; nothing of who bids. Page by page, in the order of the ids.',
    },
    scope: 'bonds.read',
    parameters: PAGING,
    status: 200,
    answer: z.strictObject({ sections: z.array(SectionAnswer) }).meta({ id: 'BondSections' }),
    refusals: ['bond_unknown'],
    async run(room, ask) {
      const { id } = await ownProject(room, ask.param('project'), ask.clientId)
      const { after, limit } = ask.query(Paged)
      const sections = await room.store.ofProject(id, after, limit)
      return { body: { sections: sections.map(each => sectionOf(room, each)) }, items: sections.length }
    },
  },
  {
    method: 'get',
    path: section,
    name: 'getBondSection',
    title: { zh: '标段的公告内容', en: 'A section as it was announced' },
    about: { zh: '开标前后都一样，不含任何投标信息。', en: 'The same before and after the opening; nothing of who bids.' },
    scope: 'bonds.read',
    status: 200,
    answer: SectionAnswer,
    refusals: ['bond_unknown'],
    run: async (room, ask) => ({ body: sectionOf(room, await room.sections.mine(whose(ask))) }),
  },
  {
    path: `${section}/postpone`,
    name: 'postponeBondSection',
    title: { zh: '更改开标时间', en: 'Announce another opening time' },
    about: { zh: '不写时间表示时间待定，一切保持封闭。', en: 'Without a time none is announced, and everything stays closed.' },
    scope: 'bonds.manage',
    request: Postponement,
    status: 200,
    answer: SectionAnswer,
    refusals: CHANGE,
    example: { opens_at: '2027-06-02T09:30:00+08:00' },
    async run(room, ask) {
      const { opens_at } = ask.body(Postponement)
      return { body: sectionOf(room, await room.sections.postpone(whose(ask), opens_at === undefined ? undefined : instant(opens_at), ask.trace)) }
    },
  },
  {
    path: `${section}/abandon`,
    name: 'abandonBondSection',
    title: { zh: '终止招标', en: 'Abandon the tender' },
    about: {
      zh: '所有款项立即原路退回；没有开标的标段一直保持封闭。',
      en: 'All money goes back at once. A section that was not opened stays closed for good.',
    },
    scope: 'bonds.manage',
    request: Nothing,
    status: 200,
    answer: SectionAnswer,
    refusals: CHANGE,
    example: {},
    async run(room, ask) {
      ask.body(Nothing)
      return { body: sectionOf(room, await room.sections.abandon(whose(ask), ask.trace)) }
    },
  },
  {
    path: `${section}/release`,
    name: 'releaseBondNames',
    title: { zh: '解封投标人信息', en: 'Release the names' },
    about: { zh: '开标时间到了以后，凭两位以上保管人的份额。', en: 'After the opening time, by the shares of at least two custodians.' },
    scope: 'bonds.manage',
    request: Released,
    status: 204,
    refusals: ['bond_unknown', 'bond_before_opening', 'bond_custodians_missing'],
    example: { shares: ['1-…', '3-…'] },
    async run(room, ask) {
      await room.sections.release(whose(ask), ask.body(Released).shares.map(shareOf), ask.trace)
      return {}
    },
  },
]
