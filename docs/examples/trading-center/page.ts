import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import express, { Router } from 'express'

/** The center's look: pages, style, font and the headers that guard them. Nothing here is part of the integration. Every value from outside is escaped. */
const safe = (value: unknown): string => String(value).replaceAll(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)

/** Chinese first, English beside it. */
const both = (zh: string, en: string): string => `<span lang="zh-CN">${zh}</span> <span class="en" lang="en">${en}</span>`

/** @param shield the origin of the shared shield: the logout form's redirect ends there */
export function dress(shield: string): Router {
  const policy = `default-src 'none'; style-src 'self'; font-src 'self'; form-action 'self' ${shield}; base-uri 'none'; frame-ancestors 'none'`
  const font = dirname(createRequire(import.meta.url).resolve('@fontsource/noto-sans-sc/400.css'))
  const router = Router()
  router.use((_req, res, next) => {
    res.set({ 'content-security-policy': policy, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' })
    next()
  })
  router.use('/font', express.static(font, { maxAge: '1y' }))
  router.get('/style.css', (_req, res) => res.sendFile('style.css', { root: import.meta.dirname }))
  return router
}

function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · 示范公共资源交易中心</title>
  <link rel="stylesheet" href="/font/400.css">
  <link rel="stylesheet" href="/font/600.css">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header><div class="wide"><a href="/" class="brand"><span class="seal" aria-hidden="true">交</span><span>示范公共资源交易中心<span class="en" lang="en">Demonstration trading center</span></span></a></div></header>
  <main class="wide">${main}</main>
  <footer class="wide">${both('演示用途，企业与人员均为虚构。', 'For demonstration; companies and persons are made up.')}</footer>
</body>
</html>`
}

const banks: Record<string, [string, string]> = { ccb: ['建设银行', 'CCB'], icbc: ['工商银行', 'ICBC'], abc: ['农业银行', 'ABC'] }

export function welcomePage(): string {
  const shortcuts = Object.entries(banks).map(([id, [zh, en]]) => `<li><a class="button quiet" href="/login?bank=${id}">${both(zh, en)}</a></li>`)
  return page(
    '登录',
    `<section class="hero">
      <h1>${both('用开户银行的盾，进场投标', 'Bid with the shield your bank already gave you')}</h1>
      <p>${both('不必再为每个交易中心买一把锁。', 'No extra key for every trading center.')}</p>
      <p class="actions"><a class="button" id="login" href="/login">${both('企业登录', 'Company login')}</a>
      <a class="button quiet" id="login-shield" href="/login?acr=shield">${both('必须用盾登录', 'Insist on the shield')}</a></p>
    </section>
    <section>
      <h2>${both('直接选银行', 'Or go straight to your bank')}</h2>
      <ul class="banks">${shortcuts.join('')}</ul>
    </section>`,
  )
}

/** What each claim is for, as a center's developer would explain it to a colleague. */
const why: Record<string, [string, string]> = {
  sub: ['同一人代表同一企业，每次都一样：用它做账号主键', 'The same person for the same company, always: the key of your account table'],
  uscc: ['统一社会信用代码：认企业只看它，不看名称', 'The code of the company: match companies by this, never by name'],
  enterprise_name: ['显示用，企业会改名', 'For display; companies change names'],
  person_name: ['办理人姓名，留痕用', 'Who acted, for your records'],
  person_role: ['法定代表人或经办人，决定能做什么', 'Legal representative or operator: decides what they may do'],
  bank: ['由哪家银行核验', 'Which bank proved it'],
  acr: ['核验强度：投标等业务要求 shield', 'How strong the proof is: ask for shield where it matters'],
  amr: ['核验手段，如 hwk(盾)、pin', 'By which means, such as hwk (the shield), pin'],
  auth_time: ['何时核验，判断是否太久', 'When; decides whether it is recent enough'],
  certificate: ['盾里的证书，可与标书签章比对', 'The certificate in the shield; compare it with the seal on a tender'],
  sid: ['会话编号：收到退出通知时按它结束会话', 'Name of the session: end it when a logout notice arrives'],
  iss: ['谁签发的', 'Who issued this'],
  aud: ['发给谁的：必须是本中心', 'For whom: must be this center'],
  exp: ['令牌过期时间', 'When this token expires'],
  iat: ['令牌签发时间', 'When this token was issued'],
  nonce: ['与登录请求一一对应，防重放', 'Ties the token to our request, against replay'],
}

export function signedInPage({ claims, idToken }: { claims: Record<string, unknown>; idToken: string }): string {
  const order = Object.keys(why)
  const names = Object.keys(claims).sort((a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99))
  const rows = names.map(name => {
    const [zh, en] = why[name] ?? ['', '']
    const value = claims[name]
    const text = typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value, null, 1) : withTime(name, value)
    return `<tr><th scope="row"><code>${safe(name)}</code></th><td class="value">${safe(text)}</td><td>${both(safe(zh), safe(en))}</td></tr>`
  })
  return page(
    '已登录',
    `<section class="hero">
      <p class="eyebrow">${both('已登录', 'Logged in')}</p>
      <h1 id="company">${safe(claims['enterprise_name'] ?? '')}</h1>
      <dl>
        <div><dt>${both('信用代码', 'Code')}</dt><dd id="uscc">${safe(claims['uscc'] ?? '')}</dd></div>
        <div><dt>${both('办理人', 'Person')}</dt><dd id="person">${safe(claims['person_name'] ?? '')}</dd></div>
        <div><dt>${both('强度', 'Strength')}</dt><dd id="acr">${safe(claims['acr'] ?? '')}</dd></div>
      </dl>
      <div class="actions">
        ${claims['acr'] === 'bank-session' ? `<a class="button quiet" href="/login?acr=shield">${both('用盾提升强度', 'Step up with the shield')}</a>` : ''}
        <form method="post" action="/logout"><button class="button quiet" id="logout">${both('退出登录', 'Log out')}</button></form>
      </div>
    </section>
    <section>
      <h2>${both('收到了什么，为什么', 'What arrived, and why')}</h2>
      <div class="scroll" tabindex="0" role="region" aria-label="声明 claims"><table>
        <thead><tr><th scope="col">${both('声明', 'Claim')}</th><th scope="col">${both('值', 'Value')}</th><th scope="col">${both('用途', 'Why')}</th></tr></thead>
        <tbody>${rows.join('')}</tbody>
      </table></div>
      <details><summary>${both('解码后的 ID 令牌', 'ID token, decoded')}</summary><pre id="claims" tabindex="0">${safe(JSON.stringify(claims, null, 2))}</pre></details>
      <details><summary>${both('原始 ID 令牌', 'ID token, raw')}</summary><pre id="id-token" class="wrap" tabindex="0">${safe(idToken)}</pre></details>
    </section>`,
  )
}

/** Claims that are seconds since 1970, with the time they mean beside them. */
const withTime = (name: string, value: unknown): unknown =>
  typeof value === 'number' && ['auth_time', 'exp', 'iat'].includes(name) ? `${value}\n${beijing.format(value * 1000)} (UTC+8)` : value
const beijing = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' })

export function failedPage({ error, description, issuer }: { error: string; description: string; issuer: string }): string {
  const trace = /\(trace ([2-9A-Z]{4}-[2-9A-Z]{4})\)/.exec(description)?.[1]
  const [zh, en] = error === 'access_denied' ? ['登录已取消', 'The login was cancelled'] : ['登录没有成功', 'The login did not succeed']
  return page(
    '登录失败',
    `<section class="hero">
      <h1>${both(zh, en)}</h1>
      <p><code id="error">${safe(error)}</code> <code>${safe(description.replace(` (trace ${trace})`, ''))}</code></p>
      ${
        trace === undefined
          ? ''
          : `<p>${both('追踪码', 'Trace code')} <strong class="trace" id="trace">${trace}</strong></p>
      <p><a href="${safe(new URL(`/trace/${trace}`, issuer).href)}">${both('查看收到了什么、应是什么、谁来处理', 'See what was received, what was expected, who can mend it')}</a></p>`
      }
      <p class="actions"><a class="button" href="/">${both('返回首页', 'Back')}</a></p>
    </section>`,
  )
}
