/**
 * Draws the seal anew while the application is filled in, and takes in a picture of the seal that the company has. Decides nothing: what is drawn in the end is drawn by the broker, and shown before it is signed.
 *
 * The page provides, and this script expects:
 *   form[data-preview]          the address that draws; fields kind, under, number, style
 *   img#seal-preview            shows the drawing
 *   #seal-preview-state         role=status: what is wrong, where something is
 *   input#seal-file             a PNG file, outside of the form's own fields
 *   input[name=upload]          hidden: the file in base64url
 */
const form = document.querySelector('form[data-preview]')
const image = document.getElementById('seal-preview')
const state = document.getElementById('seal-preview-state')
const file = document.getElementById('seal-file')
const MOST = 2 * 1024 * 1024

const WORDS = {
  drawn: ['这是将要制作的图样。', 'This is what will be made.'],
  taken: ['这是您选的图片，下一页会看到重新描线后的图样。', 'This is your picture; the next page shows it redrawn.'],
  size: ['图片超过 2 MB，没有使用。', 'The picture is over 2 MB and was not taken.'],
  away: ['暂时画不出来，请稍后再试。', 'It cannot be drawn just now. Try again in a moment.'],
}

if (form instanceof HTMLFormElement && image instanceof HTMLImageElement && state !== null) start()

function start() {
  let timer
  let turn = 0
  const draw = async () => {
    if (form.elements.namedItem('upload')?.value) return
    const mine = ++turn
    const data = new FormData(form)
    const query = new URLSearchParams(['kind', 'under', 'number', 'style'].map(name => [name, String(data.get(name) ?? '')]))
    try {
      const answer = await fetch(`${form.dataset.preview}?${query}`, { headers: { accept: 'application/json' } })
      const text = await answer.text()
      // a later letter was typed meanwhile, or a picture chosen
      if (mine !== turn || form.elements.namedItem('upload')?.value) return
      if (answer.ok) {
        image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
        say(WORDS.drawn)
      } else {
        const { zh, en } = JSON.parse(text)
        say(typeof zh === 'string' && typeof en === 'string' ? [zh, en] : WORDS.away)
      }
    } catch {
      if (mine === turn) say(WORDS.away)
    }
  }
  form.addEventListener('input', event => {
    if (event.target === file) return
    clearTimeout(timer)
    timer = setTimeout(draw, 250)
  })
  file?.addEventListener('change', () => take(draw))
  // chosen before this script was there, or kept by the browser
  if (file?.files.length > 0) take(draw)
  else draw()
}

function take(draw) {
  const upload = form.elements.namedItem('upload')
  const [chosen] = file.files ?? []
  upload.value = ''
  if (chosen === undefined) return draw()
  if (chosen.size > MOST) {
    file.value = ''
    return say(WORDS.size)
  }
  const reader = new FileReader()
  reader.addEventListener('load', () => {
    const address = String(reader.result)
    image.src = address
    upload.value = address
      .slice(address.indexOf(',') + 1)
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
    say(WORDS.taken)
  })
  reader.readAsDataURL(chosen)
}

function say([zh, en]) {
  const english = document.createElement('span')
  english.lang = 'en'
  english.textContent = en
  state.replaceChildren(zh, ' ', english)
}
