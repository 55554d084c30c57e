import { answeredPage, backChannelPage } from '../../server/authorization/pages/back-channel.ts'
import { richText } from '../../server/authorization/rich-text.ts'
import { failures } from '../../server/kernel/failures.ts'
import type { RichAsk } from '../../server/kernel/rich-request.ts'
import { authorizePage, deniedPage } from '../../server/login/pages/authorize.ts'
import { type ChooserView, chooserPage } from '../../server/login/pages/chooser.ts'
import { companyPage } from '../../server/login/pages/company.ts'
import { consentPage } from '../../server/login/pages/consent.ts'
import { postFormPage } from '../../server/login/pages/post-form.ts'
import { shieldPage } from '../../server/login/pages/shield.ts'
import { stepUpPage } from '../../server/login/pages/step-up.ts'
import { type FailureEntry, failureListPage, failurePage } from '../../server/operations/pages/failures.ts'
import { homePage } from '../../server/operations/pages/home.ts'
import { tracePage, traceSearchPage } from '../../server/operations/pages/trace.ts'
import { describeScopes } from '../../server/provider/claims.ts'
import { readDetails } from '../../server/provider/details.ts'
import { deviceConfirmPage, deviceDonePage, deviceInputPage, deviceStoppedPage } from '../../server/provider/pages/device.ts'
import { loggedOutPage, logoutPage } from '../../server/provider/pages/logout.ts'
import type { Ask } from '../../server/storage/stores-authorization.ts'
import { bidForm } from '../../server/web/bid-form.ts'
import { page } from '../../server/web/frame.ts'
import { errorPage } from '../../server/web/pages/error.ts'

/** Every page as it looks in use, and a way to draw each with words an attacker chose. */
export interface PageFixture {
  name: string
  draw(says?: (plain: string) => string): string
  /** what a person does here, for the keyboard */
  primary: string
  /** posts itself on: not a page to stay on */
  leaves?: true
}

const asIs = (plain: string) => plain
const trace = 'K7QM-3F9T'
const askOf = (says: (plain: string) => string): Ask => ({
  id: 'fQ3xY0pLr7cVbn2Ksd8Wm1Za',
  kind: 'ciba',
  state: 'waiting',
  version: 1,
  number: '42',
  center: { id: 'gz', name: says('广州公共资源交易中心') },
  from: '203.0.113.8',
  rows: [
    { name: { zh: '提示语', en: 'Message' }, value: says('三号窗口 报名 8842') },
    { name: { zh: '企业', en: 'Company' }, value: says('演示云帆建设工程有限公司 91350200MA30000012') },
    { name: { zh: '对方会收到', en: 'It will be told' }, value: '验证银行、核验强度、统一社会信用代码、企业名称、姓名、身份' },
  ],
  text: says(
    '共享盾手机登录确认\n登录:广州公共资源交易中心(gz)\n提示语:三号窗口 报名 8842\n企业:演示云帆建设工程有限公司(91350200MA30000012)\n办理人:王示例',
  ),
  subject: 'subject',
  createdAt: '2026-03-02T01:30:05.000Z',
  expiresAt: '2026-03-02T01:35:05.000Z',
  trace,
})
const deviceForm = { action: 'https://shield.example.cn/oidc/device', xsrf: 'a1b2c3', trace }
const loginId = 'fQ3xY0pLr7cVbn2Ksd8Wm1Za'

export const agentUrl = 'ws://127.0.0.1:9/'

function richAsk(says: (plain: string) => string, documents: number): RichAsk {
  const listed = Array.from({ length: documents }, (_, i) => ({ name: `投标文件第${i + 1}册.pdf`, digest: 'a3'.repeat(32), bytes: 48_123_456 + i }))
  const read = readDetails(
    [
      { type: 'bid_bond', operation: 'pay', project: 'GZ-2026-017', section: '1', amount_fen: 80_000_000 },
      { type: 'bid_submit', project: 'GZ-2026-017', section: '1', amount_fen: 1_234_567_890, documents: listed },
    ],
    'gz-center',
  )
  if ('fault' in read) throw new Error(read.fault)
  return {
    login: loginId,
    trace,
    center: { id: 'gz-center', name: says('广州公共资源交易中心') },
    company: { uscc: '91440101MA5CQ2XY0K', name: says('广东恒远建设工程有限公司') },
    person: { membershipId: 'membership-1', personId: 'person-1', name: says('陈志远'), assurance: 'shield' },
    details: read.details,
  }
}
const richChallenge = { nonce: '0vGd2mJq8sXw', at: '2026-11-21T02:00:00.000Z', until: '2026-11-21T02:10:00.000Z' }
const signedText = `共享盾登录确认
登录:广州公共资源交易中心
平台:https://shield.example.cn
银行:中国农业银行
时间:2026-03-02T01:30:05.000Z
编号:Hk2vQ8mRz4TtXw6cJp9nLb3y
随机:9c1185a5c5e9fc54612808977ee8f548
仅用于本次登录,不构成其他授权。`

