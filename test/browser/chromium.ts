import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import carried from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/**
 * Starts a browser: the one named by CHROMIUM_PATH, else a Chromium of the system, else the one that npm carries. Where none can start (a system without
 * the libraries a browser needs), browser tests skip with a notice that says why.
 */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Chromium's own sandbox does not start for root
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

/**
 * @param fonts whether it fetches the fonts of pages. Each fresh profile fetches and reads two dozen slices of a Chinese font, which is half of the time of a visit: only pictures and the test of the font itself want them.
 * @returns the browser, or in a few words why there is none
 */
export async function launchBrowser(fonts = process.env['SCREENSHOTS'] !== undefined): Promise<Browser | { reason: string }> {
  try {
    const system = process.env['CHROMIUM_PATH'] ?? onPath()
    return await chromium.launch({
      executablePath: system ?? (await carriedPath()),
      args: [...FLAGS, ...(fonts ? [] : ['--disable-remote-fonts'])],
      chromiumSandbox: false,
    })
  } catch (thrown) {
    return { reason: thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown) }
  }
}

export const isBrowser = (started: Browser | { reason: string }): started is Browser => 'newContext' in started

function onPath(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name)))
  return places.find(place => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function carriedPath(): Promise<string> {
  // pages draw nothing in three dimensions: its software renderer need not be unpacked
  carried.setGraphicsMode = false
  return carried.executablePath()
}
