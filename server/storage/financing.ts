import { sealedLines } from './sealed-lines.ts'
import { read, type Sql, type Value } from './sql.ts'
import type { DealFlowRow, DealRow, FinancingRow, FinancingStore } from './stores-financing.ts'

/** Deals and financing. Both are written by effects (effect_deal, effect_deal_flow, effect_financing); which events there are, and what a row hides, is financing/'s. */
export function createFinancingStore(sql: Sql): FinancingStore {
  const deals = async (statement: typeof DEAL, values: readonly Value[]) => (await sql.query<DealColumns>(statement, values)).map(dealOf)
  const flows = async (statement: typeof FLOW, values: readonly Value[]) => (await sql.query<FlowColumns>(statement, values)).map(flowOf)
  const rows = async (statement: typeof FOR_STEP, values: readonly Value[]) => (await sql.query<Columns>(statement, values)).map(rowOf)
  return {
    dealWrite: ({ id, companyTag, numberTag, sealed }) => ({
      kind: 'deal',
      what: { id, company_tag: companyTag, number_tag: numberTag, sealed },
    }),
    flowWrite: ({ keyTag, dealId, sealed }) => ({ kind: 'deal_flow', what: { key_tag: keyTag, deal_id: dealId, sealed } }),
    write: ({ id, version, companyTag, sourceTag, sealed }, lines, codeTags = []) => ({
      kind: 'financing',
      what: {
        ...{ id, version, company_tag: companyTag, source_tag: sourceTag, sealed, codes: codeTags },
        lines: lines.map(line => ({ key_tag: line.keyTag, sealed: line.sealed })),
      },
    }),
    deal: async id => (await deals(DEAL, [id]))[0],
    dealByNumber: async numberTag => (await deals(DEAL_BY_NUMBER, [numberTag]))[0],
    dealsOf: (companyTag, limit, after) => deals(DEALS_OF, [companyTag, after ?? '', limit]),
    flows: (dealId, limit) => flows(FLOWS, [dealId, limit]),
    flow: async keyTag => (await flows(FLOW, [keyTag]))[0],
    forStep: async id => (await rows(FOR_STEP, [id]))[0],
    forBank: async codeTag => (await rows(FOR_BANK, [codeTag]))[0],
    forCompany: (companyTag, limit, after) => rows(FOR_COMPANY, [companyTag, after ?? '', limit]),
    forSource: (sourceTag, limit) => rows(FOR_SOURCE, [sourceTag, limit]),
    lines: (id, limit) => sealedLines(sql, LINES, [id, limit]),
  }
}

interface DealColumns {
  id: string
  company_tag: string
  number_tag: string
  sealed: string
}
const dealOf = ({ id, company_tag, number_tag, sealed }: DealColumns): DealRow => ({ id, companyTag: company_tag, numberTag: number_tag, sealed })

interface FlowColumns {
  key_tag: string
  deal_id: string
  sealed: string
}
const flowOf = ({ key_tag, deal_id, sealed }: FlowColumns): DealFlowRow => ({ keyTag: key_tag, dealId: deal_id, sealed })

interface Columns {
  id: string
  version: number
  company_tag: string
  source_tag: string
  sealed: string
}
const rowOf = ({ company_tag, source_tag, ...rest }: Columns): FinancingRow => ({ ...rest, companyTag: company_tag, sourceTag: source_tag })

const DEAL_COLUMNS = 'id, company_tag, number_tag, sealed'
const DEAL = read('deal_find', `SELECT ${DEAL_COLUMNS} FROM deal WHERE id = $1`)
const DEAL_BY_NUMBER = read('deal_by_number', `SELECT ${DEAL_COLUMNS} FROM deal WHERE number_tag = $1`)
const DEALS_OF = read('deals_of_company', `SELECT ${DEAL_COLUMNS} FROM deal WHERE company_tag = $1 AND id > $2 ORDER BY id LIMIT $3`)
const FLOWS = read('deal_flows', `SELECT key_tag, deal_id, sealed FROM deal_flow WHERE deal_id = $1 ORDER BY number LIMIT $2`)
const FLOW = read('deal_flow_find', `SELECT key_tag, deal_id, sealed FROM deal_flow WHERE key_tag = $1`)
const FINANCING = 'f.id, f.version, f.company_tag, f.source_tag, f.sealed'
const FOR_STEP = read('financing_for_step', `SELECT ${FINANCING} FROM financing f WHERE f.id = $1`)
const FOR_BANK = read(
  'financing_for_bank',
  `SELECT ${FINANCING} FROM financing_case c JOIN financing f ON f.id = c.financing_id WHERE c.code_tag = $1`,
)
const FOR_COMPANY = read(
  'financing_for_company',
  `SELECT ${FINANCING} FROM financing f WHERE f.company_tag = $1 AND f.id > $2 ORDER BY f.id LIMIT $3`,
)
const FOR_SOURCE = read('financing_for_source', `SELECT ${FINANCING} FROM financing f WHERE f.source_tag = $1 ORDER BY f.id LIMIT $2`)
const LINES = read('financing_lines', `SELECT number, key_tag, sealed FROM financing_event WHERE financing_id = $1 ORDER BY number LIMIT $2`)
