/**
 * Owns holding the person's own copies of files against the digests that they are about to sign. A file is read here, beside the page (seal-check-worker.js), and goes nowhere. What was chosen and is not the same stops
 * the sealing, until it is chosen anew or left out.
 *
 * The page provides, and this script expects:
 *   #file-check                    hidden in the markup, for it works with scripts alone
 *     input#file-check-files       type=file multiple
 *     progress#file-check-progress, #file-check-state (role=status), button#file-check-clear
 *   [data-document=N]              the line of a document: data-name, data-size (bytes), data-sm3 where it can be checked; in it [data-check=same] and [data-check=other], hidden
 *   form#shield-form               its events seal-begin and seal-again, as seal-list.js says
 */
import { bilingual } from './bilingual.js'

const WORDS = {
  reading: (name, i, of) => [`正在核对“${name}”（第 ${i} 个，共 ${of} 个）……`, `Checking “${name}”, ${i} of ${of}…`],
  good: count => [
    `核对过的 ${count} 个文件与清单一致。`,
    count === 1 ? 'The file is the one on the list.' : `All ${count} files are those on the list.`,
  ],
  otherSize: ({ name, size }, line) => [
    `“${name}”与清单不一致：清单是 ${line.size} 字节，您的是 ${size} 字节。请不要签名，先与发起方核对。`,
    `“${name}” is not the file on the list: ${size} bytes, not ${line.size}. Do not sign; ask whoever sent it.`,
  ],
  otherDigest: ({ name }) => [
    `“${name}”与清单不一致：大小相同，内容不同（SM3 不同）。请不要签名，先与发起方核对。`,
    `“${name}” is not the file on the list: of the same size with other content. Do not sign; ask whoever sent it.`,
  ],
  stray: ({ name }) => [`清单里没有“${name}”。请重新选择。`, `“${name}” is not on the list. Choose again.`],
  unreadable: ({ name }) => [
    `读不到“${name}”：可能被移动或正在使用。请重新选择。`,
    `“${name}” cannot be read: it was moved, or is in use. Choose again.`,
  ],
}

const place = document.querySelector('#file-check')
if (place !== null) serve(place)

function serve(place) {
  const input = document.querySelector('#file-check-files')
  const bar = document.querySelector('#file-check-progress')
  const state = document.querySelector('#file-check-state')
  const clear = document.querySelector('#file-check-clear')
  const lines = [...document.querySelectorAll('[data-document][data-sm3]')].map(element => ({
    element,
    name: element.dataset.name,
    size: Number(element.dataset.size),
    sm3: element.dataset.sm3,
  }))
  /** what speaks against sealing, once all that was chosen is read; undefined where nothing does */
  let outcome = Promise.resolve(undefined)
  /** @type {{ worker: Worker, stop(): void } | undefined} of what was chosen last */
  let reader
  /** what speaks against sealing, as it is said when they press */
  let spoken

  place.hidden = false
  // come back to by the browser's history, files may be chosen already
  if (input.files.length > 0) start()
  input.addEventListener('change', start)
  clear.addEventListener('click', () => {
    input.value = ''
    start()
  })
  const form = document.querySelector('#shield-form')
  form?.addEventListener('seal-begin', ({ detail }) => detail.push(outcome))

  function start() {
    reader?.stop()
    reader = undefined
    for (const { element } of lines) mark(element)
    // what was said when they pressed is of another choice
    if (spoken !== undefined) form?.dispatchEvent(new CustomEvent('seal-again', { detail: spoken }))
    spoken = undefined
    const files = [...input.files]
    clear.hidden = files.length === 0
    bar.hidden = files.length === 0
    if (files.length === 0) {
      say()
      outcome = Promise.resolve(undefined)
      return
    }
    const worker = new Worker(new URL('./seal-check-worker.js', import.meta.url), { type: 'module' })
    reader = { worker, stop: () => worker.terminate() }
    outcome = check(files, reader)
  }

  /** @returns what speaks against sealing */
  async function check(files, mine) {
    const bad = []
    const all = files.reduce((sum, { size }) => sum + size, 0)
    let before = 0
    bar.max = Math.max(1, all)
    bar.value = 0
    for (const [i, file] of files.entries()) {
      say(WORDS.reading(file.name, i + 1, files.length))
      const words = await look(file, mine, done => {
        bar.value = before + done
      })
      // chosen anew meanwhile: the newer choice speaks
      if (mine !== reader) return outcome
      if (words !== undefined) bad.push(words)
      before += file.size
    }
    bar.hidden = true
    say(...(bad.length === 0 ? [WORDS.good(files.length)] : bad))
    state.dataset.found = bad.length === 0 ? 'same' : 'other'
    spoken = bad[0]
    return spoken
  }

  async function look(file, mine, onProgress) {
    const named = lines.find(({ name }) => name === file.name)
    const sized = lines.filter(({ size }) => size === file.size)
    if (sized.length === 0) {
      if (named === undefined) return WORDS.stray(file)
      mark(named.element, 'other')
      return WORDS.otherSize(file, named)
    }
    const sm3 = await digestIn(mine, file, onProgress)
    if (mine !== reader) return undefined
    if (sm3 === undefined) return WORDS.unreadable(file)
    const same = sized.find(line => line.sm3 === sm3)
    if (same !== undefined) {
      mark(same.element, 'same')
      return undefined
    }
    const meant = named ?? (sized.length === 1 ? sized[0] : undefined)
    if (meant === undefined) return WORDS.stray(file)
    mark(meant.element, 'other')
    return meant.size === file.size ? WORDS.otherDigest(file) : WORDS.otherSize(file, meant)
  }

  function say(...all) {
    delete state.dataset.found
    state.replaceChildren(...all.flatMap((words, i) => [...(i === 0 ? [] : [document.createElement('br')]), ...bilingual(words)]))
  }
}

/** @returns hexadecimal; undefined where the file cannot be read, or nobody waits for it any more */
const digestIn = (reader, file, onProgress) =>
  new Promise(resolve => {
    const { worker } = reader
    reader.stop = () => {
      worker.terminate()
      resolve(undefined)
    }
    worker.onmessage = ({ data }) => ('done' in data ? onProgress(data.done) : resolve(data.sm3))
    worker.onerror = () => resolve(undefined)
    worker.postMessage(file)
  })

function mark(element, found) {
  for (const each of element.querySelectorAll('[data-check]')) each.hidden = each.dataset.check !== found
}
