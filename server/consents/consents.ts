import type { ActRequest } from '../kernel/authority.ts'
import { CHINA_AHEAD, chinaDay } from '../kernel/china-time.ts'
import { days } from '../kernel/clock.ts'
import type { ConsentQuestion, ConsentStands, ConsentUse, UseConsent } from '../kernel/data-consent.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { markRecorded } from '../kernel/recorded.ts'
import type { DataConsent } from '../storage/stores-consents.ts'
import type { ConsentDeps, ConsentPerson } from './ports.ts'
import { BETWEEN, type ConsentForm, consentText, isAsSigned } from './terms.ts'

/**
 * Consents to give a company's data (数据授权): given with a person's shield, used one at a time, withdrawn at once. Owns that nothing flows without one and that every use is written down; what flows is the business of
 * whoever asks. Consents to share a person's claims at a login are the provider's.
 */
export interface Consents {
  /** The words to be signed, which name all that the consent will say. @throws BrokerError consent_terms_invalid */
  wording(by: ConsentPerson, form: ConsentForm): Promise<string>
  /** The words of several consents, which one signature gives. @throws BrokerError consent_terms_invalid */
  wordingOfAll(by: ConsentPerson, forms: readonly ConsentForm[]): Promise<string>
  /** One that is there already, by the same words, stays as it is. @throws BrokerError consent_terms_invalid, consent_taken; those of `words` and of `Authority.use` */
  giveAll(by: ConsentPerson, forms: readonly ConsentForm[], signed: { text: string; cms: string }): Promise<string[]>
  /** The same of one. @throws BrokerError consent_terms_invalid, consent_taken; those of `words` and of `Authority.use` */
  give(by: ConsentPerson, form: ConsentForm, signed: { text: string; cms: string }): Promise<string>
  /** At once. @throws BrokerError consent_unknown, consent_taken; those of `Authority.use` */
  withdraw(by: ConsentPerson, id: string): Promise<void>
  use: UseConsent
  stands: ConsentStands
  /** @throws BrokerError consent_unknown for another company's, too */
  ofCompany(uscc: string, id: string): Promise<DataConsent>
}

/** the longest that a consent may be given for */
const LONGEST = days(3 * 366)
/** consents of one recipient that are looked through for why nothing was given */
const LOOKED = 50

