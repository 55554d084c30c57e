/**
 * Owns sealing with the bank's app on a phone, on the two pages of it. On the task's page: what would be signed is fixed for each document, and a phone is asked. On the page with the code, once the phone has signed:
 * the seals are set one after the other with its answer. Whatever breaks off is gone on with by the same button; what is sealed stays sealed.
 *
 * The page provides, and this script expects:
 *   form#shield-form            as seal-list.js says
 *   form#seal-phone             data-task, the task's path; select#phone-certificate, base64 of the certificates on the person's phones
 *   form#seal-phone-set         data-path       under which /seal/N is asked for
 *                               data-task       where to go on when all is done
 *                               data-waiting    JSON array of the documents' numbers
 *   in either                   #seal-phone-doing (role=status), progress#seal-phone-progress, and one button
 */
import { askJson } from './ask-json.js'
import { bilingual } from './bilingual.js'
import { fitAll } from './seal-list.js'

const WORDS = {
  asking: ['正在生成二维码……', 'Making the code…'],
  sealing: (n, of) => [`正在盖章：第 ${n} 个，共 ${of} 个……`, `Sealing ${n} of ${of}…`],
  lost: ['网络中断，已盖的章不受影响。请再按一次，从断开的地方继续。', 'The network was lost; what is sealed stays sealed. Press again to go on.'],
}

const doing = document.querySelector('#seal-phone-doing')
const bar = document.querySelector('#seal-phone-progress')
const [asking, setting] = [document.querySelector('#seal-phone'), document.querySelector('#seal-phone-set')]
if (asking !== null) onPress(asking, ask)
if (setting !== null) {
  onPress(setting, set)
  setting.requestSubmit()
}

function onPress(form, perform) {
  const button = form.querySelector('button')
  form.addEventListener('submit', async event => {
    event.preventDefault()
    if (button.disabled) return
    button.disabled = true
    try {
      await perform(form)
    } catch (thrown) {
      if (!Array.isArray(thrown)) throw thrown
      say(thrown)
      doing.dataset.failed = 'true'
    } finally {
      button.disabled = false
    }
  })
}

async function ask(form) {
  const { task } = form.dataset
  const certificate = form.querySelector('#phone-certificate').value
  await fitAll({ form: document.querySelector('#shield-form'), certificate, bar, step: say, send })
  say(WORDS.asking)
  const { next } = await send(`${task}/phone`, {})
  location.assign(next)
}

async function set(form) {
  const { path, task } = form.dataset
  const numbers = JSON.parse(form.dataset.waiting)
  bar.hidden = false
  bar.max = numbers.length
  for (const [i, n] of numbers.entries()) {
    say(WORDS.sealing(i + 1, numbers.length))
    bar.value = i
    await send(`${path}/seal/${n}`, {})
    form.dataset.waiting = JSON.stringify(numbers.slice(i + 1))
  }
  location.assign(`${task}?done=sealed`)
}

async function send(path, body) {
  const { read, words } = await askJson(path, WORDS.lost, { body })
  if (words !== undefined) throw words
  return read
}

function say(words) {
  delete doing.dataset.failed
  doing.replaceChildren(...bilingual(words))
}