function banks(says: (plain: string) => string): ChooserView['banks'] {
  return [
    {
      id: 'ccb',
      name: { zh: says('中国建设银行'), en: says('China Construction Bank') },
      mark: { text: says('建'), color: '#0066b3' },
      search: ['jianshe', 'zgjsyh', 'jsyh', says('建行')],
      method: 'redirect',
      up: true,
    },
    {
      id: 'icbc',
      name: { zh: says('中国工商银行'), en: says('Industrial and Commercial Bank of China') },
      mark: { text: says('工'), color: '#c7000b' },
      search: ['gongshang', 'zggsyh', 'gsyh', '工行'],
      method: 'redirect',
      up: false,
    },
    {
      id: 'abc',
      name: { zh: says('中国农业银行'), en: says('Agricultural Bank of China') },
      mark: { text: says('农'), color: '#009882' },
      search: ['nongye', 'zgnyyh', 'nyyh', '农行'],
      method: 'shield',
      up: true,
    },
  ]
}

const center = '广州公共资源交易中心'
const companies = [
  { uscc: '91440101MA5CQ2XY0K', name: '广东恒远建设工程有限公司', role: 'legal-representative' as const },
  { uscc: '91440101MA59A7BX3T', name: '广州市南粤市政园林绿化养护工程股份有限公司', role: 'operator' as const },
  { uscc: '91440300MA5F8K2R7H', name: '深圳前海联运供应链管理有限公司', role: 'operator' as const },
]
const abcHelp = { zh: '请拨 95599 或到开户网点办理。', en: 'Call 95599 or visit your branch.' }

function entry(code: 'bank_unreachable' | 'certificate_expired', says: (plain: string) => string): FailureEntry {
  const { status, who, zh, en } = failures[code]
  return {
    code,
    status,
    who,
    said: { zh: says(zh), en: says(en) },
    remedy: { zh: says('查看银行的证书。'), en: says('Look at the bank’s certificate.') },
  }
}

