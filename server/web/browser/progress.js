// A page that waits for others looks again every few seconds, and is loaded anew once something has changed. Where the network is away it just tries again. While another script is at work (data-busy) the page stays.
const place = document.querySelector('[data-progress]')
if (place instanceof HTMLElement) watch(place)

function watch({ dataset }) {
  const { progress, stamp } = dataset
  const timer = setInterval(async () => {
    if (document.hidden || dataset.busy !== undefined) return
    try {
      const answer = await fetch(progress, { headers: { accept: 'application/json' } })
      if (!answer.ok) return clearInterval(timer)
      // asked before the other script began: its own way on counts
      if ((await answer.json()).stamp === stamp || dataset.busy !== undefined) return
      clearInterval(timer)
      location.reload()
    } catch {
      // looked at again in a few seconds
    }
  }, 3000)
}
