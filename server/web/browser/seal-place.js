/**
 * Owns the page with the seal on it: turning pages, dragging the seal or moving it by keys and numbers, and telling the broker where it shall stand. What is shown of a seal is always what the broker answered: the very
 * rectangles that will be sealed.
 *
 * The page provides, and this script expects (server/seals/pages/place.ts):
 *   #seal-place                 data-task, data-documents [{ n, format, which }], data-viewer (seal-paper.js)
 *     #place-document #place-page #place-before #place-after #place-count #place-progress #seal-sheet #place-state (role=status)
 *     #place-tools              absent where nothing waits: input[name=place-kind], [data-place-kind=KIND] with its fields, #place-add, #place-drop, #place-date
 *   form#shield-form            data-hand-picture a picture in the place of the seal's, renewed by the event seal-hand; a field named seal; its event seal-begin collects promises that are waited for before anything is signed
 */
import { askJson } from './ask-json.js'
import { openPaper } from './seal-paper.js'
import { stampOf } from './seal-stamp.js'

const get = id => document.getElementById(id)
const panel = get('seal-place')
const WORDS = {
  opening: ['正在打开文件……', 'Opening the document…'],
  unshown: ['这一页显示不出来，可以下载原文查看。', 'This page cannot be shown here; download the original.'],
  saving: ['正在保存位置……', 'Keeping the place…'],
  lost: ['网络中断，位置没有保存。请再移动一次。', 'The network was lost and the place not kept. Move it once more.'],
  words: ['请填写要压在哪些字上。', 'Which words shall it stand on?'],
  fixed: ['位置由发起方指定。', 'Whoever asked for the seal has fixed its place.'],
  none: ['不显示印章，只签名。', 'Signed without a picture.'],
}
if (panel !== null) start()

