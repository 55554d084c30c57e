import { companies } from '../../bank-adapters/mock-bank/companies.ts'
import type { HomeView } from '../operations/pages/home.ts'

/** What the sandbox shows of itself: the demonstration center's registration, what runs where, and the way to a first login. */
export type Urls = Record<'broker' | 'management' | 'bank' | 'agent' | 'center', string>

/** A relying party's registration as an operator would enter it. The secret is public knowledge, which is why production refuses demonstration clients. */
export function demonstrationCenter(url: string) {
  return {
    id: 'demo-center',
    name: '示范公共资源交易中心(演示)',
    demonstration: true,
    metadata: {
      client_secret: 'demonstration-secret-known-to-everybody',
      redirect_uris: [`${url}/callback`],
      post_logout_redirect_uris: [`${url}/`],
      backchannel_logout_uri: `${url}/backchannel-logout`,
      backchannel_logout_session_required: true,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope:
        'openid enterprise person authority certificate offline_access trust.verify trust.challenge authorization.decide authorization.use authorization.read authorization.webhooks seals.tasks seals.read seals.webhooks bids.openings bids.read bids.webhooks bonds.manage bonds.read credit.facts credit.read deals.report remote.webhooks bonds.supervise enforcement.manage enforcement.check remote.signing',
      // its people act for the center at openings of bids
      bid_room_uscc: companies.find(({ name }) => name.includes('天枢'))?.uscc,
      authorization_details_types: ['login', 'seal_use', 'bid_submit', 'bid_bond', 'credit_consent'],
    },
  }
}

export function neighbours(urls: Urls): HomeView['services'] {
  return [
    { name: { zh: '演示交易中心', en: 'Demonstration center' }, url: urls.center, what: { zh: '从这里登录', en: 'Log in from here' }, state: 'up' },
    {
      name: { zh: '三家演示银行', en: 'Three mock banks' },
      url: urls.bank,
      what: { zh: '人员、盾、吊销与续期', en: 'People, shields, revoke and renew' },
      state: 'up',
    },
    {
      name: { zh: '演示短信和邮件', en: 'Messages' },
      url: `${urls.bank}/messages`,
      what: { zh: '平台发给人的通知，只显示，不真的发出', en: 'What people are sent: shown here, never really sent' },
      state: 'up',
    },
    {
      name: { zh: '盾助手', en: 'Shield agent' },
      url: urls.agent.replace('ws:', 'http:'),
      what: { zh: '网页经它使用盾', en: 'Pages reach a shield through it' },
      state: 'up',
    },
    {
      name: { zh: '证书互认接口', en: 'Certificate recognition' },
      url: `${urls.broker}/api/trust/`,
      what: { zh: '中心在这里查验证书和签名', en: 'Centers ask about certificates and signatures' },
      state: 'up',
    },
    {
      name: { zh: '授权接口', en: 'Authorization' },
      url: `${urls.broker}/api/authorization/`,
      what: { zh: '中心在这里询问能否办理', en: 'Centers ask who may do what' },
      state: 'up',
    },
    {
      name: { zh: '电子印章接口', en: 'Seals' },
      url: `${urls.broker}/api/seals/`,
      what: { zh: '中心在这里请企业盖章、验章', en: 'Centers have documents sealed and verified' },
      state: 'up',
    },
    {
      name: { zh: '开标接口', en: 'Openings of bids' },
      url: `${urls.broker}/api/bids/`,
      what: { zh: '中心在这里公告开标、应急解密', en: 'Centers announce openings here, and rescue bids' },
      state: 'up',
    },
    {
      name: { zh: '保证金接口', en: 'Bid bonds' },
      url: `${urls.broker}/api/bonds/`,
      what: { zh: '中心在这里公告标段、开标后办理保证金', en: 'Centers announce sections here, and settle bonds after the opening' },
      state: 'up',
    },
    {
      name: { zh: '信用接口', en: 'Credit' },
      url: `${urls.broker}/api/credit/`,
      what: { zh: '中心和银行在这里报送、查询信用', en: 'Centers and banks record and query credit' },
      state: 'up',
    },
    {
      name: { zh: '信任列表', en: 'Trust list' },
      url: `${urls.management}/trust`,
      what: { zh: '机构、到期、逐步说明', en: 'CAs, what ends next, why a verdict is as it is' },
      state: 'up',
    },
    {
      name: { zh: '管理端口', en: 'Management port' },
      url: `${urls.management}/health`,
      what: { zh: '健康、指标、追踪', en: 'Health, metrics, traces' },
      state: 'up',
    },
  ]
}

export function steps(urls: Urls): HomeView['howTo'] {
  return [
    { zh: `打开演示交易中心 ${urls.center} ，点登录。`, en: `Open the demonstration center at ${urls.center} and press log in.` },
    {
      zh: '选一家银行。建行、工行去银行页面登录，农行在本页用盾签名。',
      en: 'Choose a bank. CCB and ICBC have pages of their own; with ABC the shield signs here.',
    },
    {
      zh: `法定代表人在企业工作台授权、撤回、查记录：${urls.broker}/workbench`,
      en: `The legal representative gives and revokes mandates in the company workbench: ${urls.broker}/workbench`,
    },
    { zh: `登录名、密码和 PIN 都写在演示银行的页面上：${urls.bank}`, en: `Names, passwords and PINs are on the mock bank’s pages: ${urls.bank}` },
  ]
}
