import { expect } from 'chai'
import express from 'express'
import request from 'supertest'
import { securityHeaders } from '../../server/http/headers.ts'
import { assetPath, assetsRouter } from '../../server/web/assets.ts'
import { pdfViewerFiles } from '../../server/web/pdf-viewer.ts'
import { pages } from './fixtures.ts'

describe('assets', () => {
  const app = express()
  app.use(securityHeaders({ https: false }))
  app.use('/assets', assetsRouter())
  it('everything that a page names is served and may be kept for ever', async () => {
    const named = new Set(pages.flatMap(page => [...page.draw().matchAll(/"(\/assets\/[^"]*)"/g)].map(([, address]) => address ?? '')))
    expect(named.size).to.be.greaterThan(5)
    for (const address of named) {
      const answer = await request(app).get(address).expect(200)
      expect(answer.headers['cache-control']).to.equal('public, max-age=31536000, immutable')
      expect(answer.headers['x-content-type-options']).to.equal('nosniff')
      expect(answer.headers['content-type']).to.match(/^(?:text\/(?:css|javascript)|image\/svg\+xml); charset=utf-8$/)
    }
  })
  it('an address without its version, or with an old one, is asked about again', async () => {
    for (const address of ['/assets/styles.css', '/assets/styles.css?v=0', '/assets/styles.css?v=a&v=b']) {
      const answer = await request(app).get(address).expect(200)
      expect(answer.headers['cache-control']).to.equal('no-cache')
      await request(app)
        .get(address)
        .set('If-None-Match', answer.headers['etag'] ?? '')
        .expect(304)
    }
  })
  it('comes packed in the way the browser asks for, the same whichever it is', async () => {
    const answers = []
    for (const coding of ['identity', 'br', 'gzip'])
      answers.push(await request(app).get(assetPath('font.css')).set('Accept-Encoding', coding).expect(200))
    expect(answers.map(answer => answer.headers['content-encoding'])).to.deep.equal([undefined, 'br', 'gzip'])
    // the client unpacks by what the header says
    expect(new Set(answers.map(answer => answer.text))).to.have.length(1)
    expect(new Set(answers.map(answer => answer.headers['etag']))).to.have.length(3)
    for (const answer of answers) expect(answer.headers['vary']).to.contain('Accept-Encoding')
  })
  it('the font comes from here alone, in slices that are there', async () => {
    const { text } = await request(app).get('/assets/font.css')
    const addresses = [...text.matchAll(/url\(([^)]*)\)/g)].map(([, address]) => address ?? '')
    expect(addresses).to.have.length(2 * 101)
    for (const address of addresses) expect(address).to.match(/^\/assets\/font\/[\d.]+\/noto-sans-sc-[\w-]+-(?:400|600)-normal\.woff2$/)
    const answer = await request(app)
      .get(addresses.at(-1) ?? '')
      .expect(200)
    expect(answer.headers['content-type']).to.equal('font/woff2')
    expect(answer.headers['cache-control']).to.contain('immutable')
  })
  it('pdf.js comes with its worker and the data for fonts, and without what runs WebAssembly or a document’s scripts', async () => {
    for (const name of ['pdf.js', 'pdf-worker.js'])
      expect((await request(app).get(assetPath(name)).expect(200)).headers['content-type']).to.equal('text/javascript; charset=utf-8')
    for (const name of ['cmaps/UniGB-UCS2-H.bcmap', 'standard_fonts/LiberationSans-Regular.ttf', 'wasm/openjpeg_nowasm_fallback.js'])
      expect((await request(app).get(`${pdfViewerFiles}${name}`).expect(200)).headers['cache-control']).to.contain('immutable')
    for (const name of [
      'wasm/openjpeg.wasm',
      'wasm/quickjs-eval.js',
      'wasm/',
      'package.json',
      'legacy/build/pdf.sandbox.min.mjs',
      'cmaps/..%2fpackage.json',
    ])
      await request(app).get(`${pdfViewerFiles}${name}`).expect(404)
  })
  it('one script is for the pages of centers, at an address that stays; nothing else may be loaded by another site', async () => {
    const { headers } = await request(app).get('/assets/shared-shield-seal.v1.js').expect(200)
    expect([headers['access-control-allow-origin'], headers['cross-origin-resource-policy'], headers['cache-control']]).to.deep.equal([
      '*',
      'cross-origin',
      'no-cache',
    ])
    for (const name of ['shield-agent.js', 'seal-list.js', 'styles.css', 'pdf.js'])
      expect((await request(app).get(`/assets/${name}`)).headers['access-control-allow-origin'], name).to.equal(undefined)
  })
  it('style sheets fetch nothing from another host', async () => {
    const { text } = await request(app).get('/assets/styles.css')
    for (const [, address] of text.matchAll(/url\("?([^")]*)/g)) expect(address).to.match(/^\/assets\//)
    expect(text).not.to.contain('@import')
  })
  it('modules in a folder stand under its name, where they name each other', async () => {
    const { text, headers } = await request(app).get('/assets/bid/worker.js').expect(200)
    expect(headers['content-type']).to.equal('text/javascript; charset=utf-8')
    for (const [, name] of text.matchAll(/^import .* from '\.\/([^']+)'$/gm)) await request(app).get(`/assets/bid/${name}`).expect(200)
  })
  it('nothing outside is reached', async () => {
    for (const address of [
      '/assets/bid/',
      '/assets/bid/missing.js',
      '/assets/bid/../assets.ts',
      '/assets/bid/%2e%2e%2f%2e%2e%2fassets.ts',
      '/assets/',
      '/assets/assets.ts',
      '/assets/..%2fassets.ts',
      '/assets/%2e%2e/assets.ts',
      '/assets/font/',
      '/assets/__proto__',
    ]) {
      await request(app).get(address).expect(404)
    }
  })
  it('a page cannot name an asset that is not there', () => {
    expect(() => assetPath('missing.js')).to.throw('no asset')
  })
})
