import type { BankInput } from '../bank-data.ts'

/** China Construction Bank, by OpenID Connect. Words in braces come from the configuration. */
export const ccb = {
  id: 'ccb',
  protocol: 'oidc',
  name: { zh: '建设银行', en: 'CCB' },
  mark: { text: '建', color: '#0b4ea2' },
  search: ['中国建设银行', '建行', 'jianshe', 'jianhang', 'zgjsyh', 'jsyh', 'jh', 'china construction bank'],
  anchors: '{anchors}',
  subjectProfile: 'cfca-cn',
  hosts: ['{host}'],
  appUrl: '{url}/app/sign',
  help: { zh: '盾解锁、续期请到开户网点，或拨打建行客服 95533。', en: 'To unlock or renew a shield, visit your branch or call CCB at 95533.' },
  issuer: '{url}',
  clientId: 'shared-shield',
  scope: 'openid profile',
  claims: {
    name: 'name',
    idDigest: 'ccb_id_digest',
    seats: 'ccb_companies',
    uscc: 'ccb_uscc',
    enterprise: 'ccb_company',
    role: 'ccb_duty',
    certificate: 'ccb_cert',
  },
  assurance: { 'ccb:password': 'bank-session', 'ccb:shield': 'shield', 'ccb:shield-face': 'shield-person' },
  roles: { 法人: 'legal-representative', 经办: 'operator' },
} as const satisfies BankInput
