/**
 * Owns writing a name by hand on a sealing page: strokes of finger, pen or mouse on a pad, and the picture that the broker makes of them. What is sealed is drawn by the broker from the same strokes.
 *
 * The page provides, and this script expects (server/seals/pages/hand.ts):
 *   form#shield-form            data-task; a select named seal, in which `handwritten` is chosen. Set here: data-hand (the strokes), data-hand-picture (their picture); then its event seal-hand
 *   #hand                       hidden unless that is chosen
 *     canvas#hand-pad, button#hand-clear, #hand-state (role=status)
 */
const form = document.getElementById('shield-form')
const pad = document.getElementById('hand-pad')
if (form instanceof HTMLFormElement && pad instanceof HTMLCanvasElement) serve()

function serve() {
  const WORDS = {
    empty: ['还没有写。请先写上您的名字。', 'Nothing is written yet. Write your name first.'],
    drawn: ['已写好，页面上会照这样显示。', 'Written; the page shows it as it will stand.'],
    refused: ['这样的笔迹不能用，请重写。', 'This writing cannot be used. Write it again.'],
  }
  const select = form.elements.namedItem('seal')
  const pen = pad.getContext('2d')
  let strokes = []
  let stroke
  let turn = 0
  /** what is written is a picture once this has come to its end */
  let drawing = Promise.resolve()

  select.addEventListener('change', show)
  document.getElementById('hand-clear').addEventListener('click', clear)
  form.addEventListener('seal-begin', ({ detail }) => {
    if (chosen()) detail.push(drawing.then(() => (form.dataset.hand === undefined ? WORDS.empty : undefined)))
  })
  pad.addEventListener('pointerdown', event => {
    event.preventDefault()
    pad.setPointerCapture(event.pointerId)
    stroke = [pointOf(event)]
    strokes.push(stroke)
  })
  pad.addEventListener('pointermove', event => {
    if (stroke === undefined) return
    for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.push(pointOf(each))
    draw()
  })
  for (const name of ['pointerup', 'pointercancel'])
    pad.addEventListener(name, () => {
      if (stroke === undefined) return
      stroke = undefined
      draw()
      drawing = picture()
    })
  show()

  function chosen() {
    return select.value === 'handwritten'
  }
  function show() {
    document.getElementById('hand').hidden = !chosen()
    if (!chosen()) take(undefined, undefined)
    else if (strokes.length > 0) drawing = picture()
  }
  function clear() {
    strokes = []
    turn += 1
    draw()
    take(undefined, undefined)
    say(WORDS.empty)
  }

  function pointOf({ clientX, clientY, pressure, pointerType }) {
    const { left, top, width, height } = pad.getBoundingClientRect()
    const round = value => Math.round(value * 10) / 10
    const [x, y] = [((clientX - left) * pad.width) / width, ((clientY - top) * pad.height) / height]
    return [round(x), round(y), pointerType === 'pen' ? Math.round(pressure * 100) / 100 : 0.5]
  }

  function draw() {
    pen.clearRect(0, 0, pad.width, pad.height)
    pen.lineWidth = 6
    pen.lineCap = 'round'
    pen.lineJoin = 'round'
    pen.strokeStyle = '#111'
    for (const [[x, y], ...rest] of strokes) {
      pen.beginPath()
      pen.moveTo(x, y)
      for (const [nextX, nextY] of rest) pen.lineTo(nextX, nextY)
      if (rest.length === 0) pen.lineTo(x, y)
      pen.stroke()
    }
  }

  async function picture() {
    turn += 1
    const mine = turn
    const hand = JSON.stringify(strokes)
    const answer = await fetch(`${form.dataset.task}/handwriting`, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: `{"hand":${hand}}`,
    }).catch(() => undefined)
    const svg = answer?.ok ? await answer.text() : undefined
    if (mine !== turn || !chosen()) return
    if (svg === undefined) {
      take(undefined, undefined)
      return say(WORDS.refused)
    }
    take(hand, `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`)
    say(WORDS.drawn)
  }

  function take(hand, image) {
    if (hand === undefined) {
      delete form.dataset.hand
      delete form.dataset.handPicture
    } else Object.assign(form.dataset, { hand, handPicture: image })
    form.dispatchEvent(new CustomEvent('seal-hand'))
  }

  function say([zh, en]) {
    const english = document.createElement('span')
    english.lang = 'en'
    english.textContent = en
    document.getElementById('hand-state').replaceChildren(zh, ' ', english)
  }
}
