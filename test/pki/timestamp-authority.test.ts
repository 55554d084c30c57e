import { expect } from 'chai'
import fc from 'fast-check'
import { oid, sequence } from '../../server/pki/der-write.ts'
import { digestOf } from '../../server/pki/timestamp-algorithms.ts'
import { createTimestampAuthority } from '../../server/pki/timestamp-authority.ts'
import { createTimestampClient, type TimestampClientOptions } from '../../server/pki/timestamp-client.ts'
import { newNonce, readTimestampRequest, writeTimestampRequest } from '../../server/pki/timestamp-request.ts'
import { readTimestampResponse } from '../../server/pki/timestamp-response.ts'
import { readTimestampToken } from '../../server/pki/timestamp-token.ts'
import { at, codeOf, codeOfAsync, makeUnder, to } from './hierarchy.ts'
import { authorityOf, clock, POLICY, root, timeStamping, tsa } from './timestamp-stage.ts'

const data = Buffer.from('bid')
const imprint = { digest: 'sm3', hash: digestOf('sm3', data) } as const
const sha256 = { digest: 'sha256', hash: digestOf('sha256', data) } as const

async function refusal(request: Uint8Array, authority = authorityOf(tsa.SM2)) {
  const answer = readTimestampResponse(await authority.answer(request))
  return answer.state === 'refused' ? answer.failure : 'granted'
}

describe('a time-stamp request', () => {
  it('is read as it was written', () => {
    const nonce = newNonce()
    expect(readTimestampRequest(writeTimestampRequest({ imprint, nonce, policy: POLICY, wantsCertificate: false }))).to.deep.equal({
      imprint,
      nonce,
      policy: POLICY,
      wantsCertificate: false,
      criticalUnknown: [],
    })
  })

  it('is not written with a hash of another length', () => {
    expect(codeOf(() => writeTimestampRequest({ imprint: { digest: 'sha512', hash: imprint.hash } }))).to.equal('timestamp_malformed')
  })
})

describe('our time-stamp authority', () => {
  it('sends its certificate only where it is asked for, and a serial and time of its own', async () => {
    const serials = [Buffer.of(1), Buffer.of(2)]
    const authority = authorityOf(tsa.SM2, { nextSerial: async () => serials.shift() ?? Buffer.of(), chain: [root.certificate] })
    const granted = async (wantsCertificate: boolean) => {
      const answer = readTimestampResponse(await authority.answer(writeTimestampRequest({ imprint, wantsCertificate })))
      return answer.state === 'granted' ? readTimestampToken(answer.token, [tsa.SM2.certificate]) : undefined
    }
    const [first, second] = [await granted(true), await granted(false)]
    expect(first?.certificates).to.have.length(2)
    expect(second?.certificates).to.have.length(0)
    expect([first?.info.serial, second?.info.serial]).to.deep.equal(['01', '02'])
    expect(await refusal(writeTimestampRequest({ imprint }), authority)).to.equal('systemFailure')
  })

  it('refuses with the protocol’s own words', async () => {
    expect(await refusal(writeTimestampRequest({ imprint, policy: '1.2.3.4' }))).to.equal('unacceptedPolicy')
    expect(await refusal(writeTimestampRequest({ imprint, policy: '1.2.3.4' }), authorityOf(tsa.SM2, { policies: ['1.2.3.4'] }))).to.equal('granted')
    expect(await refusal(writeTimestampRequest({ imprint: sha256 }), authorityOf(tsa.SM2, { digests: ['sm3'] }))).to.equal('badAlg')
    const sha1 = writeTimestampRequest({ imprint: sha256 })
    oid('2.16.840.1.101.3.4.2.9').copy(sha1, sha1.indexOf(oid('2.16.840.1.101.3.4.2.1')))
    expect(await refusal(sha1)).to.equal('badAlg')
    expect(await refusal(Buffer.from('junk'))).to.equal('badDataFormat')
    expect(await refusal(Buffer.alloc(20_000, 0x30))).to.equal('badDataFormat')
    const critical = sequence(oid('1.2.3'), Buffer.of(1, 1, 0xff), Buffer.of(4, 0))
    const extended = writeTimestampRequest({ imprint })
    const inside = extended.subarray(2)
    expect(await refusal(sequence(inside, Buffer.concat([Buffer.of(0xa0, critical.length), critical])))).to.equal('unacceptedExtension')
  })

  it('stops where its certificate ends, and says nothing of what breaks inside', async () => {
    const request = writeTimestampRequest({ imprint })
    expect(await refusal(request, authorityOf(tsa.SM2, { clock: { now: () => new Date(to.getTime() + 1000) } }))).to.equal('timeNotAvailable')
    const broken = await authorityOf(tsa.SM2, { nextSerial: () => Promise.reject(new Error('password of the database')) }).answer(request)
    expect(broken.toString('latin1')).not.to.include('password')
    expect(readTimestampResponse(broken)).to.include({ state: 'refused', failure: 'systemFailure' })
  })

  it('does not start with a certificate that is for anything else, or another’s', () => {
    const options = { clock, policy: POLICY, nextSerial: () => Buffer.of(1) }
    const plain = makeUnder(root, 'plain')
    expect(codeOf(() => createTimestampAuthority({ ...options, key: plain.privateKey, certificate: plain.certificate }))).to.equal(
      'certificate_wrong_use',
    )
    const loose = makeUnder(root, 'loose', { extensions: [{ ...timeStamping, critical: false }] })
    expect(codeOf(() => createTimestampAuthority({ ...options, key: loose.privateKey, certificate: loose.certificate }))).to.equal(
      'certificate_wrong_use',
    )
    expect(codeOf(() => createTimestampAuthority({ ...options, key: plain.privateKey, certificate: tsa.SM2.certificate }))).to.equal(
      'shield_key_mismatch',
    )
  })

  it('answers whatever it is sent, and never throws', async () => {
    const request = writeTimestampRequest({ imprint, nonce: newNonce(), policy: POLICY })
    await fc.assert(
      fc.asyncProperty(fc.nat(request.length - 1), fc.nat(255), async (index, octet) => {
        const changed = Buffer.from(request)
        changed[index] = octet
        expect(await refusal(changed)).to.be.oneOf(['granted', 'badDataFormat', 'badAlg', 'unacceptedPolicy'])
      }),
      { numRuns: 300 },
    )
  })
})