export function createConsents(deps: ConsentDeps): Consents {
  const { store, authority, words, clock, trail } = deps

  async function termsOf(by: ConsentPerson, form: ConsentForm) {
    const recipient = (await deps.recipients()).find(({ id }) => id === form.recipient)
    if (recipient === undefined) throw new BrokerError('consent_terms_invalid', 'nobody who may be given data', { received: form.recipient })
    // to the end of the last day in China
    const until = Date.parse(`${form.until}T00:00:00.000Z`) - CHINA_AHEAD + days(1)
    const now = clock.now()
    if (until <= now.getTime() || until > now.getTime() + LONGEST)
      throw new BrokerError('consent_terms_invalid', 'a time that is over or too long', {
        received: form.until,
        expected: `from ${chinaDay(now)} on`,
      })
    const terms = {
      id: form.id,
      uscc: by.membership.uscc,
      companyName: by.membership.enterpriseName,
      personName: by.membership.personName,
      recipient: recipient.id,
      dataSet: form.data,
      purpose: form.purpose,
      ...(form.project === '' ? {} : { project: form.project }),
      validUntil: new Date(until).toISOString(),
      ...(form.uses === '' ? {} : { maxUses: form.uses }),
    }
    return { terms, text: (at: string) => consentText(terms, recipient.name, at) }
  }

  const allTerms = (by: ConsentPerson, forms: readonly ConsentForm[]) => Promise.all(forms.map(form => termsOf(by, form)))

  /** The words are those that were shown, and a shield of this very person signed them. */
  async function signing(by: ConsentPerson, forms: readonly ConsentForm[], signed: { text: string; cms: string }) {
    const all = await allTerms(by, forms)
    words.demandWords(signed.text, at => textOfAll(all, at))
    const thumbprint = await words.signedBy(by, signed, true)
    return { all: all.map(({ terms }) => terms), signed, thumbprint, at: timeOf(signed.text) }
  }

  /** @throws BrokerError consent_taken where other words stand under the id */
  async function standing({ id, uscc }: Pick<DataConsent, 'id' | 'uscc'>, { text }: { text: string }): Promise<string> {
    const there = await store.find(id)
    if (there?.uscc !== uscc || there.text !== text) throw new BrokerError('consent_taken', 'a consent of this id is there')
    return id
  }

  async function giveOne(by: ConsentPerson, { all: [terms], signed, thumbprint, at }: Awaited<ReturnType<typeof signing>>): Promise<string> {
    if (terms === undefined) throw new BrokerError('consent_terms_invalid', 'nothing to consent to')
    const { project, recipient } = terms
    await power(by, { center: recipient, ...(project === undefined ? {} : { project }) }, terms.id, `consent:${terms.id}`)
    const { enterpriseId, id: membershipId } = by.membership
    const consent = { ...terms, ...signed, enterpriseId, membershipId, thumbprint, validFrom: at, createdAt: at, trace: by.trace }
    // of two that came at one moment with the same words one gives it, and the other is answered the same
    if (!(await store.give(consent))) return await standing(terms, signed)
    const { dataSet, purpose, validUntil } = terms
    const about = { company: terms.uscc, recipient, data: dataSet, purpose, project: project ?? '', until: validUntil, thumbprint }
    await trail.append({ code: 'consent.given', trace: by.trace, facts: { consent: terms.id, ...about } })
    return terms.id
  }

  async function giveAll(by: ConsentPerson, forms: readonly ConsentForm[], signed: { text: string; cms: string }): Promise<string[]> {
    const { all, ...rest } = await signing(by, forms, signed)
    const given: string[] = []
    for (const terms of all)
      given.push((await store.find(terms.id)) === undefined ? await giveOne(by, { all: [terms], ...rest }) : await standing(terms, signed))
    return given
  }

  /** @param once a key of this one act: asked for again, the power is counted once */
  const power = (by: ConsentPerson, about: Pick<ActRequest, 'center'> & { project?: string }, reference: string, once: string) =>
    authority.use(by.actor, { act: 'credit_consent', ...about }, { reference, trace: by.trace, once })

  async function own(uscc: string, id: string): Promise<DataConsent> {
    const found = await store.find(id)
    if (found?.uscc !== uscc) throw new BrokerError('consent_unknown', 'no such consent of this company')
    return found
  }

  async function refuse(question: Omit<ConsentQuestion, 'reference'>, trace: string, code: FailureCode, facts: string): Promise<never> {
    const { uscc, recipient, dataSet, purpose, project } = question
    await trail.append({ code: 'consent.refused', trace, facts: { failure: code, company: uscc, recipient, data: dataSet, purpose, project } })
    const error = new BrokerError(code, facts)
    markRecorded(error)
    throw error
  }

  async function use(question: ConsentQuestion, trace: string): Promise<ConsentUse> {
    const at = clock.now()
    const used = await store.use(question, at, trace)
    if (used === undefined || used === 'used-before') {
      const before = await usedBefore(question, at)
      if (before !== undefined) return before
      // what it was used under is over, and another consent allows it
      if (used === 'used-before') return await use({ ...question, reference: `${question.reference}:${newId()}` }, trace)
      const code = whyNot(await store.about(question, LOOKED), question, at)
      return await refuse(question, trace, code, 'no consent allows it')
    }
    const { consent, number } = used
    // whoever can write into the database cannot sign for the company
    if (!isWhole(consent)) return await refuse(question, trace, 'consent_tampered', `consent ${consent.id} is not as it was signed`)
    const { recipient, purpose, project, reference } = question
    await trail.append({ code: 'consent.used', trace, facts: { consent: consent.id, use: number, recipient, purpose, project, reference } })
    return { consent: consent.id, number, at: at.toISOString() }
  }
  const isWhole = (consent: DataConsent): boolean => isAsSigned(consent) && deps.intact(consent) === consent.thumbprint

  /** Asked again for the same, what was counted then stands, for as long as its consent does. */
  async function usedBefore({ uscc, recipient, reference, ...asked }: ConsentQuestion, at: Date): Promise<ConsentUse | undefined> {
    const use = await store.usedAs(recipient, reference)
    if (use === undefined || (['dataSet', 'purpose', 'project'] as const).some(each => use[each] !== asked[each])) return undefined
    const consent = await store.find(use.consent)
    const isStanding = consent?.uscc === uscc && consent.state === 'in-force' && at.toISOString() < consent.validUntil && isWhole(consent)
    return isStanding ? { consent: use.consent, number: use.number, at: use.at } : undefined
  }

  return {
    wording: async (by, form) => (await termsOf(by, form)).text(clock.now().toISOString()),
    async give(by, form, signed) {
      await giveAll(by, [form], signed)
      return form.id
    },
    wordingOfAll: async (by, forms) => textOfAll(await allTerms(by, forms), clock.now().toISOString()),
    giveAll,
    async withdraw(by, id) {
      const { recipient, uscc, project } = await own(by.membership.uscc, id)
      await power(by, { center: recipient, ...(project === undefined ? {} : { project }) }, id, `withdraw:${id}`)
      if (!(await store.withdraw(id, uscc, by.membership.id, clock.now()))) throw new BrokerError('consent_taken', 'it is withdrawn already')
      await trail.append({ code: 'consent.withdrawn', trace: by.trace, facts: { consent: id, company: uscc, recipient } })
    },
    use,
    async stands({ consent: id, recipient, project }, trace) {
      const consent = await store.find(id)
      if (consent?.recipient !== recipient) throw new BrokerError('consent_missing', 'no such consent for whoever asks')
      if (consent.state === 'withdrawn') return await refuse({ ...consent, project }, trace, 'consent_withdrawn', `withdrawn ${consent.withdrawnAt}`)
      if (Date.parse(consent.validUntil) <= clock.now().getTime())
        return await refuse({ ...consent, project }, trace, 'consent_expired', `until ${consent.validUntil}`)
    },
    ofCompany: own,
  }
}

const textOfAll = (all: readonly { text: (at: string) => string }[], at: string): string => all.map(({ text }) => text(at)).join(BETWEEN)

/** The nearest miss explains best; what is for other projects is not told of. */
function whyNot(found: readonly DataConsent[], { project }: ConsentQuestion, at: Date): FailureCode {
  const fitting = found.filter(each => each.project === undefined || each.project === project)
  const standing = fitting.filter(({ state }) => state === 'in-force')
  const now = at.toISOString()
  if (standing.some(each => each.validFrom <= now && now < each.validUntil)) return 'consent_used_up'
  if (standing.length > 0) return 'consent_expired'
  return fitting.length > 0 ? 'consent_withdrawn' : 'consent_missing'
}

/** @throws BrokerError challenge_mismatch for a time that is written otherwise than we write it */
function timeOf(text: string): string {
  const at = /\n时间:(\S+)$/.exec(text)?.[1] ?? ''
  if (new Date(at).toISOString() !== at) throw new BrokerError('challenge_mismatch', 'another form of time than was shown')
  return at
}
