/** Owns what a bidder is told, in words: what happened, and what to do. The names of opening and time stand around them. */
import type { Cause, Trouble } from './watch-rules.ts'

interface Words {
  zh: string
  en: string
}

const CAUSES: Record<Cause, Words> = {
  lost: { zh: '加密标书用的盾已报失或损坏', en: 'The shield the bid is encrypted to was reported lost or broken.' },
  revoked: { zh: '加密标书用的证书已被吊销', en: 'The certificate the bid is encrypted to was revoked.' },
  replaced: { zh: '加密标书后换了新盾，新盾解不开这份标书', en: 'The shield was replaced after encrypting; the new one does not open the bid.' },
  renewed: { zh: '加密标书后证书已续期，续期后可能解不开', en: 'The certificate was renewed after encrypting; the bid may not open any more.' },
  expired: { zh: '加密标书用的证书已过期', en: 'The certificate the bid is encrypted to has expired.' },
  'expires-before-opening': {
    zh: '加密标书用的证书会在解密结束前过期',
    en: 'The certificate the bid is encrypted to expires before decrypting is over.',
  },
  'self-test-failed': { zh: '最近一次解密自检没有通过', en: 'The last self-test did not open the bid.' },
  'sign-test-failed': { zh: '最近一次自检，盾的签名没有通过', en: 'In the last self-test the shield’s signature was refused.' },
  untested: { zh: '标书上传后还没有做过解密自检', en: 'The bid has not been tested since it was uploaded.' },
  opening: { zh: '开标时间临近，证书状态正常', en: 'The opening is near, and the certificate is good.' },
}

const ACTIONS: Record<Trouble['action'], Words> = {
  'encrypt-again': {
    zh: '请在投标截止前用现在的盾重新加密并上传；来不及的，开标时申请应急解密。',
    en: 'Encrypt it again with the shield you have now and upload it before the deadline. If there is no time, ask for the rescue at the opening.',
  },
  'renew-then-encrypt-again': {
    zh: '请先续期，再用续期后的盾重新加密并上传，须在投标截止前完成。',
    en: 'Renew first, then encrypt again with the renewed shield and upload before the deadline.',
  },
  'self-test': {
    zh: '请现在插盾做一次解密自检（加密给手机银行的，试一次手机）；通不过的，在投标截止前重新加密并上传。',
    en: 'Run the self-test with your shield now, or try the phone the bid is encrypted to; if it fails, encrypt again and upload before the deadline.',
  },
  'use-other-shield': {
    zh: '请用加密时选用的另一个盾或手机解密，并现在用它试一次。',
    en: 'Use the other shield or phone the bid is encrypted to, and test it now.',
  },
  'mend-shield': {
    zh: '开标时要先用盾登录：请在本场开标的页面看原因，到开户银行办好，或换本企业的另一个盾登录后再解密。',
    en: 'At the opening a shield has to log in first: see the reason at this opening, have the bank mend it, or log in with another shield of the company.',
  },
  'do-not-renew': { zh: '开标解密完成前，请不要续期、换盾或解锁重置。', en: 'Do not renew, replace or reset the shield until the bid is decrypted.' },
}

/** The same from a step of the evidence; undefined where it says no such thing. */
export function wordsOfWarning({ cause, action }: Readonly<Record<string, unknown>>): Words | undefined {
  const known = Object.keys(CAUSES).find((name): name is Cause => name === cause)
  const what = Object.keys(ACTIONS).find((name): name is Trouble['action'] => name === action)
  return known === undefined || what === undefined ? undefined : wordsOf({ cause: known, action: what, severity: 'care' })
}

/** @returns one sentence of what, one of what to do, in each language */
export const wordsOf = ({ cause, action }: Trouble): Words => ({
  zh: `${CAUSES[cause].zh}。${ACTIONS[action].zh}`,
  en: `${CAUSES[cause].en} ${ACTIONS[action].en}`,
})

/** The same in two parts, for a message where room is short. */
export const briefOf = ({ cause, action }: Pick<Trouble, 'cause' | 'action'>): { what: Words; todo: Words } => ({
  what: CAUSES[cause],
  todo: ACTIONS[action],
})
