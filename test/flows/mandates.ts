/** A mandate given as the workbench has it given: drafted, signed by the giver's shield, accepted with the other one's. Shields sign without the agent here. */
import { readFile } from 'node:fs/promises'
import { identityNumber, type Seat, seatsAt } from '../../bank-adapters/mock-bank/companies.ts'
import { openShieldFile, readShieldFile } from '../../bank-adapters/shield-agent/shield-file.ts'
import { type DraftInput, readDraft } from '../../server/authorization/draft.ts'
import { days } from '../../server/kernel/clock.ts'
import { newTraceCode } from '../../server/kernel/ids.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { signCms } from '../../server/pki/cms.ts'
import { sm3 } from '../../server/pki/sm2.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { shieldBySerial } from './common.ts'
import type { Shield } from './expectations.ts'
import type { TestSandbox } from './sandbox.ts'

/** Somebody with a shield of their own, who has logged in for their company with it. */
export interface Holder {
  shield: Shield
  /** the membership, as centers see it */
  sub: string
}

/** The legal representative of one company and an operator of another, both at ABC, each with a fresh shield. @param nth which companies: tests that change them take their own */
export async function twoCompanies(sandbox: TestSandbox, nth: number): Promise<{ boss: Holder; clerk: Holder }> {
  const seats = seatsAt('abc')
  const companies = [...new Set(seats.map(({ company }) => company))]
  const seatOf = (at: number, role: Seat['role']): Seat => {
    const found = seats.find(({ company, ...seat }) => company === companies[at] && seat.role === role)
    if (found === undefined) throw new Error(`ABC has no company ${at}`)
    return found
  }
  const boss = await holder(sandbox, seatOf(nth, 'legal-representative'))
  // far enough away: neighbouring companies share operators
  return { boss, clerk: await holder(sandbox, seatOf((nth + 4) % companies.length, 'operator')) }
}

export async function holder(sandbox: TestSandbox, seat: Seat): Promise<Holder> {
  const { serial } = await sandbox.bank.issue('abc', seat)
  const shield = shieldBySerial(sandbox, 'abc', serial)
  const { sub } = await logIn(sandbox.walker(), { bank: 'abc', shield, company: seat.company.uscc })
  return { shield, sub: String(sub) }
}

/** In force when it resolves. @returns its id */
export async function give({ app }: Pick<TestSandbox, 'app'>, boss: Holder, clerk: Holder, more: Partial<DraftInput> = {}): Promise<string> {
  const { mandates } = app.authorization
  const now = Date.now()
  const { person } = clerk.shield
  const draft = readDraft(
    {
      grantee: { name: person.name, idNumber: identityNumber(Number(person.id.slice(1))) },
      acts: ['login'],
      validFrom: new Date(now - 60_000).toISOString(),
      validUntil: new Date(now + days(30)).toISOString(),
      ...more,
    },
    text => sm3(Buffer.from(text, 'utf8')),
  )
  const { row } = await mandates.draft(as(boss), draft)
  await mandates.offer(as(boss), row.id, await sign(boss.shield, row.text))
  const { text } = await mandates.acceptance(as(clerk), row.id)
  await mandates.accept(as(clerk), row.id, { text, cms: await sign(clerk.shield, text) })
  return row.id
}

export async function change({ app }: TestSandbox, boss: Holder, id: string, what: 'suspend' | 'resume' | 'revoke'): Promise<void> {
  const { mandates } = app.authorization
  const { text } = await mandates.changing(as(boss), id, what)
  await mandates.change(as(boss), id, what, { text, cms: await sign(boss.shield, text) })
}

export const as = ({ sub }: Holder) => ({ membershipId: sub, trace: newTraceCode() })

/** The words with the shield's signature over them. */
export async function signed(shield: Shield, text: string): Promise<{ text: string; cms: string }> {
  return { text, cms: await sign(shield, text) }
}

async function sign({ path, pin }: Shield, text: string): Promise<string> {
  const file = readShieldFile(await readFile(path, 'utf8'))
  const { sign: privateKey } = openShieldFile(file, pin)
  const certificate = readCertificate(Buffer.from(file.signCertificate, 'base64'))
  return signCms({ content: Buffer.from(text, 'utf8'), certificate, privateKey, detached: false }).toString('base64')
}
