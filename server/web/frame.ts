import { assetPath } from './assets.ts'
import { both, copyable, heading, type LoginStep, steps } from './components.ts'
import { mark } from './mark.ts'
import { html, type Markup } from './markup.ts'
import { productName, type Words } from './words.ts'

/**
 * The frame every page stands in: head, header with the mark and the switch for large text, main landmark with the one h1, footer with the trace code.
 * Nothing inline: the content policy admits only files of this site.
 */
export interface Frame {
  title: Words
  body: Markup
  /** below the heading, one sentence */
  lead?: Words
  /** names under /assets, loaded as modules after the page */
  scripts?: readonly string[]
  /** one centred column, for a page with a single thing to say */
  narrow?: boolean
  /** the heading as a banner */
  hero?: boolean
  /** while logging in: which center asked, and how far we are; shown beside the task */
  journey?: { center: string; step: LoginStep }
  /** before the main landmark: whose pages these are, and the way between them */
  above?: Markup
  /** the speakable code that ties this page to the log */
  trace?: string
}

/** @returns a whole HTML document */
export function page(frame: Frame): string {
  const { title, journey, trace } = frame
  const layout = journey === undefined ? (frame.narrow === true ? 'layout-narrow' : 'layout-wide') : 'layout-journey'
  const document = html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title.zh} · ${title.en} - ${productName.zh}</title>
<link rel="stylesheet" href="${assetPath('styles.css')}">
<link rel="stylesheet" href="${assetPath('font.css')}">
<link rel="icon" href="${assetPath('mark.svg')}" type="image/svg+xml">
<script src="${assetPath('reading.js')}"></script>
<script type="module" src="${assetPath('once.js')}"></script>
${(frame.scripts ?? []).map(name => html`<script type="module" src="${assetPath(name)}"></script>\n`)}
</head>
<body class="${layout}${frame.hero === true && ' hero'}">
<a class="skip" href="#content">跳到正文 <span lang="en">Skip to content</span></a>
<header class="site-header">
  <div class="site-header-inner">
    <p class="brand">${mark()}<span class="brand-name"><span>${productName.zh}</span> <span lang="en">${productName.en}</span></span></p>
    <button type="button" id="large-text" class="text-switch" aria-pressed="false"><span class="text-switch-sign" aria-hidden="true">大</span><span>大字 <span lang="en">Large text</span></span></button>
  </div>
</header>
<div class="layout">
${frame.above}
${journey !== undefined && journeyPanel(journey.center, journey.step)}
<main id="content" tabindex="-1">
  ${heading(title, frame.lead)}
  ${frame.body}
</main>
</div>
<footer class="site-footer">
  ${
    trace === undefined
      ? html`<p>${both({ zh: '共享盾 · 用银行的盾登录公共资源交易中心', en: 'The bank’s shield, for every public-resource trading center' })}</p>`
      : html`<p class="footer-trace">${both({ zh: '追踪码', en: 'Trace code' })} ${copyable(trace, 'small')}</p>
  <p>${both({ zh: '遇到问题时，把追踪码告诉客服，就能查到这一次。', en: 'If something goes wrong, this code lets support find this very visit.' })}</p>`
  }
</footer>
${trace !== undefined && html`<script type="module" src="${assetPath('copy.js')}"></script>`}
</body>
</html>`
  return document.toString()
}

function journeyPanel(center: string, step: LoginStep): Markup {
  return html`<aside class="journey" aria-label="登录进度 Login progress">
  <p class="journey-center"><span class="journey-label">${both({ zh: '正在登录', en: 'Logging in to' })}</span> <strong>${center}</strong></p>
  ${steps(step)}
  <p class="journey-promise">${both({ zh: '密码和私钥始终在您的盾和银行里，本平台看不到。', en: 'PIN and private key stay in your shield and bank. We never see them.' })}</p>
</aside>`
}
