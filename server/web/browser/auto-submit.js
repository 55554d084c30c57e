// Sends the page's form on by itself; the button stays for those whose browser did not.
const form = document.getElementById('auto-submit')
// not requestSubmit: that would count as the form's one sending (once.js), and the button would be dead when the way is interrupted
if (form instanceof HTMLFormElement) form.submit()