export const pages: PageFixture[] = [
  {
    name: 'chooser',
    primary: 'button[value="ccb"]',
    draw: (says = asIs) => chooserPage({ loginId, center: says(center), banks: banks(says), trace }),
  },
  {
    name: 'chooser-remembered',
    primary: 'button.button-primary',
    draw: (says = asIs) =>
      chooserPage({
        loginId,
        center: says(center),
        banks: banks(says),
        remembered: 'ccb',
        notice: { zh: says('这次没有登录成功，请重新选择银行。'), en: says('That did not work. Please choose again.') },
        trace,
      }),
  },
  {
    name: 'shield',
    primary: '#shield-text-title + pre',
    draw: (says = asIs) =>
      shieldPage({
        loginId,
        center: says(center),
        bank: {
          id: 'abc',
          name: { zh: says('中国农业银行'), en: says('Agricultural Bank of China') },
          help: { zh: says(abcHelp.zh), en: says(abcHelp.en) },
        },
        agentUrl,
        text: says(signedText),
        issuers: [says('ABC Enterprise SM2 CA')],
        trace,
      }),
  },
  {
    name: 'company',
    primary: 'button[value="91440101MA5CQ2XY0K"]',
    draw: (says = asIs) =>
      companyPage({
        loginId,
        center: says(center),
        person: says('陈志远'),
        companies: companies.map(company => ({ ...company, name: says(company.name) })),
        remembered: '91440101MA59A7BX3T',
        trace,
      }),
  },
  ...[2, 40].map(documents => ({
    name: `authorize-${documents}`,
    primary: '#shield-form summary',
    draw: (says = asIs) => {
      const ask = richAsk(says, documents)
      const bank = { name: { zh: '农业银行', en: 'ABC' }, help: { zh: '农行客服 95599', en: 'ABC help line 95599' } }
      return authorizePage({ ask, text: richText(ask, richChallenge), agentUrl, issuers: [], bank })
    },
  })),
  ...(['mandate_over_limit', 'approvals_needed'] as const).map(code => ({
    name: `denied-${code}`,
    primary: 'form[action$="/cancel"] button',
    draw: (says = asIs) => deniedPage({ ask: richAsk(says, 2), code }),
  })),
  {
    name: 'consent',
    primary: 'button[value="agree"]',
    draw: (says = asIs) =>
      consentPage({
        loginId,
        center: says(center),
        person: says('陈志远'),
        enterprise: { name: says('广东恒远建设工程有限公司'), uscc: '91440101MA5CQ2XY0K' },
        claims: [
          {
            name: { zh: says('企业名称'), en: says('Company name') },
            value: says('广东恒远建设工程有限公司'),
            why: { zh: says('用于投标文件和合同'), en: says('For bids and contracts') },
          },
          {
            name: { zh: '统一社会信用代码', en: 'Credit code' },
            value: '91440101MA5CQ2XY0K',
            why: { zh: '唯一确定这家企业', en: 'Tells this company from any other' },
          },
          { name: { zh: '姓名', en: 'Person' }, value: says('陈志远'), why: { zh: '确认谁在操作', en: 'Says who acts' } },
          { name: { zh: '身份', en: 'Role' }, value: '法定代表人', why: { zh: '决定您能办哪些业务', en: 'Decides what you may do' } },
          {
            name: { zh: '证书', en: 'Certificate' },
            value: 'CN=CFCA ACS SM2 OCA31, 1062AF08',
            why: { zh: '核对盖章用的是同一个盾', en: 'Checks that the seal is of the same shield' },
          },
        ],
        trace,
      }),
  },
  {
    name: 'step-up',
    primary: 'button[value="ccb"]',
    draw: (says = asIs) =>
      stepUpPage({
        loginId,
        center: says(center),
        bank: {
          id: 'ccb',
          name: { zh: says('中国建设银行'), en: says('China Construction Bank') },
          help: { zh: says('请拨 95533 或到开户网点办理。'), en: says('Call 95533 or visit your branch.') },
        },
        has: 'bank-session',
        needs: 'shield',
        trace,
      }),
  },
  {
    name: 'post-form',
    primary: '#auto-submit button',
    leaves: true,
    draw: (says = asIs) =>
      postFormPage({
        url: 'https://icbc.example.cn/saml/sso',
        fields: { SAMLRequest: says('PHNhbWxwOkF1dGhuUmVxdWVzdA=='), RelayState: says('a.b') },
        bank: { name: { zh: says('中国工商银行'), en: says('Industrial and Commercial Bank of China') } },
        trace,
      }),
  },
  {
    name: 'error',
    primary: '.button-primary',
    draw: (says = asIs) =>
      errorPage({
        code: 'certificate_expired',
        ...failures.certificate_expired,
        trace,
        help: {
          zh: says('续期：拨 95533，或带营业执照和经办人身份证到开户网点。'),
          en: says('To renew: call 95533, or bring the licence and your ID to your branch.'),
        },
        restart: { href: `/login/${loginId}`, label: { zh: says('换一家银行再试'), en: says('Try another bank') } },
      }),
  },
  {
    name: 'error-internal',
    primary: '.copy',
    draw: () => errorPage({ code: 'internal', ...failures.internal, trace }),
  },
  {
    name: 'logout',
    primary: 'button[value="yes"]',
    draw: (says = asIs) =>
      logoutPage({
        form: '<form id="op.logoutForm" method="post" action="https://shield.example.cn/oidc/session/end/confirm"><input type="hidden" name="xsrf" value="a1b2c3"/></form>',
        center: says(center),
      }),
  },
  {
    name: 'back-channel',
    primary: '#shield-text-title ~ pre',
    draw: (says = asIs) => backChannelPage({ ask: askOf(says), agentUrl, secondsLeft: 290 }),
  },
  { name: 'back-channel-answered', primary: '.skip', draw: (says = asIs) => answeredPage({ ask: askOf(says), state: 'approved' }) },
  { name: 'device-input', primary: '#user-code', draw: () => deviceInputPage(deviceForm) },
  {
    name: 'device-again',
    primary: '#user-code',
    draw: (says = asIs) => deviceInputPage({ ...deviceForm, code: says('BCDF-GHJK'), problem: failures.device_code_unknown }),
  },
  {
    name: 'device-confirm',
    primary: '.button-primary',
    draw: (says = asIs) =>
      deviceConfirmPage({
        ...deviceForm,
        code: says('WDJB-MJHT'),
        center: says(center),
        device: says('Windows'),
        address: says('203.0.113.8'),
        at: new Date('2026-03-02T01:30:05Z'),
        asks: describeScopes(['openid', 'enterprise', 'person']),
      }),
  },
  { name: 'device-done', primary: '.skip', draw: (says = asIs) => deviceDonePage({ center: says(center), trace }) },
  { name: 'device-stopped', primary: '.skip', draw: () => deviceStoppedPage({ byPerson: true, trace }) },
  {
    name: 'logged-out',
    primary: '.button-primary',
    draw: (says = asIs) =>
      loggedOutPage({
        centersNotified: 2,
        bank: { zh: says('中国建设银行'), en: says('China Construction Bank') },
        returnTo: 'https://gz.example.cn/',
      }),
  },
  {
    name: 'home',
    primary: '.service a',
    draw: (says = asIs) =>
      homePage({
        services: [
          {
            name: { zh: says('示范交易中心'), en: says('Demonstration center') },
            url: 'http://localhost:7200/',
            what: { zh: says('从这里开始登录。'), en: says('Start a login here.') },
            state: 'up',
          },
          {
            name: { zh: '模拟银行', en: 'Mock bank' },
            url: 'http://localhost:7300/',
            what: { zh: '一个进程扮演建行、工行、农行，也签发和吊销盾。', en: 'One process plays three banks and issues their shields.' },
            state: 'up',
          },
          {
            name: { zh: '盾助手', en: 'Shield agent' },
            url: 'http://127.0.0.1:7400/',
            what: { zh: '网页通过它使用本机的盾。', en: 'Through it a page reaches the shield on this computer.' },
            state: 'down',
          },
          {
            name: { zh: '运维端口', en: 'Management' },
            url: 'http://127.0.0.1:7109/health/ready',
            what: { zh: '健康、指标、登录轨迹。', en: 'Health, metrics, traces.' },
            state: 'degraded',
          },
        ],
        howTo: [
          { zh: '打开示范交易中心，点“登录”。', en: 'Open the demonstration center and press log in.' },
          {
            zh: says('选一家银行。建行、工行：用户名 chenzhiyuan，密码 demo。'),
            en: says('Choose a bank. CCB and ICBC: user chenzhiyuan, password demo.'),
          },
          { zh: '农行用盾：PIN 码 12345678，盾已“插好”。', en: 'ABC signs with the shield: PIN 12345678, already plugged in.' },
          { zh: '回到交易中心，看看它知道了什么。', en: 'Back at the center, see what it was told.' },
        ],
        version: says('0.1.0'),
        mode: says('sandbox'),
      }),
  },
  {
    name: 'trace-refused',
    primary: '#trace-code',
    draw: (says = asIs) =>
      tracePage({
        code: trace,
        state: 'refused',
        startedAt: '2026-03-02T01:30:00.000Z',
        center: says(center),
        bank: says('中国建设银行'),
        failure: {
          code: 'bank_wrong_audience',
          ...failures.bank_wrong_audience,
          received: says('shared-shield-test'),
          expected: says('shared-shield'),
          remedy: {
            zh: says('请银行把 ID 令牌的 aud 改为本平台登记的客户端编号。'),
            en: says('The bank sets the ID token’s aud to the client id registered for this platform.'),
          },
        },
        steps: [
          {
            at: '2026-03-02T01:30:00.004Z',
            ms: 4,
            hop: 'center',
            step: 'authorize',
            outcome: 'ok',
            facts: { client: says('gz-center'), acr: 'shield' },
          },
          { at: '2026-03-02T01:30:00.021Z', ms: 17, hop: 'broker', step: 'login.started', outcome: 'ok', facts: {} },
          { at: '2026-03-02T01:30:06.310Z', ms: 12, hop: 'broker', step: says('bank.chosen'), outcome: 'ok', facts: { bank: 'ccb' } },
          { at: '2026-03-02T01:30:06.371Z', ms: 58, hop: 'bank', step: 'discovery', outcome: 'ok', facts: { issuer: 'https://ccb.example.cn' } },
          { at: '2026-03-02T01:30:21.140Z', ms: 96, hop: 'bank', step: 'token', outcome: 'ok', facts: { status: '200' } },
          {
            at: '2026-03-02T01:30:21.152Z',
            ms: 9,
            hop: 'broker',
            step: 'id-token.checked',
            outcome: 'failed',
            code: 'bank_wrong_audience',
            facts: { aud: says('shared-shield-test') },
          },
        ],
      }),
  },
  {
    name: 'trace-empty',
    primary: '#trace-code',
    draw: (says = asIs) => tracePage({ code: trace, state: 'open', startedAt: '2026-03-02T01:30:00.000Z', center: says(center), steps: [] }),
  },
  { name: 'trace-search', primary: '#trace-code', draw: (says = asIs) => traceSearchPage(says('AAAA-BBBB')) },
  { name: 'failure', primary: 'a[href="/errors"]', draw: (says = asIs) => failurePage(entry('certificate_expired', says)) },
  {
    name: 'failures',
    primary: 'a[href="/errors/bank_unreachable"]',
    draw: (says = asIs) => failureListPage([entry('bank_unreachable', says), entry('certificate_expired', says)]),
  },
  {
    name: 'bid-form',
    primary: '#bid-plain',
    draw: (says = asIs) =>
      page({
        title: { zh: '提交标书', en: 'Hand in a bid' },
        scripts: ['shield-agent.js'],
        trace,
        body: bidForm({ facts: says('/workbench/bids/o1/facts'), next: says('/workbench/bids/o1'), agentUrl }),
      }),
  },
]
