import { expect } from 'chai'
import { decide } from '../../server/authorization/decide.ts'
import { ownPower } from '../../server/login/admission.ts'
import type { Membership } from '../../server/storage/stores-parties.ts'
import { COMPANIES } from './stage.ts'

describe('the power to log in without a mandate', () => {
  const [company] = COMPANIES
  if (company === undefined) throw new Error('no company')
  for (const role of ['operator', 'legal-representative'] as const) {
    for (const byBank of [true, false]) {
      for (const suspended of [true, false]) {
        it(`is what the one decision says, of ${suspended ? 'a suspended' : 'an active'} ${role} whom ${byBank ? 'a bank' : 'no bank'} names`, () => {
          const membership: Membership = {
            id: 'm',
            enterprise: { id: 'e', ...company },
            person: { id: 'p', name: '张示例' },
            role,
            suspended,
            byBank,
          }
          const decision = decide({
            now: new Date('2026-11-28T08:00:00.000Z'),
            actor: { membershipId: 'm', assurance: 'bank-session' },
            request: { act: 'login', center: 'c' },
            approvals: [],
            membership: { ...membership, personId: 'p' },
            company: { uscc: company.uscc, ...(role === 'operator' ? {} : { legalRepresentativeId: 'm' }) },
            mandates: [],
          })
          const power = ownPower(membership)
          // a representative whom no bank names does not come about; if one did, the decision would be asked
          if (power !== undefined) expect(decision).to.deep.equal({ kind: 'allow', power })
          else if (byBank || role === 'operator') expect(decision.kind).to.equal('deny')
        })
      }
    }
  }
})
