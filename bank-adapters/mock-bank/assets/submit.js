// Submits the one form of the page at once; its button is there for those without scripts.
document.querySelector('main form')?.requestSubmit()
