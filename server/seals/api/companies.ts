import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { readCertificate } from '../../pki/certificate.ts'
import type { KnownCompany } from '../../storage/stores-seal-interface.ts'
import { SEAL_KINDS, type SealEdition, type SealRow } from '../../storage/stores-seals.ts'
import { type Ask, BASE, type SealOperation, uscc, when } from './operation.ts'
import type { SealRoom } from './room.ts'

/** What a center may know of companies' seals: of those alone that have a task of it or logged in there, and of each seal what a sealed document shows anyway. Drafts and applications are the company's own affair. */
export const Company = z.strictObject({ uscc, name: z.string() }).meta({ id: 'Company', description: 'A company that you know.' })
const CompanyList = z
  .strictObject({ companies: z.array(Company), next: z.string().optional() })
  .meta({ id: 'CompanyList', description: 'By their code.' })
const SealAnswer = z
  .strictObject({
    id: z.string(),
    kind: z.enum(SEAL_KINDS),
    name: z.string(),
    company: Company,
    state: z.enum(['made', 'in-force', 'suspended', 'frozen', 'revoked', 'expired', 'tampered']).describe('As it counts now. Only `in-force` seals.'),
    es_id: z.string().describe('Of the newest edition, as documents name it.'),
    edition: z.int(),
    valid_from: when,
    valid_until: when.describe('Exclusive.'),
    government: z.enum(['yes', 'no', 'unknown']).describe('Whether all its shields are of CAs that may serve government affairs.'),
  })
  .meta({ id: 'SealAnswer', description: 'A seal of a company.' })
const SealList = z.strictObject({ seals: z.array(SealAnswer) }).meta({ id: 'SealList', description: 'The newest first.' })
const CertificateList = z
  .strictObject({ certificates: z.array(z.strictObject({ thumbprint: z.string(), holder: z.string(), not_after: when })) })
  .meta({ id: 'CertificateList', description: 'The shields that the newest edition was made for.' })
const SealHistory = z
  .strictObject({
    steps: z.array(
      z.strictObject({ step: z.enum(['made', 'in-force', 'suspended', 'resumed', 'remade', 'revoked', 'expired']), at: when, edition: z.int() }),
    ),
  })
  .meta({ id: 'SealHistory', description: 'The oldest first; what was before it was made is the company’s own affair.' })
const EditionList = z
  .strictObject({
    editions: z.array(
      z.strictObject({ edition: z.int(), es_id: z.string(), made_at: when, valid_from: when, valid_until: when, superseded_at: when.optional() }),
    ),
  })
  .meta({ id: 'EditionList', description: 'The newest first.' })

const SHOWN = SealAnswer.shape.state
const STEPS = SealHistory.shape.steps.element.shape.step

/** @throws BrokerError seal_asked_unknown */
async function companyOf({ stores }: SealRoom, ask: Ask): Promise<KnownCompany> {
  const code = ask.param('uscc')
  const found = /^[0-9A-Z]{18}$/.test(code) ? await stores.sealInterface.company(ask.clientId, { uscc: code }) : undefined
  if (found === undefined) throw new BrokerError('seal_asked_unknown', 'no company that this center knows')
  return found
}

/** One that was made, of a company that the center knows. @throws BrokerError seal_unknown */
async function sealOf({ stores }: SealRoom, ask: Ask): Promise<{ row: SealRow; company: KnownCompany }> {
  const id = ask.param('id')
  const row = /^[\w-]{10,60}$/.test(id) ? await stores.seals.find(id) : undefined
  const company = row === undefined || row.edition === 0 ? undefined : await stores.sealInterface.company(ask.clientId, { id: row.enterpriseId })
  if (row === undefined || company === undefined) throw new BrokerError('seal_unknown', 'no such seal of a company that this center knows')
  return { row, company }
}

/** @param edition the newest @param ders of the company's shields, by thumbprint */
async function tellSeal(room: SealRoom, row: SealRow, company: KnownCompany, edition: SealEdition, ders: ReadonlyMap<string, string>) {
  const answers = await Promise.all(edition.certificates.map(({ thumbprint }) => governmentOf(room, ders.get(thumbprint))))
  const government = answers.includes('no') ? 'no' : answers.length > 0 && answers.every(each => each === 'yes') ? 'yes' : 'unknown'
  return {
    ...{ id: row.id, kind: row.kind, name: `${row.name}${row.under ?? ''}`, company: { uscc: company.uscc, name: company.name } },
    ...{ state: SHOWN.parse(await room.life.stateOf(row)), es_id: edition.esId, edition: edition.number },
    ...{ valid_from: edition.validFrom, valid_until: edition.validUntil, government },
  } satisfies z.output<typeof SealAnswer>
}
async function governmentOf({ usesOf }: SealRoom, der: string | undefined): Promise<'yes' | 'no' | 'unknown'> {
  if (der === undefined) return 'unknown'
  return (await usesOf(readCertificate(Buffer.from(der, 'base64')))).includes('government-seal') ? 'yes' : 'no'
}

async function tellSeals(room: SealRoom, company: KnownCompany, rows: readonly SealRow[]): Promise<z.output<typeof SealAnswer>[]> {
  const made = rows.filter(({ edition }) => edition > 0)
  const editions = new Map((await room.stores.seals.latest(made.map(({ id }) => id))).map(each => [each.sealId, each]))
  const shields = await room.stores.seals.shieldsOf(company.id, 200)
  const ders = new Map(shields.flatMap(({ thumbprint, der }) => (der === undefined ? [] : [[thumbprint, der]])))
  const told = await Promise.all(
    made.map(row => {
      const edition = editions.get(row.id)
      return edition === undefined ? undefined : tellSeal(room, row, company, edition, ders)
    }),
  )
  return told.filter(each => each !== undefined)
}
async function tellOne(room: SealRoom, { row, company }: { row: SealRow; company: KnownCompany }) {
  const [seal] = await tellSeals(room, company, [row])
  if (seal === undefined) throw new BrokerError('seal_unknown', 'a seal without an edition')
  return { body: seal, outcome: seal.state }
}

