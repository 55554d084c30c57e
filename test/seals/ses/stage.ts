import { createHash } from 'node:crypto'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { algorithmFor } from '../../../server/pki/algorithms.ts'
import type { Certificate } from '../../../server/pki/certificate.ts'
import { verifyChain } from '../../../server/pki/path.ts'
import { verifyTimestamp } from '../../../server/pki/timestamp.ts'
import { writeTimestampInfo } from '../../../server/pki/timestamp-info.ts'
import { writeTimestampToken } from '../../../server/pki/timestamp-token.ts'
import type { JudgedValue, JudgeQuestion, SignatureValue, Signed } from '../../../server/seals/contract.ts'
import { createSealJudge } from '../../../server/seals/judge.ts'
import type { JudgeDeps, SealVerdict } from '../../../server/seals/ports.ts'
import { type Answer, answerOf } from '../../../server/seals/report.ts'
import { makeSeal, type SealRequest } from '../../../server/seals/ses/make.ts'
import { createSesValue } from '../../../server/seals/values/ses-value.ts'
import { at, makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'
import { POLICY, root as timeRoot, tsa } from '../../pki/timestamp-stage.ts'

/** A maker of seals, shields of one company and of a stranger, a seal, and a judge that trusts one CA; made for one test run. */
export const ca = makeRoot('演示签章 CA')
export const maker = makeUnder(ca, '演示制章者')
export const shield = makeUnder(ca, '示例建设有限公司')
export const second = makeUnder(ca, '示例建设有限公司 2')
export const stranger = makeUnder(ca, '另一示例公司')
export { at, type Party }

const request: SealRequest = {
  esId: 'DEMO-0001',
  vid: 'SHARED-SHIELD',
  type: 1,
  name: '示例建设有限公司',
  certificates: [shield.certificate, second.certificate],
  createdAt: new Date('2027-01-01T00:00:00Z'),
  validFrom: new Date('2027-01-01T00:00:00Z'),
  validUntil: new Date('2028-01-01T00:00:00Z'),
  picture: { type: 'PNG', data: Buffer.from('89504e470d0a1a0a', 'hex'), width: 40, height: 40 },
  maker,
}
export const sealWith = (changes: Partial<SealRequest> = {}): Buffer => makeSeal({ ...request, ...changes })
export const seal = sealWith()

export const document = Buffer.from('<Signature>示例</Signature>')
const property = '/Doc_0/Signs/Sign_0/Signature.xml'
export const signed: Signed = { digest: createHash('sm3').update(document).digest(), property, at }
export const question: JudgeQuestion = { digestOf: digest => createHash(digest).update(document).digest(), property }

/** What a shield does: it signs the bytes it is given. */
export const signBy = (party: Party, bytes: Uint8Array): Buffer => algorithmFor(party.privateKey).sign(party.privateKey, bytes)

/** A whole value, made as the service makes it. */
export function set(value: SignatureValue, party: Party, of: Signed = signed, stampedAt?: Date): Buffer {
  const signature = signBy(party, value.toSign(of))
  return value.write(of, signature, stampedAt === undefined ? undefined : stampOver(signature, stampedAt))
}
export const setSeal = (of: Partial<Signed> = {}, stampedAt?: Date): Buffer =>
  set(createSesValue({ seal, certificate: shield.certificate }), shield, { ...signed, ...of }, stampedAt)

export function stampOver(bytes: Uint8Array, genTime: Date, by: Party = tsa.SM2): Buffer {
  const imprint = { digest: 'sm3', hash: createHash('sm3').update(bytes).digest() } as const
  const info = writeTimestampInfo({ policy: POLICY, imprint, serial: Buffer.of(7), genTime, accuracyMs: 0, ordering: false, nonce: undefined })
  return writeTimestampToken(info, { signer: by.certificate, key: by.privateKey, certificates: [by.certificate] })
}

export interface World {
  /** as of which it is judged */
  now?: Date
  /** since when, by thumbprint */
  revoked?: ReadonlyMap<string, Date>
  /** nobody could be asked */
  silent?: boolean
  roots?: readonly Certificate[]
}

/** The trust list of a test: one CA, and a list of revocations. */
export function depsIn({ now = at, revoked = new Map(), silent = false, roots = [ca.certificate] }: World = {}): JudgeDeps {
  const clock = fixedClock(now)
  return {
    clock,
    verdictOf: async (certificate, { at: asked, chain, proven }): Promise<SealVerdict> => {
      const path = verifyChain({ leaf: certificate, roots, intermediates: [...chain], at: asked })
      const refused = (code: SealVerdict['code'] & string, state: SealVerdict['revocation']['state'], since?: Date): SealVerdict => ({
        ok: false,
        code,
        reasons: [{ code, facts: code }],
        revocation: { state, ...(since === undefined ? {} : { since: since.toISOString() }) },
      })
      if (!path.ok) return refused(path.code, 'not-asked')
      if (silent) return refused('revocation_unknown', 'unknown')
      const since = revoked.get(certificate.thumbprint)
      if (since === undefined) return { ok: true, reasons: [], revocation: { state: 'good' }, government: 'yes', name: '示例建设有限公司' }
      if (proven && since > asked) return { ok: true, reasons: [], revocation: { state: 'revoked', since: since.toISOString() } }
      return refused('certificate_revoked', 'revoked', since)
    },
    stampVerdictOf: async (token, data) => verifyTimestamp({ token, of: { data }, roots: [timeRoot.certificate], at: clock.now() }),
  }
}
export const judgeIn = (world?: World) => createSealJudge(depsIn(world))

/** What a judge hands on of a document's evidence. */
export function evidenceAsked(): { judge: ReturnType<typeof createSealJudge>; asked: { chain: number; crls: number; stamp: number }[] } {
  const asked: { chain: number; crls: number; stamp: number }[] = []
  const judge = createSealJudge({
    clock: fixedClock(at),
    async verdictOf(_certificate, { chain, evidence }) {
      asked.push({ chain: chain.length, crls: evidence?.crls.length ?? 0, stamp: 0 })
      return { ok: true, reasons: [], revocation: { state: 'good' } }
    },
    async stampVerdictOf(token, data, evidence) {
      asked.push({ chain: 0, crls: 0, stamp: evidence?.ocsps.length ?? 0 })
      return verifyTimestamp({ token, of: { data }, roots: [timeRoot.certificate], at })
    },
  })
  return { judge, asked }
}

export const judged = (value: Uint8Array, world: World = {}, content: JudgeQuestion = question): Promise<JudgedValue> =>
  judgeIn(world).value(value, content)

/** The three answers, in a word: intact, trusted, valid. */
export const answers = ({ checks }: JudgedValue): string => (['intact', 'trusted', 'valid'] as const).map(of => answerOf(checks, of)).join(' ')

/** The answer of one check; undefined where it was not made. */
export const answerIn = ({ checks }: JudgedValue, code: string): Answer | undefined => checks.find(each => each.code === code)?.ok
/** The codes of every check that is not yes. */
export const objections = ({ checks }: JudgedValue): string[] => checks.filter(({ ok }) => ok !== 'yes').map(({ code, ok }) => `${code} ${ok}`)
