import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import { pdfViewerFiles, pdfViewerRouter, pdfViewerScripts } from './pdf-viewer.ts'

/**
 * Everything a page loads, from this site alone: one style sheet made of styles/*.css in order, browser/*.js, images/*.svg, and the Chinese font in the
 * slices its package brings, and pdf.js (pdf-viewer.ts). A versioned address (`?v=` of its content) may be kept for ever; any other is asked about again by its ETag.
 */
const here = import.meta.dirname
const fontFolder = dirname(createRequire(import.meta.url).resolve('@fontsource/noto-sans-sc/package.json'))
const fontVersion = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(fontFolder, 'package.json'), 'utf8'))).version

/** The two weights the styles use: text, and what stands out. */
const WEIGHTS = [400, 600] as const
/** Later ones build on earlier ones. */
const STYLES = [
  'tokens',
  'base',
  'frame',
  'components',
  'login',
  'device',
  'operations',
  'trust',
  'interface',
  'phone',
  'workbench',
  'seals',
  'bids',
  'bid-form',
  'experts',
  'credit',
] as const

const FOR_EVER = 'public, max-age=31536000, immutable'

interface Asset {
  type: string
  body: Buffer
  version: string
  /** by content coding; made when first asked for */
  packed: Map<'br' | 'gzip', Promise<Buffer>>
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}

const assets = new Map<string, Asset>([
  ...scripts().map(name => [name, asset(name, readFileSync(join(here, 'browser', name)))] as const),
  ...readdirSync(join(here, 'images')).map(name => [name, asset(name, readFileSync(join(here, 'images', name)))] as const),
  ...pdfViewerScripts.map(([name, body]) => [name, asset(name, body)] as const),
  ['styles.css', asset('styles.css', Buffer.concat(STYLES.map(name => readFileSync(join(here, 'styles', `${name}.css`)))))],
  ['font.css', asset('font.css', Buffer.from(fontFaces()))],
])

/** Under their path, such as bid/sm3.js: modules name each other by it. */
function scripts(): string[] {
  const found = readdirSync(join(here, 'browser'), { recursive: true, encoding: 'utf8' })
  return found.filter(name => extname(name) === '.js').map(name => name.replaceAll('\\', '/'))
}

/** What centers load into pages of their own: the only files that another site's page may use. Their names carry the version of what they promise. */
const FOR_OTHERS = new Set(['shared-shield-seal.v1.js'].map(name => assets.get(name)))

function asset(name: string, body: Buffer): Asset {
  const type = TYPES[extname(name)]
  if (type === undefined) throw new Error(`no content type for ${name}`)
  return { type, body, version: createHash('sha256').update(body).digest('hex').slice(0, 12), packed: new Map() }
}

/**
 * The package's @font-face rules with our addresses, woff2 only. Each slice covers a range of characters, so a page fetches the few it needs.
 * Chinese characters are one em wide in every font: swapping the type in moves nothing.
 */
function fontFaces(): string {
  return WEIGHTS.map(weight =>
    readFileSync(join(fontFolder, `${weight}.css`), 'utf8')
      .replaceAll(/,\s*url\([^)]*\.woff\)\s*format\('woff'\)/g, '')
      .replaceAll(/url\(\.\/files\//g, `url(/assets/font/${fontVersion}/`),
  ).join('\n')
}

/**
 * The address under which a page names an asset.
 * @throws Error when there is no such asset, so that a page cannot be shipped with a dead link
 */
export function assetPath(name: string): string {
  const found = assets.get(name)
  if (found === undefined) throw new Error(`no asset ${name}`)
  return `/assets/${name}?v=${found.version}`
}

/** Mounted at /assets. */
export function assetsRouter(): Router {
  const router = express.Router()
  router.use(
    `/font/${fontVersion}`,
    express.static(join(fontFolder, 'files'), {
      index: false,
      redirect: false,
      // its own option would leave the `no-store` of every other page in place
      setHeaders: res => res.setHeader('Cache-Control', FOR_EVER),
    }),
  )
  router.use(pdfViewerFiles.slice('/assets'.length), pdfViewerRouter(FOR_EVER))
  router.get('/*name', async (req, res, next) => {
    const found = assets.get(req.params.name.join('/'))
    if (found === undefined) return next()
    await send(found, req, res)
  })
  return router
}

async function send(found: Asset, req: Request, res: Response): Promise<void> {
  const fresh = req.query['v'] === found.version
  const coding = found.body.length < 1024 ? undefined : codingFor(req)
  const body = coding === undefined ? found.body : await packed(found, coding)
  res.set({
    'Content-Type': found.type,
    'Cache-Control': fresh ? FOR_EVER : 'no-cache',
    ETag: `"${found.version}${coding === undefined ? '' : `-${coding}`}"`,
    Vary: 'Accept-Encoding',
    ...(FOR_OTHERS.has(found) ? { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' } : {}),
    ...(coding === undefined ? {} : { 'Content-Encoding': coding }),
  })
  // Express answers 304 by itself when the ETag is the one the browser has
  res.send(body)
}

function codingFor(req: Request): 'br' | 'gzip' | undefined {
  const best = req.acceptsEncodings('br', 'gzip', 'identity')
  return best === 'br' || best === 'gzip' ? best : undefined
}

function packed(found: Asset, coding: 'br' | 'gzip'): Promise<Buffer> {
  const known = found.packed.get(coding)
  if (known !== undefined) return known
  const made =
    coding === 'br'
      ? promisify(brotliCompress)(found.body, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: found.body.length },
        })
      : promisify(gzip)(found.body, { level: 6 })
  found.packed.set(coding, made)
  return made
}
