// Search over the banks: Chinese, English, pinyin, initials, abbreviations. Without this script the whole list stands there, which is enough.
const field = document.getElementById('bank-search')
const found = document.getElementById('bank-found')
const rows = [...document.querySelectorAll('[data-search]')]

const plain = text =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s·.,'’-]+/g, '')

function filter() {
  const wanted = plain(field.value)
  const shown = rows.filter(row => {
    row.hidden = !row.dataset.search.split('|').some(word => plain(word).includes(wanted))
    return !row.hidden
  })
  if (wanted === '') found.replaceChildren()
  else if (shown.length === 0) say('没有找到，换个写法', 'None found')
  else say(`找到 ${shown.length} 家`, `${shown.length} found`)
}

function say(zh, en) {
  const quiet = document.createElement('span')
  quiet.lang = 'en'
  quiet.textContent = en
  found.replaceChildren(`${zh} `, quiet)
}

/** Enter takes the one bank that is left; of several, the person goes on to the first. */
function enter() {
  const left = rows.filter(row => !row.hidden)
  const first = left[0]?.querySelector('button')
  if (left.length === 1) first.click()
  else first?.focus()
}

if (field !== null) {
  field.addEventListener('input', filter)
  // typed before the script was here, or kept by the browser
  if (field.value !== '') filter()
  field.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.isComposing) return
    event.preventDefault()
    enter()
  })
}
