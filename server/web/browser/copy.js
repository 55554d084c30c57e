// Copies a code and says so on the button; where the clipboard is closed to us, the code is selected for the person to copy.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const label = button.firstElementChild
  const before = [...(label?.childNodes ?? [])]
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy)
      say('已复制', 'Copied')
    } catch {
      const code = button.parentElement?.querySelector('code')
      if (code) getSelection()?.selectAllChildren(code)
      say('已选中', 'Selected')
    }
  })

  function say(zh, en) {
    if (label === null) return
    const quiet = document.createElement('span')
    quiet.lang = 'en'
    quiet.textContent = en
    label.replaceChildren(`${zh} `, quiet)
    button.setAttribute('aria-live', 'polite')
    setTimeout(() => {
      label.replaceChildren(...before)
    }, 2500)
  }
}
