import { createTrail } from '../../server/audit/trail.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { Certificate } from '../../server/pki/certificate.ts'
import type { NameParts } from '../../server/pki/names.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { newEntry, type TrustedCa } from '../../server/trust/entry.ts'
import { createTrustRegister, type TrustDeps, type TrustRegister } from '../../server/trust/register.ts'
import { at, from, makeRoot, makeUnder, type Party } from '../pki/hierarchy.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { newUscc } from '../suites/storage.ts'

/** A register on an empty database, a national root with two CAs under it, and a company's certificates. */
export interface Stage {
  stores: Stores
  clock: ReturnType<typeof fixedClock>
  register: TrustRegister
  /** serials that the revocation service calls revoked; `silence` makes it know nothing */
  revoked: Set<string>
  silence: { on: boolean }
  /** another process on the same database */
  another(more?: Partial<TrustDeps>): Promise<TrustRegister>
  audited(code: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

export async function openStage(more: Partial<TrustDeps> = {}, given?: Stores): Promise<Stage> {
  const clock = fixedClock(at)
  const stores = given ?? (await openTestStores({ clock }))
  const trail = createTrail({ store: stores.audit, clock })
  const revoked = new Set<string>()
  const silence = { on: false }
  const opened: TrustRegister[] = []
  async function another(wishes: Partial<TrustDeps> = {}): Promise<TrustRegister> {
    const register = await createTrustRegister({
      stores,
      clock,
      audit: trail,
      log: silentLog,
      approval: 'two-persons',
      revocation: {
        async check(certificate, _issuer, { optional }) {
          if (revoked.has(certificate.serial)) throw new BrokerError('certificate_revoked', 'on the list of the test')
          if (silence.on && !optional) throw new BrokerError('revocation_unknown', 'nobody answers')
        },
      },
      ...more,
      ...wishes,
    })
    opened.push(register)
    return register
  }
  return {
    stores,
    clock,
    register: await another(),
    revoked,
    silence,
    another,
    async audited(code) {
      const rows = (await stores.audit.read(1, 1000)).filter(row => row.code === code)
      return rows.map(row => JSON.parse(row.body))
    },
    async close() {
      for (const register of opened) register.close()
      await trail.close()
      await stores.close()
    },
  }
}

export const uscc = newUscc()
export const company = '演示建设集团有限公司'
export const shieldName = (sequence = 1): NameParts => [
  ['C', 'CN'],
  ['O', 'CFCA OCA1'],
  ['CN', `CFCA@${company}@N${uscc}@${sequence}`],
]
export const shieldOf = (issuer: Party, more: Parameters<typeof makeUnder>[2] = {}): Certificate =>
  makeUnder(issuer, '', { subject: shieldName(), ...more }).certificate

export const national = makeRoot('National')
export const ca = makeUnder(national, 'Province CA', { profile: 'ca' })
export const otherCa = makeUnder(national, 'Other CA', { profile: 'ca' })
export const shield = shieldOf(ca)

const listed = (role: 'anchor' | 'intermediate', ...parties: Party[]): TrustedCa['certificates'] =>
  parties.map(party => ({ role, der: party.certificate.der.toString('base64') }))

export const nationalRow = (more: Partial<TrustedCa> = {}): TrustedCa =>
  newEntry({
    id: 'national',
    name: { zh: '国家根', en: 'National root' },
    certificates: listed('anchor', national),
    joins: from.toISOString(),
    ...more,
  })
export const caRow = (more: Partial<TrustedCa> = {}, party = ca): TrustedCa =>
  newEntry({
    id: 'province-ca',
    name: { zh: '省级认证中心', en: 'Province CA' },
    region: '江苏',
    certificates: listed('intermediate', party),
    scope: { uses: ['login', 'seal', 'encryption'], holders: ['enterprise', 'person'] },
    subjectProfile: 'cfca-cn',
    joins: from.toISOString(),
    ...more,
  })
export const bankRow = (bank: string, party: Party, more: Partial<TrustedCa> = {}): TrustedCa =>
  caRow({ id: `bank-${bank}`, banks: [bank], certificates: listed('anchor', party), ...more })

export const put = (...rows: TrustedCa[]) => rows.map(row => ({ kind: 'put' as const, ca: row }))

/** Two persons put rows on the list. */
export async function list({ register }: Pick<Stage, 'register'>, ...rows: TrustedCa[]): Promise<number> {
  const { id } = await register.propose({ by: 'Li Na', why: 'they join', changes: put(...rows) })
  return (await register.approve({ id, by: 'Wang Wei' })).version
}

export const codeOf = (thrown: unknown): string => (thrown instanceof BrokerError ? thrown.code : String(thrown))
export const refusal = (work: Promise<unknown>): Promise<string> => work.then(() => 'accepted', codeOf)
