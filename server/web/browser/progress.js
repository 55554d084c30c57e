// A page that waits for others looks again every few seconds, and is loaded anew once something has changed. Where the network is away it just tries again; while the page itself is at work ([data-at-work]), what
// it does is not broken off.
const place = document.querySelector('[data-progress]')
if (place instanceof HTMLElement) watch(place)

function watch({ dataset: { progress, stamp } }) {
  const atWork = () => document.querySelector('[data-at-work]') !== null
  const timer = setInterval(async () => {
    if (document.hidden || atWork()) return
    try {
      const answer = await fetch(progress, { headers: { accept: 'application/json' } })
      if (!answer.ok) return clearInterval(timer)
      if ((await answer.json()).stamp === stamp || atWork()) return
      clearInterval(timer)
      location.reload()
    } catch {
      // looked at again in a few seconds
    }
  }, 3000)
}
