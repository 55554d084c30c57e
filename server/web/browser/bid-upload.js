/**
 * Owns an envelope's way up: reads the file's own id out of its header, sends it in pieces, goes on where it broke off, and hands it in with the certificates it is encrypted to. It decides nothing: the broker looks at the
 * whole envelope itself. server/bids/pages/envelope-routes.ts has the contract.
 *
 * The page provides, and this script expects:
 *   form#bid-upload             data-at, data-facts, data-done (where to go on), data-agent-url, data-drill (address that makes a rehearsal's bid; absent otherwise)
 *     input#bid-file            the envelope
 *     select#bid-shield         filled here with the encryption certificates of the shields that are plugged in
 *     input#bid-certificates    or the certificates as files
 *     #bid-doing                role=status
 *     progress#bid-progress     hidden in the markup
 *     button#bid-send, button#bid-drill
 *   [data-progress]             of progress.js, which leaves the page alone while something is sent
 */
import { askJson } from './ask-json.js'
import { bilingual } from './bilingual.js'
import { Agent } from './shield-agent.js'

const WORDS = {
  noFile: ['请先选加密后的投标文件。', 'Choose the encrypted bid first.'],
  noEnvelope: ['这不是加密后的投标文件（信封）。请先加密。', 'This is no encrypted bid (envelope). Encrypt it first.'],
  noCertificate: ['请插入加密用的盾，或选加密证书文件。', 'Plug in the shield it is encrypted to, or choose its certificate file.'],
  sending: percent => [`正在上传：${percent} %`, `Uploading: ${percent} %`],
  checking: ['已传完，平台正在检查整份信封……', 'Uploaded. The whole envelope is being checked…'],
  drilling: ['正在生成演练标书……', 'Making a rehearsal bid…'],
  lost: ['网络中断。请再按一次，从断开的地方继续。', 'The network was lost. Press again to go on where it broke off.'],
  noShield: ['没有连上盾助手或没有插盾', 'No agent, or no shield'],
}
const MAGIC = [0x89, 0x53, 0x42, 0x49, 0x44, 0x0d, 0x0a, 0x1a]
const PIECE = 8 * 1024 * 1024
/** how often one piece is tried before the person is asked to press again */
const TRIES = 4

class Refused extends Error {
  constructor(words, code) {
    super(words[1])
    this.words = words
    this.code = code
  }
}

/**
 * @param at address of the envelopes, such as /workbench/bids/OPENING/envelopes
 * @param read (from, to) answers the octets between, as a Blob or Uint8Array; asked for again after a break
 * @param certificates base64 DER, in the order of the header's keys
 * @param onProgress hears the octets received
 */
export async function uploadEnvelope({ at, id, size, read, certificates, onProgress = () => undefined }) {
  const own = `${at}/${encodeURIComponent(id)}`
  let { received } = await ask('POST', at, { id, size })
  onProgress(received)
  let tries = 0
  while (received < size) {
    try {
      const to = Math.min(size, received + PIECE)
      ;({ received } = await ask('PUT', `${own}/${received}`, await read(received, to), 'application/octet-stream'))
      tries = 0
    } catch (thrown) {
      tries += 1
      const passing = thrown.code === undefined || thrown.code === 'bid_upload_out_of_step'
      if (!passing || tries >= TRIES) throw thrown
      ;({ received } = await ask('GET', own))
    }
    onProgress(received)
  }
  return await ask('POST', `${own}/register`, { certificates })
}

async function ask(method, path, body, type) {
  const { read, words, code } = await askJson(path, WORDS.lost, { method, body, type })
  if (words !== undefined) throw new Refused(words, code)
  return read
}

const form = document.querySelector('#bid-upload')
if (form instanceof HTMLFormElement) serve(form)

