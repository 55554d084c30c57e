import type { RemoteKey, RemoteRequest, RemoteSigning } from '../../storage/stores-remote-signing.ts'
import { dayOf } from '../../web/beijing.ts'
import { actionForm, badge, both, card, facts, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { type KeyState, TRIES } from '../keys.ts'
import type { Signer } from '../ports.ts'
import { expertPage, requestPath, signingPath } from './frame.ts'

export interface HomeView {
  key: RemoteKey | undefined
  state: KeyState | undefined
  waiting: readonly RemoteRequest[]
  signed: readonly RemoteSigning[]
  done?: Words | undefined
}

/** An expert's first page: the key, what waits, what was signed. */
export const homePage = (by: Signer, { key, state, waiting, signed, done }: HomeView): string =>
  expertPage(by, {
    title: { zh: '专家云签', en: 'Remote signing' },
    lead: {
      zh: '不带盾也能签评标文件：本人核验、第二块屏幕或动态口令确认，再输入签名 PIN。',
      en: 'Sign review documents without a shield: a person check, a second screen or a code, and your signing PIN.',
    },
    body: html`${done !== undefined && notice(done, 'good')}
${card(keyPart(key, state), { zh: '我的云签密钥', en: 'My remote key' })}
${card(
  waiting.length === 0
    ? html`<p class="nothing">${both({ zh: '现在没有等您签名的文件。', en: 'Nothing waits for your signature.' })}</p>`
    : html`<ul class="expert-list">${waiting.map(waitingLine)}</ul>`,
  { zh: '等您签名', en: 'Waiting for you' },
)}
${signed.length > 0 && card(html`<ul class="expert-list">${signed.map(signedLine)}</ul>`, { zh: '我签过的', en: 'Signed by me' })}`,
  })

function waitingLine({ id, title, center, documents, expiresAt }: RemoteRequest): Markup {
  const address = requestPath(id)
  return html`<li><a href="${address}">${title}</a> <span class="quiet">${center.name} · ${documents.length} 个文件 · ${dayOf(expiresAt)} 前</span></li>`
}

function signedLine({ id, createdAt, record }: RemoteSigning): Markup {
  const address = `${signingPath(id)}/evidence.json`
  const names = record?.documents.map(({ name }) => name).join('、') ?? ''
  return html`<li><a href="${address}">${both({ zh: `${dayOf(createdAt)} 签名凭据`, en: 'Evidence' })}</a> <span class="quiet">${names}</span></li>`
}

const activate = (label: Words): Markup | '' => linkButton('/experts/key/new', label, 'primary') ?? ''

function keyPart(key: RemoteKey | undefined, state: KeyState | undefined): Markup {
  if (key === undefined || state === undefined || state === 'made')
    return html`<p>${both({ zh: '还没有启用。启用需要银行刚刚核验过本人，大约两分钟。', en: 'Not activated. It takes a person check at your bank and two minutes.' })}</p>
<div class="actions">${activate({ zh: '启用云签', en: 'Activate' })}</div>`
  const words = {
    active: badge({ zh: '可以使用', en: 'In use' }, 'good'),
    locked: badge({ zh: '已锁定', en: 'Locked' }, 'bad'),
    expired: badge({ zh: '已过期', en: 'Expired' }, 'warn'),
    revoked: badge({ zh: '已停用', en: 'Taken back' }, 'warn'),
  }[state]
  return html`${facts([
    { name: { zh: '状态', en: 'State' }, value: words },
    {
      name: { zh: '第二个因素', en: 'Second factor' },
      value: both(key.factor === 'phone' ? { zh: '手机银行确认', en: 'The bank’s app' } : { zh: '动态口令', en: 'One-time code' }),
    },
    { name: { zh: '证书序列号', en: 'Serial' }, value: key.serial ?? '' },
    { name: { zh: '有效期到', en: 'Until' }, value: key.notAfter === undefined ? '' : dayOf(key.notAfter) },
    ...(state === 'active' && key.tries > 0 ? [{ name: { zh: 'PIN 还可以试', en: 'Tries left' }, value: `${TRIES - key.tries} 次` }] : []),
  ])}
${state === 'locked' && notice({ zh: 'PIN 错了六次，密钥已锁定。做本人核验后启用新的密钥，旧证书会被吊销。', en: 'Locked after six wrong tries. Activate a new key after a person check; the old certificate is revoked.' }, 'warn')}
<div class="actions">${activate(state === 'active' ? { zh: '换一个新密钥', en: 'Replace the key' } : { zh: '启用新密钥', en: 'Activate a new key' })}</div>
${actionForm('/experts/key/revoke', [{ label: { zh: '停用并吊销', en: 'Revoke it' }, look: 'secondary' }])}`
}
