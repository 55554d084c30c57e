import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { isBrowser, launchBrowser } from './chromium.ts'

/** What browser tests share: contexts of a desktop and a phone, the accessibility check, screenshots, and a record of everything a page complained about. */
export const viewports = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 360, height: 780 },
} as const
export type Viewport = keyof typeof viewports

export interface Look {
  viewport?: Viewport
  scheme?: 'light' | 'dark'
  javaScript?: boolean
}

/**
 * One browser for the tests of a `describe`; skips them with a notice where none can start.
 * @param fonts see `launchBrowser`
 * @returns a function that answers the browser, for use inside hooks and tests
 */
export function useBrowser(fonts?: boolean): () => Browser {
  let started: Awaited<ReturnType<typeof launchBrowser>> | undefined
  before(async function () {
    this.timeout(120_000)
    started = await launchBrowser(fonts)
    if (isBrowser(started)) return
    console.warn(`no browser here, its tests are skipped: ${started.reason}`)
    this.skip()
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed' && started !== undefined && isBrowser(started)) await tellWhere(started)
  })
  after(async () => {
    if (started !== undefined && isBrowser(started)) await started.close()
  })
  return () => {
    if (started === undefined || !isBrowser(started)) throw new Error('the browser has not started')
    return started
  }
}

/** Where each window stood when a test failed: what was waited for does not say what came instead. */
async function tellWhere(browser: Browser): Promise<void> {
  for (const page of browser.contexts().flatMap(context => context.pages())) {
    const words = (selector: string) => page.locator(selector).first().innerText({ timeout: 1000 })
    const said = await words('main')
      .catch(() => words('body'))
      .catch(() => 'nothing to read')
    console.warn(`stood at ${page.url()}: ${said.replaceAll(/\s+/g, ' ').slice(0, 300)}`)
  }
}

/** A fresh profile: no cookies, no storage. Motion is reduced, so that screenshots do not depend on the moment. */
export function newContext(browser: Browser, { viewport = 'desktop', scheme = 'light', javaScript = true }: Look = {}): Promise<BrowserContext> {
  return browser.newContext({
    viewport: viewports[viewport],
    deviceScaleFactor: viewport === 'phone' ? 2 : 1,
    isMobile: viewport === 'phone',
    hasTouch: viewport === 'phone',
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    javaScriptEnabled: javaScript,
  })
}

/** Collects console errors, content-policy violations, uncaught errors and failed requests; empty is what one wants. */
export function complaints(page: Page): string[] {
  const heard: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') heard.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => heard.push(`uncaught: ${error.message}`))
  page.on('requestfailed', request => heard.push(`failed: ${request.url()} ${request.failure()?.errorText ?? ''}`))
  page.on('response', response => {
    if (response.status() >= 400 && response.request().resourceType() !== 'document') heard.push(`${response.status()}: ${response.url()}`)
  })
  return heard
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe checks: WCAG 2.0 to 2.2, levels A and AA, and its best practices. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * The accessibility faults on the page, one line each; empty is what one wants. The source is evaluated by the debugger, which the page's content policy
 * does not bind, so the page is checked with its policy in force.
 */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe)
  const found: unknown = await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations'] }).then(result =>
    result.violations.flatMap(violation => violation.nodes.map(node => violation.id + ': ' + node.target.join(' ') + ' ' + (node.failureSummary ?? '').replaceAll('\\n', ' '))))`)
  return Array.isArray(found) ? found.map(String) : [`axe answered ${typeof found}`]
}

/** Pixels by which the page is wider than its window. */
export async function sidewaysScroll(page: Page): Promise<number> {
  return Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'))
}

/** Presses Tab until the element has the focus, as someone without a mouse does. @throws when it does not come within `most` presses */
export async function tabTo(page: Page, selector: string, most = 60): Promise<void> {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(wanted => document.activeElement?.matches(wanted) === true, selector)) return
  }
  expect.fail(`${selector} is not reached by ${most} presses of Tab`)
}

const folder = join(import.meta.dirname, 'screenshots')

/** A picture of the whole page in test/browser/screenshots, once its fonts are there; only where SCREENSHOTS asks for them, for they are a tenth of the time. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env['SCREENSHOTS'] === undefined) return
  await mkdir(folder, { recursive: true })
  await page.evaluate('scrollTo(0, 0), document.fonts.ready')
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: 'disabled' })
}
