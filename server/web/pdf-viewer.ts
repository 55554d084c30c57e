import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import express, { type Router } from 'express'
import { z } from 'zod'

/**
 * pdf.js, by which our pages show a PDF (browser/seal-paper.js): the library and its worker, and what they fetch for fonts that a document names and does not bring, all from this site. Owns which of its files are
 * served: none that runs WebAssembly, which our content policy does not admit, and none that runs a document's own scripts.
 */
const folder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))

/** For older browsers too, which are common in offices. By the names they have as assets. */
export const pdfViewerScripts: readonly (readonly [name: string, body: Buffer])[] = [
  ['pdf.js', readFileSync(join(folder, 'legacy/build/pdf.min.mjs'))],
  ['pdf-worker.js', readFileSync(join(folder, 'legacy/build/pdf.worker.min.mjs'))],
]

/** the address of everything else, with its slash */
export const pdfViewerFiles = `/assets/pdf-viewer/${version}/`

/** Mounted at that address. @param cached the header of what may be kept for ever */
export function pdfViewerRouter(cached: string): Router {
  const router = express.Router()
  router.use('/wasm', (req, res, next) => (/^\/\w+_nowasm_fallback\.js$/.test(req.path) ? next() : res.sendStatus(404)))
  for (const part of ['cmaps', 'standard_fonts', 'iccs', 'wasm']) {
    const setHeaders = (res: express.Response) => res.setHeader('Cache-Control', cached)
    router.use(`/${part}`, express.static(join(folder, part), { index: false, redirect: false, setHeaders }))
  }
  return router
}