function serve(form) {
  const { at, done, drill, agentUrl } = form.dataset
  const shields = form.querySelector('#bid-shield')
  const bar = form.querySelector('#bid-progress')
  const doing = form.querySelector('#bid-doing')
  const buttons = [...form.querySelectorAll('button')]
  const rehearse = form.querySelector('#bid-drill')
  connect()

  form.addEventListener('submit', event => {
    event.preventDefault()
    void working(async () => {
      const [file] = form.querySelector('#bid-file').files
      if (file === undefined) throw new Refused(WORDS.noFile)
      const id = await idOf(file)
      const certificates = await chosen()
      bar.hidden = false
      bar.max = file.size
      await uploadEnvelope({
        at,
        id,
        size: file.size,
        read: (from, to) => file.slice(from, to),
        certificates,
        onProgress(received) {
          bar.value = received
          say(received === file.size ? WORDS.checking : WORDS.sending(Math.floor((100 * received) / file.size)))
        },
      })
      location.assign(done)
    })
  })
  rehearse?.addEventListener('click', () => {
    void working(async () => {
      if (shields.value === '') throw new Refused(WORDS.noCertificate)
      say(WORDS.drilling)
      const { next } = await ask('POST', drill, { certificate: shields.value })
      location.assign(next)
    })
  })

  async function working(work) {
    for (const button of buttons) button.disabled = true
    form.dataset.atWork = 'yes'
    try {
      await work()
    } catch (thrown) {
      say(thrown instanceof Refused ? thrown.words : WORDS.lost)
      doing.dataset.state = 'failed'
      delete form.dataset.atWork
      for (const button of buttons) button.disabled = button === rehearse && shields.value === ''
      if (!(thrown instanceof Refused)) throw thrown
    }
  }

  async function chosen() {
    const files = [...form.querySelector('#bid-certificates').files]
    if (files.length > 0) return await Promise.all(files.map(certificateIn))
    if (shields.value === '') throw new Refused(WORDS.noCertificate)
    return [shields.value]
  }

  /** Certificates are read without a PIN. */
  function connect() {
    let found = []
    offer()
    const agent = new Agent(agentUrl, {
      onEvent(event) {
        if (event.event === 'hello' || event.event === 'shieldsChanged') list().catch(() => undefined)
      },
      onGone() {
        found = []
        offer()
        setTimeout(connect, 5000)
      },
    })
    async function list() {
      const entries = (await agent.value('SOF_GetUserList')).split('&&&').filter(entry => entry !== '')
      const read = []
      // one after the other: the agent hangs up on a page that asks for too much at once
      for (const entry of entries) {
        const [label, shield] = entry.split('||')
        read.push({ label, certificate: await agent.value('SOF_ExportExChangeUserCert', shield) })
      }
      found = read
      offer()
    }
    function offer() {
      const before = shields.value
      const options = found.map(({ label, certificate }) => new Option(label, certificate, false, certificate === before))
      shields.replaceChildren(...(options.length === 0 ? [new Option(WORDS.noShield.join(' '), '')] : options))
      shields.disabled = options.length === 0
      if (rehearse !== null) rehearse.disabled = options.length === 0
    }
  }

  function say(words) {
    delete doing.dataset.state
    doing.replaceChildren(...bilingual(words))
  }
}

/** The envelope's own id stands in its header, which is JSON behind 13 octets. */
async function idOf(file) {
  const front = new Uint8Array(await file.slice(0, 13).arrayBuffer())
  if (front.length < 13 || MAGIC.some((octet, i) => front[i] !== octet)) throw new Refused(WORDS.noEnvelope)
  const length = new DataView(front.buffer).getUint32(9)
  if (length > 64 * 1024) throw new Refused(WORDS.noEnvelope)
  try {
    const { id } = JSON.parse(await file.slice(13, 13 + length).text())
    if (typeof id === 'string') return id
  } catch {
    // told below
  }
  throw new Refused(WORDS.noEnvelope)
}

/** PEM or DER, as base64 DER; of a file with several the first. */
async function certificateIn(file) {
  const octets = new Uint8Array(await file.slice(0, 64 * 1024).arrayBuffer())
  const text = String.fromCharCode(...octets)
  const [, pem] = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END/.exec(text) ?? []
  return pem === undefined ? btoa(text) : pem.replaceAll(/\s/g, '')
}
