import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { accessibilityFaults, complaints, type Look, newContext, screenshot, sidewaysScroll, type Viewport, viewports } from './support.ts'

/** One person's browser on a journey across all the houses, and what is checked on every page where they stop. */
export interface Visit {
  page: Page
  context: BrowserContext
  /**
   * Checks the page now open as a careful customer would, and takes its picture: nothing for axe to complain about, nothing sideways, no word on the console, nothing
   * asked of any other house.
   * @param heading words of the heading by which the person knows where they are
   * @param expected what the console may say all the same
   */
  look(name: string, heading: string, expected?: RegExp): Promise<void>
  /** looks for the last time, and closes the browser's window */
  leave(): Promise<void>
}

let looked = 0
/** How many pages were looked at so far in this process. */
export const pagesLookedAt = (): number => looked

/**
 * @param houses origins that pages may ask anything of
 * @param how.patience how long any one thing on a page may take, in milliseconds
 * @param how.also every page is looked at in this width too, without a journey of its own
 */
export async function visit(
  browser: Browser,
  houses: readonly string[],
  { name, patience = 15_000, also, ...how }: Look & { name: string; patience?: number; also?: Viewport },
): Promise<Visit> {
  const context = await newContext(browser, how)
  context.setDefaultTimeout(patience)
  const strangers = new Set<string>()
  const note = (url: string) => {
    const { origin, protocol } = new URL(url)
    if (protocol !== 'data:' && !houses.includes(origin)) strangers.add(origin)
  }
  context.on('request', request => note(request.url()))
  const page = await context.newPage()
  page.on('websocket', socket => note(socket.url()))
  const heard = complaints(page)
  const width = how.viewport ?? 'desktop'
  let steps = 0
  const quiet = (expected?: RegExp) => {
    const said = heard.splice(0)
    // what was still under way when the person went on is no fault of the page
    return said.filter(line => !line.includes('ERR_ABORTED') && expected?.test(line) !== true)
  }
  return {
    page,
    context,
    async look(what, heading, expected) {
      await page.locator('h1', { hasText: heading }).waitFor()
      // its style too: a page is not measured before it looks like itself
      await page.waitForLoadState('load')
      steps += 1
      looked += 1
      const at = `${what} (${new URL(page.url()).pathname})`
      for (const each of also === undefined ? [width] : [also, width]) {
        if (also !== undefined) await page.setViewportSize(viewports[each])
        await screenshot(page, `journey-${name}-${String(steps).padStart(2, '0')}-${what}-${each}`)
        expect(await sidewaysScroll(page), `sideways scroll on ${at}, ${each}`).to.equal(0)
        expect(await accessibilityFaults(page), `${at}, ${each}`).to.deep.equal([])
      }
      expect(quiet(expected), `said on the way to ${at}`).to.deep.equal([])
      expect([...strangers], `other hosts on the way to ${at}`).to.deep.equal([])
    },
    async leave() {
      expect(quiet()).to.deep.equal([])
      expect([...strangers]).to.deep.equal([])
      await context.close()
    },
  }
}
