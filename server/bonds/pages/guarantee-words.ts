import type { RefusedClaim } from '../../storage/stores-bonds.ts'
import type { GuaranteeState, GuaranteeWay, Unfit } from '../../storage/stores-guarantees.ts'
import { badge } from '../../web/components.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { type GroundId, grounds } from '../state/grounds.ts'
import { yuan } from './words.ts'

/** Owns the words that pages about guarantees share. */
export const wayWords: Record<GuaranteeWay, Words> = {
  'bank-guarantee': { zh: '银行保函', en: 'Bank guarantee' },
  'insurance-guarantee': { zh: '保险保函', en: 'Insurance guarantee' },
}
const STATE: Record<GuaranteeState, Words & { tone: 'plain' | 'info' | 'good' | 'warn' | 'bad' }> = {
  applied: { zh: '已申请', en: 'Applied', tone: 'info' },
  offered: { zh: '已报价', en: 'Offered', tone: 'warn' },
  refused: { zh: '不予出具', en: 'Declined', tone: 'bad' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn', tone: 'plain' },
  accepted: { zh: '待付费', en: 'Premium to pay', tone: 'info' },
  paid: { zh: '待出具', en: 'Premium paid', tone: 'info' },
  issued: { zh: '已出具，未生效', en: 'Issued, not in force', tone: 'warn' },
  'in-force': { zh: '生效中', en: 'In force', tone: 'good' },
  claimed: { zh: '被索赔', en: 'Claimed', tone: 'bad' },
  drawn: { zh: '已赔付', en: 'Paid out', tone: 'bad' },
  released: { zh: '已解除', en: 'Released', tone: 'plain' },
  expired: { zh: '已到期', en: 'Over', tone: 'plain' },
}
export const guaranteeBadge = (state: GuaranteeState): Markup => badge(STATE[state], STATE[state].tone)

/** What a genuine document lacks, and what to do about it. */
export const unfitWords: Record<Unfit, Words> = {
  section: { zh: '标段已终止，保函不再需要。', en: 'The section is abandoned; no guarantee is needed.' },
  second: { zh: '这笔保证金已经有了，保函不再起作用。', en: 'The bond is held already; this guarantee stands for nothing.' },
  text: { zh: '保函文本不是要求的文本，请要求出具人修改。', en: 'Its text is not the demanded one. Ask for an amendment.' },
  amount: { zh: '保函金额不足，请要求出具人修改。', en: 'Its amount is too small. Ask for an amendment.' },
  late: { zh: '保函在截止时间或以后才到，不算作保证金。', en: 'It came at the deadline or later, and does not count.' },
  period: { zh: '保函有效期不够，请要求出具人修改。', en: 'Its period is too short. Ask for an amendment.' },
}

/** A claim that its issuer refused: what was demanded and why, and the issuer's reason. */
export function refusedWords({ fen, demandedFen, ground, reason }: RefusedClaim): Words {
  const { zh, en } = isGround(ground) ? grounds[ground] : { zh: ground, en: ground }
  return {
    zh: `出具人拒付 ${yuan(fen)}（索赔 ${yuan(demandedFen)}，事由：${zh}）。出具人说明：${reason}`,
    en: `The issuer refused to pay; claimed because ${en}. The reason stands in its own words.`,
  }
}
const isGround = (ground: string): ground is GroundId => Object.hasOwn(grounds, ground)

/** What the center can do about it. */
export const afterRefusal = (mayClaimAgain: boolean): Words =>
  mayClaimAgain
    ? {
        zh: '保函仍然有效：补齐材料以后，可以在下面“保函”里再次索赔。出具人也可能随后付款。',
        en: 'The guarantee still holds: mend what is missing and claim again under “Guarantees” below. The issuer may also pay after all.',
      }
    : {
        zh: '保函已经到期，不能再次索赔。出具人仍可随后付款；不付的，请与出具人交涉或者依法起诉。',
        en: 'The guarantee is over: no new claim can be made. The issuer may still pay; if it does not, talk to it or go to court.',
      }
