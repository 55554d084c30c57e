import { html as escaping, raw } from 'hono/html'

/**
 * The only file that meets the template library. Every value put into `html` is escaped, in text and in quoted attributes alike; what is already markup can only
 * have come from here. `raw` stays inside this file (test/web/source.test.ts holds everybody to it).
 */
export type Markup = ReturnType<typeof raw>
type Value = string | number | false | undefined | Markup | readonly Value[]

/** Escapes each value into the text around it; `false` and `undefined` print nothing, an array prints its parts. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Markup {
  const made = escaping(strings, ...values)
  // only a promise among the values makes a promise, and the type admits none
  if (made instanceof Promise) throw new TypeError('a page is made of what is at hand')
  return made
}

/**
 * An address as a page may link to or post to: http or https, or a path on this site. Escaping does not help against `javascript:`, and `//host` or `/\host`
 * would leave the site.
 * @returns the address, or undefined when a page must not name it
 */
export function safeUrl(address: string): string | undefined {
  if (/^\/(?![/\\])[^\s\\]*$/.test(address)) return address
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return undefined
  const url = new URL(address)
  return url.username === '' && url.password === '' ? url.href : undefined
}

/**
 * The hidden logout form of the OpenID Provider library, taken as markup only if it is letter for letter what the library writes.
 * @throws TypeError when it is anything else
 */
export function logoutForm(form: string): Markup {
  const shape =
    /^<form id="op\.logoutForm" method="post" action="(https?:\/\/[^\s"'<>]+)"><input type="hidden" name="xsrf" value="[\w-]+"\/><\/form>$/
  if (!shape.test(form)) throw new TypeError('not the provider’s logout form')
  return raw(form)
}
