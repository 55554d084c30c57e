import { expect } from 'chai'
import { failures } from '../../server/kernel/failures.ts'
import { postFormPage } from '../../server/login/pages/post-form.ts'
import { homePage } from '../../server/operations/pages/home.ts'
import { loggedOutPage } from '../../server/provider/pages/logout.ts'
import { errorPage } from '../../server/web/pages/error.ts'
import { pages } from './fixtures.ts'

const HOSTILE = `"'><script>alert(1)</script><img src=x onerror=alert(1)></title></textarea></pre><!--`

const tags = (document: string): string[] => (document.match(/<[!/a-z][^>]*>/gi) ?? []).map(tag => (/^<[!/]*[a-z0-9-]*/i.exec(tag) ?? [''])[0])
const count = (document: string, pattern: RegExp): number => (document.match(pattern) ?? []).length

describe('pages', () => {
  for (const { name, draw } of pages) {
    describe(name, () => {
      it('is a document in Chinese with a title, one main landmark and one h1', () => {
        const document = draw()
        expect(document).to.match(/^<!doctype html>\n<html lang="zh-CN">/)
        expect(document).to.match(/<title>[^<]+<\/title>/)
        expect(count(document, /<main[ >]/g), 'main').to.equal(1)
        expect(count(document, /<h1[ >]/g), 'h1').to.equal(1)
        expect(count(document, /<header[ >]/g), 'header').to.equal(1)
      })
      it('says its heading in both languages', () => {
        expect(draw()).to.match(/<h1><span>[^<]*\p{Script=Han}[^<]*<\/span> <span lang="en">[^<]*[A-Za-z][^<]*<\/span><\/h1>/u)
      })
      it('has nothing that a strict content policy would refuse', () => {
        const document = draw()
        expect(document).not.to.match(/<script(?![^>]* src=")/)
        expect(document).not.to.match(/<style|<iframe|<object|<embed|<base/)
        for (const tag of document.match(/<[a-z][^>]*>/g) ?? []) expect(tag).not.to.match(/\s(?:style|on[a-z]+)\s*=/)
      })
      it('loads nothing from another host', () => {
        for (const [, address] of draw().matchAll(/<(?:script|link|img|source)[^>]*? (?:src|href)="([^"]*)"/g))
          expect(address).to.match(/^\/assets\//)
      })
      it('keeps its shape when every name is an attack', () => {
        const hostile = draw(plain => plain + HOSTILE)
        expect(tags(hostile)).to.deep.equal(tags(draw()))
        expect(hostile).not.to.contain('<script>alert')
        expect(hostile).not.to.contain('<img')
      })
      it('gives every id once and every field a label', () => {
        const document = draw()
        const ids = [...document.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
        expect(ids).to.deep.equal([...new Set(ids)])
        for (const [field] of document.matchAll(/<(?:input|select)[^>]*>/g)) {
          if (field.includes('type="hidden"')) continue
          const id = / id="([^"]*)"/.exec(field)?.[1]
          expect(document, field).to.contain(`<label for="${id}">`)
        }
      })
    })
  }

  it('an error page draws no link that would leave by a script', () => {
    const document = errorPage({
      code: 'internal',
      ...failures.internal,
      trace: 'K7QM-3F9T',
      restart: { href: 'javascript:alert(1)', label: { zh: '从这里回去', en: 'Back here' } },
    })
    expect(document).not.to.contain('javascript:')
    expect(document).not.to.contain('从这里回去')
  })
  it('an error page shows every failure’s sentences, and its trace code large and to copy', () => {
    for (const [code, failure] of Object.entries(failures)) {
      const document = errorPage({ code, ...failure, trace: 'K7QM-3F9T' })
      expect(document).to.contain(failure.zh)
      expect(document).to.contain('data-copy="K7QM-3F9T"')
    }
  })
  it('the logged-out page does not lead back to an address it must not name', () => {
    expect(loggedOutPage({ centersNotified: 0, returnTo: '//evil.example/' })).not.to.contain('evil.example')
  })
  it('the home page shows an address it must not name as text', () => {
    const document = homePage({
      services: [{ name: { zh: '甲', en: 'A' }, url: 'javascript:alert(1)', what: { zh: '乙', en: 'B' }, state: 'up' }],
      howTo: [],
      version: '1',
      mode: 'sandbox',
    })
    expect(document).to.contain('<code>javascript:alert(1)</code>')
    expect(document).not.to.contain('href="javascript:')
  })
  it('a form is not posted to anything but http and https', () => {
    expect(() => postFormPage({ url: 'javascript:alert(1)', fields: {}, bank: { name: { zh: '甲', en: 'A' } } })).to.throw(TypeError)
  })
})
