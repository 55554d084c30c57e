/**
 * Owns when to renew a shield and when not to. Between encrypting a bid and decrypting it, not: the renewed shield holds another key. Where the certificate ends before that, now, and then every waiting bid
 * has to be encrypted again. Pure.
 */
import { days } from '../kernel/clock.ts'
import type { Opening } from '../storage/stores-bids.ts'

export type RenewalAdvice =
  /** nothing waits, and the certificate lasts */
  | { verdict: 'no-need'; zh: string; en: string }
  /** nothing waits: any time is good, until it ends */
  | { verdict: 'renew-now'; until: string; zh: string; en: string }
  /** bids wait: not before the last is decrypted */
  | { verdict: 'wait'; notBefore: string; until: string; zh: string; en: string }
  /** it does not last: renew now and encrypt all of these again before the first deadline */
  | { verdict: 'renew-and-encrypt-again'; before: string; openings: { id: string; title: string; opensAt: string }[]; zh: string; en: string }

/** from when on a renewal is due */
const DUE = days(60)

/**
 * @param waiting openings for which a bid waits that is encrypted to this certificate
 */
export function adviseRenewal({ notAfter }: { notAfter: Date }, waiting: readonly Opening[], now: Date): RenewalAdvice {
  const until = notAfter.toISOString()
  const last = waiting.map(({ decryptBy }) => decryptBy).reduce((latest, each) => (each > latest ? each : latest), '')
  if (last === '') {
    return notAfter.getTime() - now.getTime() > DUE
      ? {
          verdict: 'no-need',
          zh: '证书还有较长有效期，目前没有等待开标的标书，不必续期。',
          en: 'The certificate lasts and no bid waits for it: no need to renew.',
        }
      : {
          verdict: 'renew-now',
          until,
          zh: '目前没有等待开标的标书，可以现在续期，请在到期前办理。',
          en: 'No bid waits for this certificate: renew it now, before it ends.',
        }
  }
  if (last < until) {
    return {
      verdict: 'wait',
      notBefore: last,
      until,
      zh: '有标书等待开标，解密完成前请不要续期；解密完成后、证书到期前再续期。',
      en: 'A bid waits for its opening: do not renew until it is decrypted, then renew before the certificate ends.',
    }
  }
  const openings = waiting.map(({ id, title, opensAt }) => ({ id, title, opensAt })).sort((a, b) => (a.opensAt < b.opensAt ? -1 : 1))
  return {
    verdict: 'renew-and-encrypt-again',
    before: openings[0]?.opensAt ?? until,
    openings,
    zh: '证书会在解密完成前到期。请现在续期，并用续期后的盾把所列标书全部重新加密上传，须在最早的投标截止前完成。',
    en: 'The certificate ends before decrypting is over. Renew now, then encrypt every listed bid again with the renewed shield and upload it before the earliest deadline.',
  }
}
