// Sends the page's form on by itself; the button stays for those whose browser did not.
const form = document.getElementById('auto-submit')
if (form instanceof HTMLFormElement) form.requestSubmit()
