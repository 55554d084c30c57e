import { expect } from 'chai'
import type { MandateView } from '../../server/authorization/mandates.ts'
import { refusedTo, type Who, type Wish } from '../../server/authorization/workbench-access.ts'

/** Who may see and do what, by its table. */
describe('who may do what in the workbench', () => {
  const boss: Who = { membershipId: 'm-boss', personId: 'p-boss', enterpriseId: 'e1', representative: true }
  const clerk: Who = { membershipId: 'm-clerk', personId: 'p-clerk', personDigest: 'd-clerk', enterpriseId: 'e1', representative: false }
  const colleague: Who = { membershipId: 'm-col', personId: 'p-col', enterpriseId: 'e1', representative: false }
  const elsewhere: Who = { membershipId: 'm-else', personId: 'p-else', enterpriseId: 'e2', representative: true }
  const elsewhereClerk: Who = { ...clerk, membershipId: 'm-clerk-2', enterpriseId: 'e2' }

  type Seen = Extract<Wish, { see: unknown }>['see']
  const row: MandateView['row'] = {
    id: 'mandate-1',
    enterpriseId: 'e1',
    state: 'active',
    version: 3,
    place: 3,
    usedFen: 0,
    text: '',
    giverId: 'm-boss',
    rootGiverId: 'm-boss',
    granteePersonId: 'p-clerk',
    chain: [],
    validFrom: '',
    validUntil: '',
    integrity: '',
    createdAt: '',
    updatedAt: '',
  }
  const seen = (more: Partial<MandateView['row']> = {}, depth = 1): Seen => {
    const made = { ...row, ...more }
    return { row: made, state: made.state, terms: { depth, acts: depth > 0 ? ['login', 'delegate'] : ['login'] } }
  }
  const draft = seen({ state: 'drafted' })
  const { granteePersonId: _, ...unknown } = row
  const byDigest: Seen = { row: { ...unknown, granteeDigest: 'd-clerk', state: 'offered' }, state: 'offered', terms: { depth: 0, acts: ['login'] } }
  const nameless: Seen = { row: unknown, state: 'offered', terms: undefined }

  for (const [sentence, who, wish, code] of [
    ['everybody sees their own', clerk, 'own', undefined],
    ['the legal representative sees all mandates', boss, 'all-mandates', undefined],
    ['an operator does not', clerk, 'all-mandates', 'legal_representative_only'],
    ['an operator does not see the whole history', clerk, 'whole-history', 'legal_representative_only'],
    ['an operator does not see the shields', clerk, 'shields', 'legal_representative_only'],
    ['an operator gives nothing of their own', clerk, 'give', 'legal_representative_only'],
    ['the legal representative gives', boss, 'give', undefined],
    ['the giver sees it', boss, { see: seen() }, undefined],
    ['the person named sees it', clerk, { see: seen() }, undefined],
    ['the person named sees it from another company, too', elsewhereClerk, { see: seen() }, undefined],
    ['a person named by the id number sees it', clerk, { see: byDigest }, undefined],
    ['a colleague does not', colleague, { see: seen() }, 'mandate_unknown'],
    ['who has no id number on record is not the one whom none is named for', colleague, { see: nameless }, 'mandate_unknown'],
    ['another company’s legal representative does not', elsewhere, { see: seen() }, 'mandate_unknown'],
    ['the person named does not see the draft', clerk, { see: draft }, 'mandate_unknown'],
    ['the legal representative does not see an operator’s draft', boss, { see: seen({ state: 'drafted', giverId: 'm-clerk' }) }, 'mandate_unknown'],
    ['its writer finishes a draft', boss, { finish: draft }, undefined],
    ['nobody else does', clerk, { finish: draft }, 'mandate_unknown'],
    [
      'the legal representative controls what an operator passed on',
      boss,
      { control: seen({ giverId: 'm-clerk', granteePersonId: 'p-col' }) },
      undefined,
    ],
    ['an operator controls what they passed on', clerk, { control: seen({ giverId: 'm-clerk', granteePersonId: 'p-col' }) }, undefined],
    ['the person named does not control it', clerk, { control: seen() }, 'legal_representative_only'],
    ['a colleague learns nothing by trying', colleague, { control: seen() }, 'mandate_unknown'],
    ['only the person named answers', boss, { answer: seen({ state: 'offered' }) }, 'mandate_wrong_person'],
    ['the person named answers', clerk, { answer: byDigest }, undefined],
    ['the holder passes on', clerk, { passOn: seen() }, undefined],
    ['not from another company', elsewhereClerk, { passOn: seen() }, 'mandate_wrong_person'],
    ['not where it may not be', clerk, { passOn: seen({}, 0) }, 'mandate_too_deep'],
    ['not while it is suspended', clerk, { passOn: seen({ state: 'suspended' }) }, 'mandate_too_deep'],
    ['not the giver', boss, { passOn: seen() }, 'mandate_wrong_person'],
  ] as const satisfies readonly (readonly [string, Who, Wish, string | undefined])[]) {
    it(sentence, () => expect(refusedTo(who, wish)).to.equal(code))
  }
})
