/** Owns the page's end of the worker: one bid, its pieces as they are asked for, and letting go of it. */
import { BidFailure } from './failure.js'

/** @typedef {import('./worker.js').Question} Question */
/** @typedef {import('./worker.js').Answer} Answer */

export class Encryptor {
  #worker
  /** @type {{ resolve(answer: any): void, reject(reason: BidFailure): void }[]} */
  #waiting = []
  #sm3 = ''
  /** octets of the whole envelope */
  size = 0
  id = ''
  /** @type {import('./part.js').Part[]} */
  keys = []

  /** @param {(progress: import('./worker.js').Progress) => void} onProgress */
  constructor(onProgress) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
    this.#worker.addEventListener('message', ({ data }) => {
      if (data.kind === 'progress') return onProgress(data)
      const waiting = this.#waiting.shift()
      if (data.kind === 'failed') waiting?.reject(new BidFailure(data.code, data.facts))
      else waiting?.resolve(data)
    })
    this.#worker.addEventListener('error', () => this.#end(new BidFailure('not_started', 'the worker did not run')))
  }

  /**
   * Makes key and header; nothing of the file is read yet.
   * @param {import('./encrypt.js').BidRequest} request
   * @throws BidFailure
   */
  async begin(request) {
    const { id, size, keys } = await this.#ask({ kind: 'begin', request })
    Object.assign(this, { id, size, keys })
  }

  /** Whether a shield found in its part of the header what was put there. @param {Uint8Array} plain @returns {Promise<boolean>} */
  async opensWith(plain) {
    return (await this.#ask({ kind: 'opens', plain })).yes
  }

  /** The envelope; the next piece is made when it is asked for. @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>} */
  async *pieces() {
    for (;;) {
      const answer = await this.#ask({ kind: 'next' })
      if (answer.kind === 'done') {
        this.#sm3 = answer.sm3
        return
      }
      yield answer.bytes
    }
  }

  /** SM3 of the whole envelope, once all its pieces came. */
  get sm3() {
    return this.#sm3
  }

  /** The key is gone with the worker. */
  stop() {
    this.#worker.terminate()
    this.#end(new BidFailure('cancelled', 'stopped'))
  }

  /** @param {BidFailure} failure */
  #end(failure) {
    for (const { reject } of this.#waiting.splice(0)) reject(failure)
  }

  /** @param {Question} question @returns {Promise<any>} */
  #ask(question) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(question)
    })
  }
}
