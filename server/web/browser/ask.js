/**
 * Keeps a page up to date that shows where an ask stands (server/web/ask-state.ts): hears of it by server-sent events, or looks every few seconds where those do not come through. It decides nothing.
 *
 * The page provides
 *   #ask                     data-state, data-ask-url (where its state is told), data-seconds (left), data-next (where to go on after a yes; empty to stay)
 *   [data-ask-show="a b"]    shown while the state is a or b
 *   [data-ask-why]           says why it was refused
 *   [data-ask-countdown]     minutes and seconds left
 */
import { bilingual } from './bilingual.js'

const ask = document.querySelector('#ask')
if (ask instanceof HTMLElement) follow(ask)

function follow(ask) {
  const { askUrl, next } = ask.dataset
  const until = performance.now() + Number(ask.dataset.seconds) * 1000
  const over = state => state === 'done' || state === 'refused' || state === 'expired'
  let source
  let looking
  let going = false

  function show({ state, zh, en }) {
    if (going || state === ask.dataset.state) return
    ask.dataset.state = state
    if (zh !== undefined) for (const why of document.querySelectorAll('[data-ask-why]')) why.replaceChildren(...bilingual([zh, en]))
    for (const part of document.querySelectorAll('[data-ask-show]')) part.hidden = !part.dataset.askShow.split(' ').includes(state)
    if (next !== '' && (state === 'approved' || state === 'done')) {
      // once: the answer is used on the way there, and the news of that must not break the way off
      going = true
      stop()
      return location.assign(next)
    }
    if (over(state)) stop()
  }

  function stop() {
    source?.close()
    clearInterval(looking)
    clearInterval(ticking)
  }

  async function look() {
    try {
      const answer = await fetch(askUrl, { headers: { accept: 'application/json' } })
      if (answer.ok) show(await answer.json())
    } catch {
      // the line is down: the next look may get through
    }
  }

  function listen() {
    source = new EventSource(askUrl)
    source.addEventListener('message', ({ data }) => show(JSON.parse(data)))
    source.addEventListener('error', () => {
      // while it says that it connects again by itself, it does
      if (source.readyState === EventSource.CLOSED) looking ??= setInterval(look, 3000)
    })
  }

  function tick() {
    const left = Math.max(0, Math.round((until - performance.now()) / 1000))
    for (const place of document.querySelectorAll('[data-ask-countdown]'))
      place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
  }

  const ticking = setInterval(tick, 1000)
  if (over(ask.dataset.state)) stop()
  else listen()
  // brought back by the browser's history, or woken up on a phone: what is shown may be long over
  window.addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && !over(ask.dataset.state) && look())
}
