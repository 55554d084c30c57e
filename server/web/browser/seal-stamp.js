/**
 * Owns one seal on a shown page: where it lies, and dragging it by mouse, finger or keys. All lengths are millimetres on the page; where it may go, and what comes of it, is the caller's (seal-place.js).
 *
 * @param box      { place, left, top, width, height, strip } as the broker has it
 * @param page     { width, height }
 * @param whole    { width, height } of the whole seal
 * @param picture  address of the whole seal's picture
 * @param at       which place is chosen
 * @param move     called with the place, and { x, y } of its new centre where it was moved
 */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

export function stampOf({ box, page, whole, picture, movable, at, move }) {
  const stamp = document.createElement(movable ? 'button' : 'div')
  stamp.className = 'seal-stamp'
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
  stamp.setAttribute('aria-label', `印章，离左边 ${Math.round(x)} 毫米，离上边 ${Math.round(y)} 毫米 Seal at ${Math.round(x)}, ${Math.round(y)} mm`)
  const image = document.createElement('img')
  image.alt = ''
  image.draggable = false
  image.src = picture
  const { from, to } = box.strip ?? { from: 0, to: 1 }
  image.style.width = `${100 / (to - from)}%`
  image.style.insetInlineStart = `${(-100 * from) / (to - from)}%`
  stamp.append(image)
  put(box.left, box.top)
  stamp.style.width = `${(box.width / page.width) * 100}%`
  stamp.style.height = `${(box.height / page.height) * 100}%`
  if (movable) serve()
  else stamp.setAttribute('role', 'img')
  return stamp

  function put(left, top) {
    stamp.style.left = `${(left / page.width) * 100}%`
    stamp.style.top = `${(top / page.height) * 100}%`
  }

  function serve() {
    stamp.type = 'button'
    stamp.setAttribute('aria-pressed', String(box.place === at))
    let from
    stamp.addEventListener('pointerdown', event => {
      from = { x: event.clientX, y: event.clientY, scale: page.width / stamp.parentElement.clientWidth }
      stamp.setPointerCapture(event.pointerId)
    })
    const dragged = ({ clientX, clientY }) => ({ dx: (clientX - from.x) * from.scale, dy: (clientY - from.y) * from.scale })
    stamp.addEventListener('pointermove', event => {
      if (from === undefined) return
      const { dx, dy } = dragged(event)
      // a seal across page edges stays on its edge
      put(box.left + (box.strip === undefined ? dx : 0), box.top + dy)
    })
    stamp.addEventListener('pointerup', event => {
      if (from === undefined) return
      const { dx, dy } = dragged(event)
      from = undefined
      const half = value => Math.round(value * 2) / 2
      move(box.place, Math.hypot(dx, dy) < 0.5 ? undefined : { x: half(x + dx), y: half(y + dy) })
    })
    stamp.addEventListener('pointercancel', () => {
      from = undefined
      put(box.left, box.top)
    })
    stamp.addEventListener('focus', () => box.place !== at && move(box.place))
    let [nowX, nowY] = [x, y]
    stamp.addEventListener('keydown', event => {
      const step = STEPS[event.key]
      if (step === undefined) return
      event.preventDefault()
      const length = event.shiftKey ? 10 : 1
      const within = (value, size, room) => Math.min(Math.max(value, size / 2), room - size / 2)
      nowX = box.strip === undefined ? within(nowX + step[0] * length, whole.width, page.width) : nowX
      nowY = within(nowY + step[1] * length, whole.height, page.height)
      put(nowX - box.width / 2, nowY - box.height / 2)
      move(box.place, { x: nowX, y: nowY })
    })
  }
}
