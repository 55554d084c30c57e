/** Owns what every page of the mock has: head, the mark that this is a demonstration, main landmark. Chinese first, English beside it; nothing inline. */
import { html } from 'hono/html'
import type { BankProfile } from './bank-profile.ts'

/** What a template makes; a promise only where a value inside was one. */
export type Markup = ReturnType<typeof html>

export interface Frame {
  zh: string
  en: string
  body: Markup
  bank?: BankProfile
  /** files under /assets */
  script?: string
  /** the page goes on there by itself, at once */
  next?: string
  wide?: boolean
}

/** @returns a whole HTML document */
export function page({ zh, en, body, bank, script, next, wide }: Frame): string {
  return html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${next === undefined ? '' : html`<meta http-equiv="refresh" content="0;url=${next}">`}
<title>${zh} ${en} - ${bank?.name.zh ?? '演示银行'}</title>
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/font/400.css">
<link rel="stylesheet" href="/assets/style.css">
${bank === undefined ? '' : html`<link rel="stylesheet" href="/${bank.id}/color.css">`}
${script === undefined ? '' : html`<script type="module" src="/assets/${script}"></script>`}
</head>
<body>
<header>
  <p class="bank"><strong>${bank?.name.zh ?? '演示银行'}</strong> <span lang="en">${bank?.name.en ?? 'Mock banks'}</span></p>
  <p class="demo">演示银行，不是真实银行。这里没有真实的人、企业和资金。 <span lang="en">A demonstration, not a real bank. No real person, company or money.</span></p>
</header>
<main class="${wide === true ? 'wide' : 'narrow'}">
<h1>${zh} <span lang="en">${en}</span></h1>
${body}
</main>
</body>
</html>`.toString()
}

/** A sentence in both languages. */
export const both = (zh: string, en: string): Markup => html`${zh} <span lang="en">${en}</span>`
