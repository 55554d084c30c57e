/** The closed list of grounds on which a bond may be kept. What the law does not name stands not here, whatever tender documents say. */
export const grounds = {
  'revoked-after-deadline': {
    article: '招标投标法实施条例 第三十五条第二款',
    winnerOnly: false,
    zh: '投标截止后撤销投标文件',
    en: 'the bid was revoked after the deadline',
  },
  'contract-refused': {
    article: '招标投标法实施条例 第七十四条',
    winnerOnly: true,
    zh: '中标人无正当理由不与招标人订立合同',
    en: 'the winner refuses the contract without good reason',
  },
  'conditions-added': {
    article: '招标投标法实施条例 第七十四条',
    winnerOnly: true,
    zh: '中标人在签订合同时向招标人提出附加条件',
    en: 'the winner adds conditions when the contract is signed',
  },
  'performance-bond-missing': {
    article: '招标投标法实施条例 第七十四条',
    winnerOnly: true,
    zh: '中标人不按照招标文件要求提交履约保证金',
    en: 'the winner does not give the performance bond that the tender documents demand',
  },
} as const
export type GroundId = keyof typeof grounds
