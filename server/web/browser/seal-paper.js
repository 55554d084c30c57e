/**
 * Owns showing the pages of one document: a PDF by pdf.js into a canvas, an OFD as the picture that the broker draws. Neither runs what a document brings: pdf.js is given no scripting and no WebAssembly, and a picture
 * has no power.
 *
 * @param document.format   pdf | ofd
 * @param document.address  its path, without what is behind: /original, /sealed/pages/N
 * @param viewer            where pdf.js is: script, worker, files
 * @param progress          called with a share from 0 to 1
 * @returns draw(page, holder): shows a page in the element; rejects where it cannot be shown, and shows nothing where another page was asked for meanwhile or it was closed; close()
 */
export async function openPaper({ format, address }, viewer, progress) {
  return format === 'pdf' ? openPdf(address, viewer, progress) : openPictures(address)
}

/** as wide as a sharp screen shows it, and no wider: a canvas costs four bytes a dot */
const WIDEST = 2000

async function openPdf(address, viewer, progress) {
  const { getDocument, GlobalWorkerOptions } = await import(viewer.script)
  GlobalWorkerOptions.workerSrc = viewer.worker
  const loading = getDocument({
    url: address,
    disableRange: true,
    useWasm: false,
    enableXfa: false,
    cMapUrl: `${viewer.files}cmaps/`,
    standardFontDataUrl: `${viewer.files}standard_fonts/`,
    iccUrl: `${viewer.files}iccs/`,
    wasmUrl: `${viewer.files}wasm/`,
    maxImageSize: 64 * 1024 * 1024,
    verbosity: 0,
  })
  loading.onProgress = ({ loaded, total }) => total > 0 && progress(loaded / total)
  const pdf = await loading.promise
  let running
  let turn = 0
  return {
    async draw(number, holder) {
      turn += 1
      const mine = turn
      running?.cancel()
      const page = await pdf.getPage(number)
      // another page was asked for meanwhile
      if (mine !== turn) return
      const { width } = page.getViewport({ scale: 1 })
      const viewport = page.getViewport({ scale: Math.min(holder.clientWidth * Math.min(devicePixelRatio, 2), WIDEST) / width })
      const canvas = document.createElement('canvas')
      canvas.width = Math.floor(viewport.width)
      canvas.height = Math.floor(viewport.height)
      running = page.render({ canvas, viewport })
      try {
        await running.promise
      } catch (thrown) {
        if (mine !== turn) return
        throw thrown
      }
      if (mine === turn) put(holder, canvas)
    },
    close() {
      turn += 1
      void loading.destroy()
    },
  }
}

function openPictures(address) {
  let turn = 0
  return {
    async draw(number, holder) {
      turn += 1
      const mine = turn
      const picture = document.createElement('img')
      picture.alt = ''
      picture.src = `${address}/pages/${number}`
      try {
        await picture.decode()
      } catch (thrown) {
        if (mine !== turn) return
        throw thrown
      }
      if (mine === turn) put(holder, picture)
    },
    close() {
      turn += 1
    },
  }
}

function put(holder, picture) {
  picture.className = 'seal-sheet-page'
  holder.querySelector('.seal-sheet-page')?.remove()
  holder.prepend(picture)
}
