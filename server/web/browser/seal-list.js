/**
 * Owns sealing many documents with one PIN on a page: each is fitted, the list of all is shown and signed, and then the shield signs line by line. Whatever breaks off in between can be begun again: what is sealed stays
 * sealed. Called by shield-agent.js, which has the shield open.
 *
 * The page provides, and this script expects:
 *   form#shield-form            data-task       the task's path, such as /workbench/seals/tasks/ID
 *                               data-waiting    JSON array of the documents' numbers that wait
 *                               data-hand       strokes of a name by hand, where that is chosen instead of a seal (seal-hand.js)
 *                               a field named seal; its event seal-begin collects, in its detail, promises to wait for, each of words that say why not;
 *                               its event seal-again says that the words in its detail hold no more
 *   progress#seal-progress      max is the number of documents; its label says what is being done (#seal-doing, role=status)
 *   [data-document=N]           the line of a document: data-state becomes fitted | sealed
 *   pre#seal-list               where the list is shown, as it is signed; hidden in the markup
 */
import { askJson } from './ask-json.js'

const WORDS = {
  fitting: (n, of) => [`正在准备第 ${n} 个文件，共 ${of} 个……`, `Preparing ${n} of ${of}…`],
  listing: ['请核对清单……', 'Check the list…'],
  sealing: (n, of) => [`正在盖章：第 ${n} 个，共 ${of} 个……`, `Sealing ${n} of ${of}…`],
  lost: ['网络中断，已盖的章不受影响。请再按一次，从断开的地方继续。', 'The network was lost; what is sealed stays sealed. Press again to go on.'],
}

export async function sealAll({ form, certificate, call, open, opened, stopped, say, fail, otherWords }) {
  const { task } = form.dataset
  const numbers = JSON.parse(form.dataset.waiting)
  const bar = document.querySelector('#seal-progress')
  const step = words => {
    if (stopped()) throw fail(words)
    say(words)
  }
  await fitAll({ form, certificate, bar, step, send, fail })
  step(WORDS.listing)
  const { text, documents } = await send(`${task}/list`)
  // all are sealed: the last answer was lost
  if (documents.length === 0) return location.assign(`${task}?done=sealed`)
  show(text)
  const reply = await open(text)
  if (reply.shown !== text) throw fail(otherWords)
  opened()
  await send(`${task}/list`, { text, signature: reply.value })
  for (const [i, n] of documents.entries()) {
    step(WORDS.sealing(i + 1, documents.length))
    const { item } = await send(`${task}/items/${n}`)
    const { value } = await call('SHIELD_SignListed', item)
    await send(`${task}/seal/${n}`, { signature: value })
    mark(n, 'sealed')
    form.dataset.waiting = JSON.stringify(numbers.filter(each => !sealed().has(each)))
    bar.value += 1
  }
  location.assign(`${task}?done=sealed`)

  async function send(path, body) {
    const { read, words } = await askJson(path, WORDS.lost, { body })
    if (words !== undefined) throw fail(words)
    return read
  }
}

/**
 * Fixes what would be signed for each document that waits, for one certificate.
 * @param send posts to this site, and throws where it refuses; fail makes what is thrown where the page itself says why not
 */
export async function fitAll({ form, certificate, bar, step, send, fail = words => words }) {
  const numbers = JSON.parse(form.dataset.waiting)
  const seal = form.elements.namedItem('seal').value
  // where the seal shall stand is on its way to the broker: what is signed is what was last shown
  const waits = []
  form.dispatchEvent(new CustomEvent('seal-begin', { detail: waits }))
  for (const words of await Promise.all(waits)) if (words !== undefined) throw fail(words)
  const { task, hand } = form.dataset
  bar.hidden = false
  bar.max = numbers.length * 2
  bar.value = 0
  for (const [i, n] of numbers.entries()) {
    step(WORDS.fitting(i + 1, numbers.length))
    await send(`${task}/fit/${n}`, { seal, certificate, ...(hand === undefined ? {} : { hand: JSON.parse(hand) }) })
    mark(n, 'fitted')
    bar.value += 1
  }
}

const lineOf = n => document.querySelector(`[data-document="${n}"]`)
const mark = (n, state) => lineOf(n)?.setAttribute('data-state', state)
const sealed = () => new Set([...document.querySelectorAll('[data-document][data-state=sealed]')].map(({ dataset }) => Number(dataset.document)))

function show(text) {
  const place = document.querySelector('#seal-list')
  if (place === null) return
  place.textContent = text
  place.hidden = false
}
