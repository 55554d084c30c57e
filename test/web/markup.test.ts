import { expect } from 'chai'
import { html, logoutForm, safeUrl } from '../../server/web/markup.ts'

describe('markup', () => {
  it('escapes a value in text and in an attribute', () => {
    const hostile = `"><script>alert('1')</script>&`
    const made = html`<p title="${hostile}">${hostile}</p>`.toString()
    expect(made).to.equal(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</p>',
    )
  })
  it('does not escape twice what it made itself', () => {
    expect(html`<b>${html`<i>${'&'}</i>`}${[html`<u></u>`, '<']}</b>`.toString()).to.equal('<b><i>&amp;</i><u></u>&lt;</b>')
  })
  it('prints nothing for false and undefined, and a zero as a zero', () => {
    expect(html`a${false}b${undefined}c${0}`.toString()).to.equal('abc0')
  })

  for (const address of ['/', '/login/a?b=c', '/a/b#c', 'https://bank.example.cn/sso?x=1', 'http://localhost:7100/']) {
    it(`lets a page name ${address}`, () => {
      expect(safeUrl(address)).to.equal(address)
    })
  }
  for (const address of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,<script>',
    'vbscript:x',
    '//evil.example/',
    '/\\evil.example/',
    '/a\\b',
    '/a b',
    '/a\nb',
    '\\\\evil',
    'evil.example',
    '',
    'ftp://evil.example/',
    'https://',
    'https://bank.example.cn@evil.example/',
    'blob:https://evil.example/x',
  ]) {
    it(`does not let a page name ${JSON.stringify(address)}`, () => {
      expect(safeUrl(address)).to.equal(undefined)
    })
  }

  const form = (action: string, xsrf: string) =>
    `<form id="op.logoutForm" method="post" action="${action}"><input type="hidden" name="xsrf" value="${xsrf}"/></form>`
  it('takes the logout form as the provider library writes it', () => {
    expect(logoutForm(form('http://localhost:7100/oidc/session/end/confirm', 'aB3_-')).toString()).to.contain('value="aB3_-"')
  })
  it('refuses a logout form with anything else in it', () => {
    expect(() => logoutForm(`${form('http://a/', 'x')}<script></script>`)).to.throw(TypeError)
    expect(() => logoutForm(form('http://a/"><script>', 'x'))).to.throw(TypeError)
    expect(() => logoutForm(form('javascript:alert(1)', 'x'))).to.throw(TypeError)
  })
})
