/**
 * Owns verifying a signature beside a file that stays on the computer: reads the file beside the page (verify/worker.js), and sends the form with its size and digests in the file's place. What comes back is a page, as it
 * is for everybody; without this script the form sends the file itself.
 *
 * The page provides, and this script expects:
 *   form#beside-form
 *     [data-scripts]                          hidden in the markup: what is said where this script runs
 *     input#beside-signature, #beside-file    type=file
 *     input[name=size], [name=sm3], [name=sha256]    type=hidden, disabled in the markup
 *     progress#beside-progress, #beside-state (role=status), button
 */
import { bilingual } from './bilingual.js'

const WORDS = {
  reading: (name, percent) => [`正在读取“${name}”，不上传：${percent} %`, `Reading “${name}”, which is not sent: ${percent} %`],
  sending: ['正在验签名……', 'Verifying…'],
  unreadable: name => [
    `读不到“${name}”：可能被移动、改动或正在使用。请重新选择。`,
    `“${name}” cannot be read: it was moved or changed, or is in use. Choose again.`,
  ],
}

const form = document.querySelector('#beside-form')
if (form instanceof HTMLFormElement) serve(form)

function serve(form) {
  const signature = form.querySelector('#beside-signature')
  const input = form.querySelector('#beside-file')
  const bar = form.querySelector('#beside-progress')
  const state = form.querySelector('#beside-state')
  const button = form.querySelector('button')
  const told = ['size', 'sm3', 'sha256'].map(name => form.querySelector(`input[name="${name}"]`))
  /** @type {Worker | undefined} */
  let worker

  form.querySelector('[data-scripts]').hidden = false
  for (const each of [signature, input]) each.addEventListener('change', begin)
  // come back to by the browser's history, the page is as it was when it was sent
  addEventListener('pageshow', ({ persisted }) => persisted && begin())
  form.addEventListener('submit', event => {
    event.preventDefault()
    read(input.files[0])
  })

  function begin() {
    worker?.terminate()
    worker = undefined
    input.disabled = false
    button.disabled = false
    bar.hidden = true
    for (const each of told) each.disabled = true
    state.replaceChildren()
  }

  function read(file) {
    begin()
    button.disabled = true
    bar.hidden = false
    bar.max = Math.max(1, file.size)
    bar.value = 0
    let shown = -1
    progress(0)
    worker = new Worker(new URL('./verify/worker.js', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }) => {
      if ('done' in data) return progress(data.done)
      if (data.digests === undefined) return fail()
      send({ size: file.size, ...data.digests })
    }
    worker.onerror = fail
    worker.postMessage({ file, signature: signature.files[0] })

    function progress(done) {
      bar.value = done
      const percent = Math.floor((100 * done) / Math.max(1, file.size))
      // read aloud as it changes: not every chunk is worth a word
      if (percent - shown < 10 && percent < 100) return
      shown = percent
      say(WORDS.reading(file.name, percent))
    }
    function fail() {
      begin()
      say(WORDS.unreadable(file.name))
    }
  }

  function send(known) {
    say(WORDS.sending)
    for (const each of told) {
      each.disabled = known[each.name] === undefined
      each.value = String(known[each.name] ?? '')
    }
    // what is disabled is not sent
    input.disabled = true
    form.submit()
  }

  function say(words) {
    state.replaceChildren(...bilingual(words))
  }
}
