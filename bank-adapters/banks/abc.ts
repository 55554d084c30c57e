import type { BankInput } from '../bank-data.ts'

/** Agricultural Bank of China: no login of its own, the shield signs on our page. Words in braces come from the configuration. */
export const abc = {
  id: 'abc',
  protocol: 'shield',
  name: { zh: '农业银行', en: 'ABC' },
  mark: { text: '农', color: '#00695c' },
  search: ['中国农业银行', '农行', 'nongye', 'nonghang', 'zgnyyh', 'nyyh', 'nh', 'agricultural bank of china'],
  anchors: '{anchors}',
  subjectProfile: 'gbt20518',
  hosts: ['{host}'],
  appUrl: '{url}/app/sign',
  help: { zh: '盾解锁、续期请到开户网点，或拨打农行客服 95599。', en: 'To unlock or renew a shield, visit your branch or call ABC at 95599.' },
  agentUrl: '{agentUrl}',
  algorithms: ['SM2', 'RSA'],
} as const satisfies BankInput
