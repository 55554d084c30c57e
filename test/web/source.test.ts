import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'

/** Rules about how pages are written, that no page can show by itself. */
const root = join(import.meta.dirname, '../..')
const read = (pattern: string) => globSync(pattern, { cwd: root }).map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))
const sources = [...read('server/web/**/*.ts'), ...read('server/*/pages/*.ts')]

/** What may stand in an address attribute: what has passed through safeUrl, or a path of this site that begins with a constant: a helper named ...Path, a room's own constant in capitals, a form's own path. */
const ADDRESSES = /^(?:\w*[pP]ath\(|[A-Z]+\}\/|address\}|action\})/

describe('how pages are written', () => {
  it('only markup.ts makes raw markup', () => {
    const users = sources.filter(({ text }) => /\braw\(|hono/.test(text)).map(({ path }) => basename(path))
    expect(users).to.deep.equal(['markup.ts'])
  })
  it('an address comes from a helper that checks it', () => {
    for (const { path, text } of sources) {
      for (const [whole, inside = ''] of text.matchAll(/ (?:href|src|action|formaction)="\$\{([^"]*)/g))
        expect(inside, `${path}: ${whole}`).to.match(ADDRESSES)
    }
  })
  it('every value in a tag stands in quotes', () => {
    for (const { path, text } of sources) expect(text, path).not.to.match(/ [a-z-]+=\$\{/)
  })
  it('browser scripts write no markup from text', () => {
    for (const { path, text } of read('server/web/browser/**/*.js'))
      expect(text, path).not.to.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/)
  })
  it('Chinese sentences carry Chinese punctuation', () => {
    for (const { path, text } of sources) {
      for (const [, sentence = ''] of text.matchAll(/zh: ['`]([^'`]*)['`]/g)) expect(sentence, path).not.to.match(/\p{Script=Han}[,;:?!]/u)
    }
  })
})

describe('design tokens', () => {
  const tokens = readFileSync(join(root, 'server/web/styles/tokens.css'), 'utf8')
  const styles = read('server/web/styles/*.css')
    .map(({ text }) => text)
    .join('\n')
  const named = (pattern: RegExp) => [...tokens.matchAll(pattern)].map(([, name]) => name)

  it('every colour has its fallback for browsers without oklch', () => {
    expect(named(/^\s+(--[\w-]+): oklch/gm)).to.deep.equal(named(/^\s+(--[\w-]+): #/gm))
  })
  it('every token is used, and every token used is there', () => {
    const defined = new Set(named(/^\s+(--[\w-]+):/gm))
    const local = new Set([...styles.matchAll(/^\s+(--[\w-]+):/gm)].map(([, name]) => name))
    const used = new Set([...styles.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name))
    expect(
      [...defined].filter(name => !used.has(name)),
      'unused',
    ).to.deep.equal([])
    expect(
      [...used].filter(name => !local.has(name)),
      'unknown',
    ).to.deep.equal([])
  })
  it('colours are named by meaning outside of the tokens', () => {
    const pieces = read('server/web/styles/*.css').filter(({ path }) => !path.endsWith('tokens.css'))
    for (const { path, text } of pieces)
      expect(text, path).not.to.match(/#[0-9a-f]{3,8}\b|oklch\(|rgb\(|var\(--(?:indigo|paper|ink|cinnabar|jade|amber|violet)-/)
  })
})