const shared = { scope: 'seals.read', status: 200, method: 'get' } as const

export const companyOperations: readonly SealOperation[] = [
  {
    ...shared,
    path: `${BASE}/companies`,
    name: 'listCompanies',
    title: { zh: '本中心认识的企业', en: 'Companies you know' },
    about: { zh: '在本中心登录过或有任务的企业。', en: 'Those that logged in at your center or have a task of yours.' },
    parameters: [
      { name: 'after', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'string' } },
    ],
    answer: CompanyList,
    refusals: [],
    async run({ stores }, ask) {
      const { after, limit } = ask.query(
        z.strictObject({ after: z.string().max(18).optional(), limit: z.coerce.number().int().min(1).max(100).default(50) }),
      )
      const found = await stores.sealInterface.companies(ask.clientId, limit, after)
      const last = found.at(-1)
      const companies = found.map(each => ({ uscc: each.uscc, name: each.name }))
      return { body: { companies, ...(found.length === limit && last !== undefined ? { next: last.uscc } : {}) }, items: found.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/companies/{uscc}/seals`,
    name: 'listSeals',
    title: { zh: '企业的印章', en: 'Seals of a company' },
    about: {
      zh: '已制成的印章：名称、种类、状态、有效期、是否政务。',
      en: 'Those that were made: name, kind, state, validity, and whether for government affairs.',
    },
    answer: SealList,
    refusals: ['seal_asked_unknown'],
    async run(room, ask) {
      const company = await companyOf(room, ask)
      const seals = await tellSeals(room, company, await room.stores.seals.ofEnterprise(company.id, 200))
      return { body: { seals }, items: seals.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/seals/{id}`,
    name: 'getSeal',
    title: { zh: '印章详情', en: 'Look at a seal' },
    about: { zh: '现在的状态和最新一版的有效期。', en: 'Its state now, and the newest edition.' },
    answer: SealAnswer,
    refusals: ['seal_unknown'],
    run: async (room, ask) => await tellOne(room, await sealOf(room, ask)),
  },
  {
    ...shared,
    path: `${BASE}/seals:by-es-id`,
    name: 'findSeal',
    title: { zh: '按印章编码查找', en: 'Find a seal by its esID' },
    about: { zh: '文件里的印章编码（esID）是哪一枚、现在怎样。', en: 'Which seal a document’s esID names, and what it is now.' },
    parameters: [{ name: 'es_id', in: 'query', about: { zh: '印章编码。', en: 'The esID.' }, schema: { type: 'string', maxLength: 100 } }],
    answer: SealAnswer,
    refusals: ['seal_unknown'],
    async run(room, ask) {
      const { es_id: esId } = ask.query(z.strictObject({ es_id: z.string().min(1).max(100) }))
      const seal = (await room.stores.seals.byEsId(esId))?.seal
      const company = seal === undefined ? undefined : await room.stores.sealInterface.company(ask.clientId, { id: seal.enterpriseId })
      if (seal === undefined || company === undefined) throw new BrokerError('seal_unknown', 'no such seal of a company that this center knows')
      return await tellOne(room, { row: seal, company })
    },
  },
  {
    ...shared,
    path: `${BASE}/seals/{id}/certificates`,
    name: 'listSealCertificates',
    title: { zh: '印章可用的盾', en: 'Shields of a seal' },
    about: { zh: '哪些证书可以使用最新一版。', en: 'Which certificates may use the newest edition.' },
    answer: CertificateList,
    refusals: ['seal_unknown'],
    async run(room, ask) {
      const [edition] = await room.stores.seals.editions((await sealOf(room, ask)).row.id, 1)
      const certificates = (edition?.certificates ?? []).map(({ thumbprint, holder, notAfter }) => ({ thumbprint, holder, not_after: notAfter }))
      return { body: { certificates }, items: certificates.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/seals/{id}/history`,
    name: 'getSealHistory',
    title: { zh: '印章状态历史', en: 'History of a seal' },
    about: { zh: '何时制成、停用、恢复、重制、作废。', en: 'When it was made, suspended, resumed, remade, revoked.' },
    answer: SealHistory,
    refusals: ['seal_unknown'],
    async run(room, ask) {
      const found = await room.stores.seals.steps((await sealOf(room, ask)).row.id, 500)
      const steps = found.flatMap(({ kind, at, edition }) => {
        const step = STEPS.safeParse(kind)
        return step.success ? [{ step: step.data, at, edition }] : []
      })
      return { body: { steps }, items: steps.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/seals/{id}/editions`,
    name: 'listEditions',
    title: { zh: '印章的历次版本', en: 'Editions of a seal' },
    about: { zh: '每次重制一版；旧版盖的章仍可验。', en: 'One for each remake; what an older one sealed stays verifiable.' },
    answer: EditionList,
    refusals: ['seal_unknown'],
    async run(room, ask) {
      const found = await room.stores.seals.editions((await sealOf(room, ask)).row.id, 100)
      const editions = found.map(({ number, esId, madeAt, validFrom, validUntil, supersededAt }) => ({
        ...{ edition: number, es_id: esId, made_at: madeAt, valid_from: validFrom, valid_until: validUntil },
        ...(supersededAt === undefined ? {} : { superseded_at: supersededAt }),
      }))
      return { body: { editions }, items: editions.length }
    },
  },
]
