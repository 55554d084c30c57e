import { failures } from '../../kernel/failures.ts'
import { badge, both, card, facts } from '../components.ts'
import { page } from '../frame.ts'
import { html, type Markup, safeUrl } from '../markup.ts'
import { type Words, whoCanFix } from '../words.ts'
import { type Described, methodOf, nameOf, type Operation } from './operation.ts'

/** One member of an object, as the page lists it. */
interface Member {
  name: string
  type: string
  required: boolean
  about: string
}

/** The interface for people, made from the OpenAPI document that programs read. */
export function interfacePage(described: Described, document: Record<string, unknown>): string {
  const schemas = at(at(document, 'components'), 'schemas')
  const { title, lead, operations } = described
  return page({
    title,
    lead,
    body: html`${begin(described)}${operations.map(operation => operationCard(operation, schemas))}${refusals(described)}`,
  })
}

function begin({ base, scopes }: Described): Markup {
  const address = safeUrl(`${base}/openapi.json`) ?? ''
  return card(
    html`<p>${both({
      zh: '先用客户端凭据换取访问令牌，再把令牌放在 Authorization 头里调用。',
      en: 'Get an access token with your client credentials, then send it in the Authorization header.',
    })}</p>
<pre tabindex="0"><code>POST /oidc/token
grant_type=client_credentials&amp;scope=${Object.keys(scopes)[0] ?? ''}</code></pre>
<p>${both({ zh: '供程序读取的 OpenAPI 3.1 文档：', en: 'The OpenAPI 3.1 document, for programs:' })} <a href="${address}"><code>${address}</code></a></p>`,
    { zh: '开始', en: 'To begin' },
  )
}

function operationCard(operation: Operation, schemas: unknown): Markup {
  const { path, name, title, about, scope, parameters = [], request, requestForm, answer, status, example } = operation
  return card(
    html`<p id="${name}">${both(about)}</p>
${facts([
  { name: { zh: '请求', en: 'Request' }, value: html`<code>${methodOf(operation).toUpperCase()} ${path}</code>` },
  {
    name: { zh: '权限范围', en: 'Scope' },
    value: scope === undefined ? both({ zh: '不用令牌，任何人都可以', en: 'None: anybody may, without a token' }) : html`<code>${scope}</code>`,
  },
  ...parameters.map(parameter => ({
    name: parameter.in === 'header' ? { zh: '请求头', en: 'Header' } : { zh: '查询参数', en: 'Query' },
    value: html`<code>${parameter.name}</code>`,
  })),
])}
${parameters.map(({ name: parameter, about: said }) => html`<p><code>${parameter}</code> ${both(said)}</p>`)}
${example !== undefined && html`<pre tabindex="0"><code>${JSON.stringify(example, null, 2)}</code></pre>`}
${request !== undefined && shape(name, nameOf(request), schemas, { zh: '请求内容', en: 'What you send' })}
${requestForm !== undefined && shape(name, nameOf(requestForm), schemas, { zh: '或者表单', en: 'Or a form' })}
${answer !== undefined && shape(name, nameOf(answer), schemas, { zh: `答复（${status}）`, en: `What comes back (${status})` })}`,
    title,
  )
}

/** A table a schema; a choice of several has one for each. */
function shape(operation: string, name: string, schemas: unknown, title: Words): Markup {
  const schema = at(schemas, name)
  const choices = list(at(schema, 'oneOf')).map(choice => resolve(choice, schemas))
  const parts = choices.length === 0 ? [schema] : choices
  return html`<details class="fold"><summary>${both(title)}</summary>${parts.map((part, i) => {
    const about = text(at(part, 'description'))
    return html`${about !== '' && html`<p lang="en">${about}</p>`}
<div class="table-scroll" tabindex="0" role="region" aria-label="${title.zh} ${title.en} ${name}${choices.length > 0 && ` ${i + 1}`} · ${operation}"><table class="record-table">
<thead><tr><th scope="col">${both({ zh: '成员', en: 'Member' })}</th><th scope="col">${both({ zh: '类型', en: 'Type' })}</th><th scope="col">${both({ zh: '说明', en: 'About' })}</th></tr></thead>
<tbody>${membersOf(part).map(
      member =>
        html`<tr><th scope="row"><code>${member.name}</code>${member.required && html` ${badge({ zh: '必填', en: 'needed' })}`}</th><td><code>${member.type}</code></td><td><span lang="en">${member.about}</span></td></tr>`,
    )}</tbody></table></div>`
  })}</details>`
}

function refusals({ commonRefusals, operations, aboutRefusals }: Described): Markup {
  const codes = [...new Set([...commonRefusals, ...operations.flatMap(({ refusals }) => refusals)])]
  return card(
    html`<p>${both(aboutRefusals)}</p>
<div class="table-scroll" tabindex="0" role="region" aria-label="错误代码 Error codes"><table class="record-table">
<thead><tr><th scope="col">${both({ zh: '代码', en: 'Code' })}</th><th scope="col" class="number">${both({ zh: '状态', en: 'Status' })}</th><th scope="col">${both({ zh: '谁来解决', en: 'Who can fix it' })}</th><th scope="col">${both({ zh: '说明', en: 'About' })}</th></tr></thead>
<tbody>${codes.map(
      code =>
        html`<tr><th scope="row"><a href="/errors/${code}"><code>${code}</code></a></th><td class="number">${failures[code].status}</td><td>${both(whoCanFix[failures[code].who])}</td><td>${both(failures[code])}</td></tr>`,
    )}</tbody></table></div>`,
    { zh: '被拒绝时', en: 'When a request is refused' },
  )
}

function membersOf(schema: unknown): Member[] {
  const required = new Set(list(at(schema, 'required')))
  const properties = at(schema, 'properties')
  if (typeof properties !== 'object' || properties === null) return []
  return Object.entries(properties).map(([name, value]) => ({
    name,
    type: typeOf(value),
    required: required.has(name),
    about: text(at(value, 'description')),
  }))
}

/** In one word where there is one: a name, the values allowed, or the JSON type. */
function typeOf(schema: unknown): string {
  const target = text(at(schema, '$ref'))
  if (target !== '') return target.slice(target.lastIndexOf('/') + 1)
  const constant = at(schema, 'const')
  if (constant !== undefined) return JSON.stringify(constant)
  const values = list(at(schema, 'enum'))
  if (values.length > 0) return values.join(' | ')
  if (at(schema, 'type') === 'array') return `${typeOf(at(schema, 'items'))}[]`
  const choices = [...list(at(schema, 'anyOf')), ...list(at(schema, 'oneOf'))]
  if (choices.length > 0) return choices.map(typeOf).join(' | ')
  return text(at(schema, 'format')) || text(at(schema, 'type')) || 'object'
}

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const resolve = (schema: unknown, schemas: unknown): unknown => {
  const target = text(at(schema, '$ref'))
  return target === '' ? schema : at(schemas, target.slice(target.lastIndexOf('/') + 1))
}
