import type { BankInput } from '../bank-data.ts'

/** Industrial and Commercial Bank of China, by SAML 2.0. Words in braces come from the configuration. */
export const icbc = {
  id: 'icbc',
  protocol: 'saml',
  name: { zh: '工商银行', en: 'ICBC' },
  mark: { text: '工', color: '#a3171d' },
  search: ['中国工商银行', '工行', 'gongshang', 'gonghang', 'zggsyh', 'gsyh', 'gh', 'industrial and commercial bank of china'],
  anchors: '{anchors}',
  subjectProfile: 'cfca-cn-swapped',
  hosts: ['{host}'],
  appUrl: '{url}/app/sign',
  help: { zh: '盾解锁、续期请到开户网点，或拨打工行客服 95588。', en: 'To unlock or renew a shield, visit your branch or call ICBC at 95588.' },
  entityId: '{url}/saml',
  signOnUrl: '{url}/saml/sso',
  logoutUrl: '{url}/saml/slo',
  signingCertificates: '{signingCertificates}',
  attributes: { name: 'name', idDigest: 'idDigest', seats: 'seats', certificate: 'certificate' },
  assurance: { 'icbc:password': 'bank-session', 'icbc:shield': 'shield' },
  roles: { 法人: 'legal-representative', 经办人: 'operator' },
} as const satisfies BankInput
