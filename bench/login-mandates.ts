/** Gives everybody who has logged in a mandate of their company's legal representative: signed by both shields, as the workbench has it given. */
import { openShieldFile, readShieldFile } from '../bank-adapters/shield-agent/shield-file.ts'
import type { App } from '../server/app.ts'
import { readDraft } from '../server/authorization/draft.ts'
import { days, systemClock } from '../server/kernel/clock.ts'
import { newTraceCode } from '../server/kernel/ids.ts'
import { readCertificate } from '../server/pki/certificate.ts'
import { signCms } from '../server/pki/cms.ts'
import { sm3 } from '../server/pki/sm2.ts'

type Shield = { file: string; pin: string }

/** @returns how many mandates are in force now */
export async function giveMandates({ authorization: { mandates }, stores }: App, shields: readonly Shield[]): Promise<number> {
  const now = systemClock.now().getTime()
  const signers = new Map<string, (text: string) => string>()
  const companies = new Set<string>()
  for (const shield of shields) {
    const file = readShieldFile(shield.file)
    const certificate = readCertificate(Buffer.from(file.signCertificate, 'base64'))
    const holder = await stores.mandates.holderOf(certificate.thumbprint)
    if (holder === undefined) continue
    const { sign: privateKey } = openShieldFile(file, shield.pin)
    signers.set(holder.personId, text => signCms({ content: Buffer.from(text, 'utf8'), certificate, privateKey, detached: false }).toString('base64'))
    for (const id of holder.enterpriseIds) companies.add(id)
  }
  let given = 0
  for (const company of companies) {
    const people = await stores.mandates.peopleOf(company, 100)
    const boss = people.find(({ role }) => role === 'legal-representative')
    const signBoss = signers.get(boss?.personId ?? '')
    for (const clerk of people.filter(({ role }) => role === 'operator')) {
      const signClerk = signers.get(clerk.personId)
      if (boss === undefined || signBoss === undefined || signClerk === undefined) continue
      const [by, to] = [boss, clerk].map(({ membershipId }) => ({ membershipId, trace: newTraceCode() }))
      if (by === undefined || to === undefined) continue
      const draft = readDraft(
        {
          grantee: { personId: clerk.personId, name: clerk.name },
          acts: ['login', 'seal_use'],
          validFrom: new Date(now - 60_000).toISOString(),
          validUntil: new Date(now + days(30)).toISOString(),
        },
        text => sm3(Buffer.from(text, 'utf8')),
      )
      const { row } = await mandates.draft(by, draft)
      await mandates.offer(by, row.id, signBoss(row.text))
      const { text } = await mandates.acceptance(to, row.id)
      await mandates.accept(to, row.id, { text, cms: signClerk(text) })
      given++
    }
  }
  if (given === 0) throw new Error('nobody was given a mandate')
  return given
}
