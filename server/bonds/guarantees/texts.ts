import { createHash } from 'node:crypto'
import type { GuaranteeWay } from '../../storage/stores-guarantees.ts'

/** Model texts of guarantees. Owns that a text is known by the SM3 of its exact words, and names no tender: who reads it before the opening learns nothing. */
export interface ModelText {
  way: GuaranteeWay
  version: string
  text: string
  /** of the text in UTF-8, hexadecimal */
  sm3: string
}

const text = (way: GuaranteeWay, version: string, ...lines: string[]): ModelText => {
  const whole = lines.join('\n')
  return { way, version, text: whole, sm3: textDigest(whole) }
}

export const textDigest = (whole: string): string => createHash('sm3').update(whole).digest('hex')

const COMMON = [
  '一、本保函为独立、不可撤销、见索即付的投标担保。项目、标段、受益人和投标人以本保函申请码在平台的登记为准，开标后可凭验真码查验。',
  '二、担保金额以本保函载明的金额为限，累计支付不超过该金额；已支付的部分相应减少担保金额。',
  '三、有下列情形之一，受益人可以书面索赔：投标截止后投标人撤销投标文件的；中标人无正当理由不与招标人订立合同，在签订合同时向招标人提出附加条件，或者不按照招标文件要求提交履约保证金的。',
  '四、我方在收到符合本保函的索赔后五个工作日内付款，不要求证明，也不以基础关系抗辩；不付款的，在同一期限内书面说明理由。',
  '五、本保函在载明的有效期内有效，索赔应在有效期内到达；展期以我方书面同意为准。开标推迟的，受益人可以要求展期或者付款。',
  '六、本保函不得转让。本保函适用中华人民共和国法律。',
]

/** Those that come with the platform, the newest of each way last. */
export const modelTexts: readonly ModelText[] = [
  text('bank-guarantee', '1', '投标保函（银行）', ...COMMON),
  text('insurance-guarantee', '1', '投标保证保险保单（保险机构）', ...COMMON),
]

/** The one that is demanded where a section names no other. */
export function currentText(way: GuaranteeWay): ModelText {
  const found = modelTexts.findLast(each => each.way === way)
  if (found === undefined) throw new Error(`no model text of a ${way}`)
  return found
}
