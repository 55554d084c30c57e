import { badge, both } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup, safeUrl } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

type State = 'up' | 'down' | 'degraded'

export interface HomeView {
  services: readonly { name: Words; url: string; what: Words; state: State }[]
  /** the way to a first login, a sentence a step */
  howTo: readonly Words[]
  version: string
  mode: string
}

const stateWords: Record<State, Words> = {
  up: { zh: '运行中', en: 'Running' },
  degraded: { zh: '部分可用', en: 'Degraded' },
  down: { zh: '未运行', en: 'Not running' },
}
const stateTone = { up: 'good', degraded: 'warn', down: 'bad' } as const

/** What runs where, and how to log in for the first time. */
export function homePage(view: HomeView): string {
  return page({
    title: { zh: '一个盾，登录所有交易中心', en: 'One shield for every trading center' },
    hero: true,
    lead: {
      zh: '企业用开户银行发的盾，登录任何一家公共资源交易中心。',
      en: 'Companies log in to any public-resource trading center with the shield of their bank.',
    },
    body: html`<div class="home">
<section class="home-how" aria-labelledby="how">
  <h2 id="how">${both({ zh: '现在就试', en: 'Try it now' })}</h2>
  <ol class="how">${view.howTo.map(step => html`<li>${both(step)}</li>`)}</ol>
</section>
<section class="home-services" aria-labelledby="services">
  <h2 id="services">${both({ zh: '哪里在运行什么', en: 'What runs where' })}</h2>
  <ul class="services">${view.services.map(service)}</ul>
</section>
</div>
<p class="build">${both({ zh: '版本', en: 'Version' })} <code>${view.version}</code> · ${both({ zh: '模式', en: 'Mode' })} <code>${view.mode}</code></p>`,
  })
}

function service({ name, url, what, state }: HomeView['services'][number]): Markup {
  const address = safeUrl(url)
  return html`<li class="service">
    <div class="service-head"><h3>${both(name)}</h3>${badge(stateWords[state], stateTone[state])}</div>
    <p>${both(what)}</p>
    ${address === undefined ? html`<code>${url}</code>` : html`<a href="${address}">${url}</a>`}
  </li>`
}