describe('asking a time-stamp authority', () => {
  const serving = (authority = authorityOf(tsa.SM2), change: (answer: Buffer) => Buffer = answer => answer) => {
    const serve: typeof fetch = async (_url, init) => {
      const body = init?.body
      if (!(body instanceof Uint8Array) || init?.method !== 'POST') return new Response('', { status: 405 })
      return new Response(new Uint8Array(change(await authority.answer(body))))
    }
    return serve
  }
  const client = (get: typeof fetch, more: Partial<TimestampClientOptions> = {}) =>
    createTimestampClient({ url: 'https://tsa.test/tsa', fetch: get, clock, trust: async () => ({ roots: [root.certificate] }), ...more })
  const code = (get: typeof fetch, more: Partial<TimestampClientOptions> = {}) => codeOfAsync(() => client(get, more).stamp(data))

  it('gives a token that was verified', async () => {
    const stamped = await client(serving()).stamp(data)
    expect(stamped.info.genTime).to.deep.equal(at)
    expect(readTimestampToken(stamped.token).info.imprint.hash).to.deep.equal(imprint.hash)
    expect((await client(serving()).stamp(sha256)).info.imprint.digest).to.equal('sha256')
  })

  it('says that it was refused, unreachable, too long or too late', async () => {
    expect(await code(serving(), { policy: '1.2.3' })).to.equal('timestamp_refused')
    expect(await code(async () => new Response('', { status: 500 }))).to.equal('timestamp_unreachable')
    expect(await code(() => Promise.reject(new TypeError('fetch failed')))).to.equal('timestamp_unreachable')
    expect(await code(async () => new Response(new Uint8Array(1_000_000)))).to.equal('timestamp_unreachable')
    const hanging: typeof fetch = (_url, init) => new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('late'))))
    expect(await code(hanging, { milliseconds: 20 })).to.equal('timestamp_unreachable')
  })

  it('believes no old, changed or foreign answer', async () => {
    const old = await authorityOf(tsa.SM2).answer(writeTimestampRequest({ imprint, nonce: newNonce() }))
    expect(await code(serving(undefined, () => old))).to.equal('timestamp_invalid')
    expect(await code(serving(undefined, () => Buffer.from('<html>')))).to.equal('timestamp_malformed')
    const flip = (answer: Buffer) => {
      const changed = Buffer.from(answer)
      const last = changed.length - 1
      changed[last] = (changed[last] ?? 0) ^ 1
      return changed
    }
    expect(await code(serving(undefined, flip))).to.equal('timestamp_invalid')
    expect(await code(serving(), { trust: async () => ({ roots: [] }) })).to.equal('certificate_untrusted')
    expect(await code(serving(), { clock: { now: () => new Date(at.getTime() - 3_600_000) } })).to.equal('timestamp_invalid')
  })
})
