import { badge, both } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { ExplainedStep } from '../explain.ts'

/** Owns how the steps of an explanation (../explain.ts) are told: by chapters, each rule of the path with the question it asks. */
const chapters = {
  reading: { zh: '一、读取证书', en: '1. Reading' },
  issuer: { zh: '二、颁发者是否在列表中', en: '2. Is the issuer on the list' },
  paths: { zh: '三、试过的证书路径', en: '3. Paths that were tried' },
  rules: { zh: '四、路径上的每条规则', en: '4. Every rule of the path' },
  list: { zh: '五、信任列表的规则', en: '5. Rules of the trust list' },
  revocation: { zh: '六、吊销', en: '6. Revocation' },
  verdict: { zh: '七、结论', en: '7. Verdict' },
} as const satisfies Record<string, Words>
type Chapter = keyof typeof chapters

/** The rules of pki/path-rules.ts by name, as a person asks them. */
export const ruleWords: Readonly<Record<string, Words>> = {
  building: { zh: '这张证书是不是由候选上级签发的', en: 'Did the candidate above sign it' },
  validity: { zh: '那个时间是否在有效期内', en: 'Valid at that time' },
  criticalExtensions: { zh: '标为关键的扩展是否都认识', en: 'Every critical extension understood' },
  authority: { zh: '签发它的是不是机构证书', en: 'Its issuer is a CA' },
  certificateSigning: { zh: '上级的密钥可否签发证书', en: 'The issuer’s key may sign certificates' },
  pathLength: { zh: '下面的机构层数是否超限', en: 'Not more CAs below than allowed' },
  keyUsage: { zh: '密钥用途是否允许', en: 'Key usage allows it' },
  extendedKeyUsage: { zh: '扩展密钥用途是否允许', en: 'Extended key usage allows it' },
  peerName: { zh: '名称是否与要找的一致', en: 'It is for the wanted name' },
  nameConstraints: { zh: '名称是否在上级限定的范围内', en: 'Names within the constraints above' },
  policies: { zh: '证书策略是否相容', en: 'Certificate policies agree' },
}

const PATH = 'Path: '

function chapterOf({ title: { en } }: ExplainedStep): Chapter {
  if (en === 'Reading the certificate') return 'reading'
  if (en === 'Issuer on the list') return 'issuer'
  if (en === 'Revocation') return 'revocation'
  if (en === 'Verdict') return 'verdict'
  if (!en.startsWith(PATH)) return 'list'
  return en === `${PATH}building` ? 'paths' : 'rules'
}

const titleOf = ({ title }: ExplainedStep): Words => (title.en.startsWith(PATH) ? (ruleWords[title.en.slice(PATH.length)] ?? title) : title)

const outcomes = {
  ok: { words: { zh: '通过', en: 'ok' }, tone: 'good' },
  failed: { words: { zh: '不通过', en: 'failed' }, tone: 'bad' },
  note: { words: { zh: '说明', en: 'note' }, tone: 'plain' },
} as const
const passedOver: Words = { zh: '不是，换下一个', en: 'no, the next' }

/** Of a crafted question the path alone has 500 steps. */
const MOST = 200

/** Every decision in order, by chapters; those that nothing was decided in say so. @param sources what the chapter of revocation shows besides */
export function reasoning(steps: readonly ExplainedStep[], sources: Markup | false): Markup {
  return html`${(Object.keys(chapters) as Chapter[]).map(chapter => {
    const own = steps.filter(step => chapterOf(step) === chapter)
    return html`<section class="chapter"><h3 id="chapter-${chapter}">${both(chapters[chapter])}</h3>${
      own.length === 0
        ? html`<p class="quiet">${both({ zh: '没有走到这一步。', en: 'It did not come to this.' })}</p>`
        : stepTable(own.slice(0, MOST), chapter)
    }${own.length > MOST && html`<p>${both({ zh: `另有 ${own.length - MOST} 步未列出。`, en: `${own.length - MOST} more steps are not shown.` })}</p>`}${chapter === 'revocation' && sources}</section>`
  })}`
}

function stepTable(steps: readonly ExplainedStep[], chapter: Chapter): Markup {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-labelledby="chapter-${chapter}"><table class="record-table steps-table">
<thead><tr><th scope="col">${both({ zh: '问题', en: 'Question' })}</th><th scope="col">${both({ zh: '结果', en: 'Outcome' })}</th><th scope="col">${both({ zh: '对象', en: 'About' })}</th><th scope="col">${both({ zh: '查到的情况', en: 'Found' })}</th><th scope="col">${both({ zh: '依据', en: 'Clause' })}</th></tr></thead>
<tbody>${steps.map(step => {
    const { words, tone } = outcomes[step.outcome]
    const said = chapter === 'paths' && step.outcome === 'note' ? passedOver : words
    return html`<tr${step.outcome === 'failed' && html` class="failed"`}><th scope="row">${both(titleOf(step))}</th><td>${badge(said, tone)}</td><td data-label="对象">${step.about}</td><td data-label="查到"><span lang="en">${step.facts}</span></td><td data-label="依据"><span class="quiet">${step.clause}</span></td></tr>`
  })}</tbody></table></div>`
}
