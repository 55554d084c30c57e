/**
 * Owns saving a report that stands in the page as a file: it is what the person has seen, and nothing is asked for again.
 *
 * The page provides, and this script expects:
 *   #report-save     hidden in the markup, for it works with scripts alone; data-name: the file's
 *     button
 *     template       the report's text
 */
const place = document.querySelector('#report-save')
if (place instanceof HTMLElement) serve(place)

function serve(place) {
  const text = place.querySelector('template').content.textContent
  place.hidden = false
  place.querySelector('button').addEventListener('click', () => {
    const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    const link = document.createElement('a')
    link.href = address
    link.download = place.dataset.name
    link.click()
    // the download has its own hold on what is saved once it has begun
    setTimeout(() => URL.revokeObjectURL(address), 60_000)
  })
}