function start() {
  const { task } = panel.dataset
  const documents = JSON.parse(panel.dataset.documents)
  const viewer = JSON.parse(panel.dataset.viewer)
  const [sheet, tools, form] = [get('seal-sheet'), get('place-tools'), get('shield-form')]
  const pageField = get('place-page')
  /** what the broker last said; places not yet told; what is wrong with them */
  let look
  let places = []
  let at = 0
  let page = 1
  let paper
  let shown = documents[0]
  let timer
  let saving = Promise.resolve()
  let wrong
  /** grows with every opening: what comes for an earlier one is too late */
  let opening = 0

  panel.hidden = false
  const seal = () => form?.elements.namedItem('seal')?.value ?? ''
  const base = () => `${task}/documents/${shown.n}`
  const size = () => look.pages[page - 1]

  async function open() {
    opening += 1
    const mine = opening
    busy(WORDS.opening)
    paper?.close()
    paper = undefined
    // nothing of the document before can be moved any more: it would be told of this one
    look = undefined
    wrong = undefined
    sheet.replaceChildren()
    if (tools !== null) tools.hidden = true
    await saving
    if (mine !== opening) return
    const answer = await send(`${base()}/pages?${new URLSearchParams({ seal: seal(), which: shown.which })}`)
    if (mine !== opening) return
    if (answer.look === undefined) return say(answer.words)
    take(answer.look)
    at = 0
    page = look.boxes[0]?.page ?? 1
    if (tools !== null) tools.hidden = !look.movable
    const address = `${base()}/${shown.which}`
    const bar = get('place-progress')
    const opened = await openPaper({ format: shown.format, address }, viewer, share => {
      if (mine === opening) bar.value = share
    }).catch(() => undefined)
    if (mine !== opening) return opened?.close()
    paper = opened
    await turn(page)
  }

  function take(next) {
    look = next
    places = next.places
    at = Math.min(at, Math.max(0, places.length - 1))
    wrong = next.problem && [next.problem.zh, next.problem.en]
  }

  async function turn(number) {
    if (look === undefined) return
    const [mine, open] = [opening, paper]
    page = Math.min(Math.max(1, number), look.pages.length)
    pageField.value = page
    pageField.max = look.pages.length
    get('place-count').textContent = `页，共 ${look.pages.length} 页`
    get('place-before').disabled = page === 1
    get('place-after').disabled = page === look.pages.length
    sheet.style.aspectRatio = `${size().width} / ${size().height}`
    sheet.querySelector('.seal-sheet-page')?.remove()
    stamps()
    fields()
    try {
      if (open === undefined) throw new Error('not open')
      await open.draw(page, sheet)
      if (mine === opening) tell()
    } catch {
      if (mine === opening) say(WORDS.unshown)
    }
    if (mine !== opening) return
    get('place-progress').hidden = true
  }

  /** The seals of this page as the broker has them. */
  function stamps() {
    const focused = document.activeElement?.classList.contains('seal-stamp')
    for (const old of sheet.querySelectorAll('.seal-stamp')) old.remove()
    const query = new URLSearchParams({ seal: seal(), ...(look.date === undefined ? {} : { date: look.date }) })
    const hand = form?.dataset.handPicture
    for (const box of look.boxes.filter(each => each.page === page)) {
      const stamp = stampOf({ box, page: size(), whole: look.size, picture: hand ?? `${task}/picture?${query}`, movable: look.movable, at, move })
      sheet.append(stamp)
      if (focused && box.place === at) stamp.focus()
    }
  }

  /** @param to where the centre goes, in millimetres; absent: it is only chosen */
  function move(place, to) {
    at = place
    if (to !== undefined) {
      const inside = (value, whole, room) => Math.min(Math.max(value, whole / 2), Math.max(whole / 2, room - whole / 2))
      const y = inside(to.y, look.size.height, size().height)
      if (places[at]?.kind === 'edge') replace({ ...places[at], y })
      else replace({ kind: 'at', page, x: inside(to.x, look.size.width, size().width), y })
    }
    fields()
  }

  const replace = place => change(places.map((each, i) => (i === at ? place : each)))

  function change(next, wait = 300) {
    places = next
    if (wrong !== undefined) form?.dispatchEvent(new CustomEvent('seal-again', { detail: wrong }))
    wrong = undefined
    say(WORDS.saving)
    clearTimeout(timer)
    timer = setTimeout(save, wait)
  }

  function save() {
    clearTimeout(timer)
    timer = undefined
    const [mine, asked, address] = [places, opening, `${base()}/places`]
    const date = get('place-date')?.value
    const body = { seal: seal(), places, ...(date === '' || date === undefined ? {} : { date }) }
    saving = saving.then(async () => {
      const { look: next, words } = await send(address, body)
      // moved on meanwhile
      if (mine !== places || asked !== opening) return
      if (next === undefined) {
        wrong = words
        return say(words)
      }
      take(next)
      stamps()
      fields()
      tell()
    })
    return saving
  }

  function fields() {
    const place = places[at]
    const kind = place?.kind ?? 'none'
    for (const radio of panel.querySelectorAll('[name=place-kind]')) radio.checked = radio.value === kind
    for (const group of panel.querySelectorAll('[data-place-kind]')) group.hidden = group.dataset.placeKind !== kind
    if (tools === null) return
    const fill = (id, value) => {
      if (document.activeElement !== get(id)) get(id).value = value ?? ''
    }
    const tidy = value => (value === undefined ? '' : Math.round(value * 10) / 10)
    fill('place-x', tidy(place?.x))
    fill('place-y', kind === 'at' ? tidy(place.y) : '')
    fill('place-edge', kind === 'edge' ? tidy(place.y ?? size().height / 2) : '')
    if (kind === 'edge') fill('place-side', place.side ?? 'right')
    if (kind === 'keyword') fill('place-words', place.words)
    if (kind === 'keyword') fill('place-nth', place.nth)
    get('place-date').value = look.date ?? ''
    panel.querySelector('.seal-place-date').hidden = shown.format !== 'pdf' || places.length === 0 || places.some(each => each.kind === 'edge')
    panel.querySelector('.seal-place-more').hidden = places.length === 0
    get('place-drop').hidden = places.length < 2
  }

  function choose(kind) {
    if (kind === 'none') return change([], 0)
    const { width, height } = size()
    const centre = { kind: 'at', page, x: Math.max(width / 2, width - 50), y: Math.max(height / 2, height - 50) }
    const made = { at: centre, edge: { kind: 'edge' }, keyword: { kind: 'keyword', words: get('place-words').value.trim() } }[kind]
    if (kind === 'edge') get('place-date').value = ''
    places = places.length === 0 ? [made] : places.map((each, i) => (i === at ? made : each))
    fields()
    if (kind === 'keyword' && made.words === '') return ask()
    change(places, 0)
  }
  function ask() {
    wrong = WORDS.words
    say(WORDS.words)
    get('place-words').focus()
  }

  function tell() {
    if (wrong !== undefined) return say(wrong)
    if (shown.which === 'sealed') return say(['', ''])
    if (look.places.length === 0) return say(WORDS.none)
    const box = look.boxes.find(({ place }) => place === at)
    if (box === undefined) return say(['', ''])
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2].map(Math.round)
    const [zh, en] = look.movable ? ['', ''] : WORDS.fixed
    say([
      `${zh}印章共 ${look.boxes.length} 处；第 ${box.page} 页，中心离左边 ${x} 毫米、离上边 ${y} 毫米。`,
      `${en} Page ${box.page}, centre at ${x}, ${y} mm.`,
    ])
  }

  function say([zh, en]) {
    const english = document.createElement('span')
    english.lang = 'en'
    english.textContent = en
    get('place-state').replaceChildren(zh, ' ', english)
  }
  function busy(words) {
    get('place-progress').hidden = false
    get('place-progress').removeAttribute('value')
    say(words)
  }

  /** @returns { look } or { words } that say why not */
  async function send(path, body) {
    const { read, words } = await askJson(path, WORDS.lost, { body })
    return { look: read, words }
  }

  /** What was moved is told before anything else is shown. */
  const keep = () => timer !== undefined && save()
  get('place-document').addEventListener('change', ({ target }) => {
    keep()
    shown = documents.find(({ n }) => n === Number(target.value)) ?? shown
    open()
  })
  pageField.addEventListener('change', () => turn(Number(pageField.value) || 1))
  get('place-before').addEventListener('click', () => turn(page - 1))
  get('place-after').addEventListener('click', () => turn(page + 1))
  // a tap on the page brings the seal there
  sheet.addEventListener('click', ({ target, clientX, clientY }) => {
    if (!look?.movable || target.closest('.seal-stamp') !== null || places[at]?.kind !== 'at') return
    const { left, top, width } = sheet.getBoundingClientRect()
    const scale = size().width / width
    move(at, { x: (clientX - left) * scale, y: (clientY - top) * scale })
  })
  const number = id => Number(get(id).value)
  tools?.addEventListener('change', ({ target: { id, name, value } }) => {
    if (name === 'place-kind') return choose(value)
    if (id === 'place-date') return change(places, 0)
    const place = places[at]
    if (id === 'place-x' || id === 'place-y') return replace({ kind: 'at', page: place?.page ?? page, x: number('place-x'), y: number('place-y') })
    if (id === 'place-edge' || id === 'place-side') return replace({ ...place, kind: 'edge', y: number('place-edge'), side: get('place-side').value })
    const [words, nth] = [get('place-words').value.trim(), number('place-nth')]
    if (words === '') return ask()
    replace({ kind: 'keyword', words, ...(nth > 0 ? { nth } : {}) })
  })
  get('place-add')?.addEventListener('click', () => {
    at = places.length
    change([...places, { kind: 'at', page, x: size().width / 2, y: size().height / 2 }], 0)
  })
  get('place-drop')?.addEventListener('click', () =>
    change(
      places.filter((_, i) => i !== at),
      0,
    ),
  )
  form?.elements.namedItem('seal')?.addEventListener('change', () => {
    keep()
    open()
  })
  form?.addEventListener('seal-hand', () => look !== undefined && stamps())
  form?.addEventListener('seal-begin', ({ detail }) => {
    detail.push((timer === undefined ? saving : save()).then(() => (look?.movable ? wrong : undefined)))
  })
  open()
}
