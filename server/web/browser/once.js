// A form goes out once: a second press while the first is under way would only be refused as a step already done.
document.addEventListener('submit', event => {
  const form = event.target
  if (!(form instanceof HTMLFormElement)) return
  if (form.dataset.sent === 'yes') {
    event.preventDefault()
    return
  }
  // the form's own script keeps it back to do its work first, and sends it later
  if (event.defaultPrevented) return
  form.dataset.sent = 'yes'
  form.setAttribute('aria-busy', 'true')
  if (event.submitter instanceof HTMLElement) event.submitter.dataset.busy = 'yes'
})

// a page brought back by the back button is a page to use again
window.addEventListener('pageshow', event => {
  if (!event.persisted) return
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    form.removeAttribute('aria-busy')
    for (const button of form.querySelectorAll('[data-busy]')) delete button.dataset.busy
  }
})
