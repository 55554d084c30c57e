// A page that waits for others looks again every few seconds, and is loaded anew, once, when something has changed. Where the network is away or the site is busy it just tries again; while the page itself is at work
// ([data-at-work]), what it does is not broken off.
/** too many at once, too slow, or out of order: it may be well the next time */
const passing = status => status === 408 || status === 429 || status >= 500

const place = document.querySelector('[data-progress]')
if (place instanceof HTMLElement) watch(place)

function watch({ dataset: { progress, stamp } }) {
  const atWork = () => document.querySelector('[data-at-work]') !== null
  let looking = false
  const timer = setInterval(async () => {
    if (document.hidden || looking || atWork()) return
    looking = true
    try {
      const answer = await fetch(progress, { headers: { accept: 'application/json' } })
      if (!answer.ok) return passing(answer.status) || clearInterval(timer)
      if ((await answer.json()).stamp === stamp || atWork()) return
      clearInterval(timer)
      location.reload()
    } catch {
      // looked at again in a few seconds
    } finally {
      looking = false
    }
  }, 3000)
}
