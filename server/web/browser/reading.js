// Runs before the first paint, so that large text does not jump in later. Large text is the reader's wish and stays in their browser.
const root = document.documentElement
root.classList.add('js')

function wish() {
  try {
    return localStorage.getItem('large-text') === 'yes'
  } catch {
    return false // storage may be forbidden; then the switch lasts as long as the page
  }
}

function apply(large) {
  if (large) root.dataset.text = 'large'
  else delete root.dataset.text
  document.getElementById('large-text')?.setAttribute('aria-pressed', String(large))
}

apply(wish())

document.addEventListener('DOMContentLoaded', () => {
  apply(wish())
  document.getElementById('large-text')?.addEventListener('click', () => {
    const large = root.dataset.text !== 'large'
    try {
      localStorage.setItem('large-text', large ? 'yes' : 'no')
    } catch {
      // see wish()
    }
    apply(large)
  })
})
