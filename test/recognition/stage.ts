import type { AuditEvent } from '../../server/audit/events.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { asBrokerError, type FailureCode } from '../../server/kernel/errors.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import type { Certificate } from '../../server/pki/certificate.ts'
import type { Crl } from '../../server/pki/crl.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { printable } from '../../server/pki/der-write.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { readSubject, type SubjectOfShield } from '../../server/pki/subject-profiles.ts'
import type { Caller, CertificateVerdict, Use, VerdictOf } from '../../server/recognition/ports.ts'
import { createRecognition, type RecognitionRoom } from '../../server/recognition/recognition.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { readableLog } from '../http/app.ts'
import { at, makeRoot, makeUnder, type Party } from '../pki/hierarchy.ts'
import { type ApiAnswer, type AskOptions, openApiSite, PUBLIC_URL } from '../suites/api-site.ts'
import { openTestStores } from '../suites/memory-stores.ts'

/** Recognition over real HTTP, with real certificates, real storage, and a trust list of one CA that decides by the real path validation. */
export const USCC = '91350200556207664B'
export const COMPANY = '厦门帝网信息科技有限公司'

const root = makeRoot('Recognition Root')
export const authority = makeUnder(root, 'Recognition CA', { profile: 'ca' })
const companyName = [
  ['C', 'CN'],
  ['O', COMPANY],
  ['CN', '张三'],
] as const
type Wishes = Parameters<typeof makeUnder>[2]
export const shield = (wishes: Wishes = {}, algorithm?: Parameters<typeof makeUnder>[3]): Party =>
  makeUnder(
    authority,
    '',
    {
      subject: [...companyName],
      extensions: [
        { oid: '1.2.156.10260.4.1.4', der: printable(USCC) },
        { oid: '1.2.156.10260.4.1.1', der: printable('110101199003071234') },
      ],
      ...wishes,
    },
    algorithm,
  )

export const revoked = shield()
export const stranger = makeUnder(makeRoot('Unlisted Root'), 'stranger')
const crl: Crl = readCrl(
  issueCrl({
    issuer: authority,
    entries: [{ serial: revoked.certificate.serial, at: new Date('2027-01-01T00:00:00Z') }],
    number: 1,
    thisUpdate: new Date(at.getTime() - 3_600_000),
    nextUpdate: new Date(at.getTime() + 86_400_000),
  }),
)

const KEY_USAGE = {
  login: ['digitalSignature', 'nonRepudiation'],
  seal: ['digitalSignature', 'nonRepudiation'],
  'government-seal': ['digitalSignature', 'nonRepudiation'],
  encryption: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'],
} as const

/** A trust list with one entry, not qualified for government affairs. `hooks.before` lets a test make it fail or wait. */
function trustList(hooks: Hooks): VerdictOf {
  return async (certificate, { at: time, use, chain = [] }) => {
    await hooks.before?.(certificate)
    hooks.asked++
    const ask = (each: Use) =>
      verifyChain({
        leaf: certificate,
        roots: [root.certificate],
        intermediates: [authority.certificate, ...chain],
        crls: [crl],
        at: time,
        keyUsage: KEY_USAGE[each],
      })
    const result = ask(use)
    const listed = certificate.issuer.key === authority.certificate.subject.key
    const ca = {
      id: 'recognition-ca',
      name: { zh: '互认测试机构', en: 'Recognition test CA' },
      region: '440100',
      qualification: 'none',
      filing: 'filed',
      joins: '2026-01-01T00:00:00.000Z',
    } as const
    const holder = listed ? holderOf(certificate) : undefined
    const verdict: CertificateVerdict = {
      ok: result.ok,
      version: 7,
      uses: result.ok ? (['login', 'seal', 'encryption'] as const).filter(each => ask(each).ok) : [],
      path: result.ok ? result.path.map(({ thumbprint }) => ({ thumbprint })) : [],
      reasons: result.ok ? [] : [{ code: result.code, facts: result.facts }],
      revocation: { state: result.ok ? 'good' : result.code === 'certificate_revoked' ? 'revoked' : 'not-asked' },
      ...(result.ok ? {} : { code: result.code, clause: result.clause }),
      ...(listed ? { ca } : {}),
      ...(typeof holder === 'object'
        ? { subject: { name: holder.enterprise, uscc: holder.uscc, ...(holder.person === undefined ? {} : { person: holder.person }) } }
        : {}),
    }
    if (result.ok && typeof holder === 'string') {
      return { ...verdict, ok: false, code: holder, clause: 'trust list', reasons: [{ code: holder, facts: 'no company in it' }] }
    }
    if (!result.ok || use !== 'government-seal') return verdict
    const clause = 'trust list'
    const code = 'certificate_wrong_use'
    return { ...verdict, ok: false, code, clause, reasons: [{ code, facts: 'its CA is not qualified for government affairs' }] }
  }
}

/** Who holds it, or the code with which its subject cannot be read. */
function holderOf(certificate: Certificate): SubjectOfShield | FailureCode {
  try {
    return readSubject('gbt20518', certificate)
  } catch (thrown) {
    return asBrokerError(thrown).code
  }
}

interface Hooks {
  before?: ((certificate: Certificate) => Promise<void>) | undefined
  asked: number
}

export interface Stage {
  url: string
  clock: ReturnType<typeof fixedClock>
  stores: Stores
  room: RecognitionRoom
  events: AuditEvent[]
  hooks: Hooks
  lines: ReturnType<typeof readableLog>['lines']
  tokens: Map<string, Caller>
  post(path: string, body: unknown, more?: AskOptions): Promise<ApiAnswer>
  close(): Promise<void>
}
export async function openStage(limits?: { requestsPerMinute?: number; itemsPerMinute?: number }): Promise<Stage> {
  const clock = fixedClock(at)
  const stores = await openTestStores({ clock })
  const { log, lines } = readableLog()
  const events: AuditEvent[] = []
  const hooks: Hooks = { asked: 0 }
  for (const name of ['a', 'b']) await stores.clients.put({ id: `center-${name}`, name: `交易中心${name}`, metadata: {} })
  const tokens = new Map<string, Caller>([
    ['center-a', { clientId: 'center-a', scopes: ['trust.verify', 'trust.challenge'] }],
    ['center-b', { clientId: 'center-b', scopes: ['trust.verify', 'trust.challenge'] }],
    ['verify-only', { clientId: 'center-a', scopes: ['trust.verify'] }],
    ['other-scope', { clientId: 'center-a', scopes: ['openid'] }],
  ])
  const room = createRecognition({
    publicUrl: PUBLIC_URL,
    stores,
    authenticate: async token => tokens.get(token),
    verdictOf: trustList(hooks),
    trail: { append: async (...more) => void events.push(...more) },
    trace: () => undefined,
    meter: silentMeter,
    clock,
    log,
    ...(limits === undefined ? {} : { limits }),
  })
  const site = await openApiSite('/api/trust', room.router, { clock, log })

  return {
    url: site.url,
    post: site.send,
    clock,
    stores,
    room,
    events,
    hooks,
    lines,
    tokens,
    async close() {
      await site.close()
      await room.close()
      await stores.close()
    },
  }
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
export const derOf = ({ certificate }: Party): string => base64(certificate.der)
