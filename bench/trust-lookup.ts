/** Owns the row on size: asking about one certificate out of a million, a fifth of them revoked, against one out of a thousand. */
import { fixedClock } from '../server/kernel/clock.ts'
import { BrokerError } from '../server/kernel/errors.ts'
import { silentLog } from '../server/kernel/log.ts'
import { Certificate } from '../server/pki/certificate.ts'
import { readCrl } from '../server/pki/crl.ts'
import { issueCrl } from '../server/pki/issue-revocation.ts'
import { createRevocation } from '../server/pki/revocation.ts'
import { at, from, makeRoot, makeUnder } from '../test/pki/hierarchy.ts'
import { type Rates, ratesOf } from './rate.ts'

const ca = makeRoot('CA')
const URL_ = 'http://crl.example/1.crl'
const ROW = 2100
/** So many different certificates are asked about in turn, spread over all that are known. */
const ASKED = 4096

/** A serial of 16 octets from a number, spread as random ones are: the same number gives the same serial. */
function serialOf(number: number): string {
  let text = '40'
  for (let part = 1; part <= 15; part++)
    text += ((Math.imul(number + 1, 2_654_435_761 + part * 40_503) >>> (part % 24)) & 0xff).toString(16).padStart(2, '0')
  return text
}

interface Asked {
  revoked: boolean
  der: Buffer
  serial: string
}

function world(known: number) {
  const revoked = Array.from({ length: known / 5 }, (_, i) => ({ serial: serialOf(i * 5), at: from }))
  const list = issueCrl({ issuer: ca, entries: revoked, number: 1, thisUpdate: at, nextUpdate: new Date(at.getTime() + 86_400_000) })
  // signing one certificate of each serial would take minutes, and who asks about revocation has verified it before: the serial is written into a signed one
  const template = makeUnder(ca, 'shield', { serial: Buffer.from(serialOf(0), 'hex'), crlUrl: URL_ }).certificate
  const place = template.der.indexOf(template.serial, 'hex')
  const asked = Array.from({ length: ASKED }, (_, i): Asked => {
    const number = Math.floor((i * known) / ASKED)
    const der = Buffer.from(template.der)
    der.write(serialOf(number), place, 'hex')
    return { revoked: number % 5 === 0, der, serial: serialOf(number) }
  })
  return { list, asked }
}

const inTurn = <T>(asked: readonly Asked[], call: (question: Asked) => T): (() => T | undefined) => {
  let next = 0
  return () => {
    const question = asked[next++ % asked.length]
    return question === undefined ? undefined : call(question)
  }
}

/** From the bytes of a certificate that was not asked about before to the answer of the service. */
function lookup({ list, asked }: ReturnType<typeof world>) {
  const response = () => new Response(new Uint8Array(list))
  const revocation = createRevocation({ fetch: async () => response(), clock: fixedClock(at), allowHosts: () => true, log: silentLog })
  return inTurn(asked, async ({ der, revoked }) => {
    const outcome = await revocation.check(new Certificate(der), ca.certificate).then(() => 'good', codeOf)
    if ((outcome === 'certificate_revoked') !== revoked) throw new Error(`a lookup answered ${outcome}`)
  })
}

const codeOf = (error: unknown): string => (error instanceof BrokerError ? error.code : String(error))

/** The list by itself, where what the memory of the machine costs shows most. */
function listAlone({ list, asked }: ReturnType<typeof world>) {
  const read = readCrl(list)
  return inTurn(asked, ({ serial, revoked }) => {
    if ((read.entry(serial) !== undefined) !== revoked) throw new Error('the list answered wrongly')
  })
}

export async function benchLookup(): Promise<Rates<'small' | 'large' | 'listSmall' | 'listLarge'>> {
  const [small, large] = [world(1_000), world(1_000_000)]
  return ratesOf({ small: lookup(small), large: lookup(large), listSmall: listAlone(small), listLarge: listAlone(large) }, ROW)
}
