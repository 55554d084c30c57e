import { expect } from 'chai'
import express from 'express'
import request from 'supertest'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { Certificate } from '../../server/pki/certificate.ts'
import { readOcspResponse } from '../../server/pki/ocsp.ts'
import { certificateId, writeOcspRequest } from '../../server/pki/ocsp-id.ts'
import { createRevocation } from '../../server/pki/revocation.ts'
import { ownAuthorityChanges } from '../../server/trust/own-authority.ts'
import { createTrustRegister, type TrustRegister } from '../../server/trust/register.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createStage, type Expert, type Stage } from './stage.ts'

/** Our own authority as the trust list and its revocation see it: the real list, the real revocation service, only the network is left out. */
describe('the authority for persons on the trust list', function () {
  this.timeout(60_000)
  let stage: Stage
  let register: TrustRegister
  before(async () => {
    const clock = fixedClock('2027-06-01T12:00:00.000Z')
    const stores = await openTestStores({ clock })
    stage = await createStage(stores, clock)
    const revocation = createRevocation({
      fetch: async url => {
        expect(String(url)).to.equal(stage.authority.listUrl)
        return new Response(new Uint8Array(await stage.authority.list()))
      },
      clock,
      log: silentLog,
      allowHosts: (host, issuer) => register.allowsHost(host, issuer),
      ruleFor: (issuer, purpose) => register.ruleFor(issuer, purpose),
      recheckAfter: 1,
    })
    const audit = { append: async () => undefined }
    register = await createTrustRegister({ stores, clock, audit, log: silentLog, approval: 'at-once', revocation })
  })
  after(async () => {
    register.close()
    await stage.close()
  })

  const adopt = async () => {
    const { issuing, root } = await stage.authority.certificates()
    const own = { id: 'remote-signing', name: { zh: '云签 CA', en: 'Remote signing' }, issuing, root, host: 'shield.test' }
    return await register.adopt('own authority', snapshot => ownAuthorityChanges(snapshot, own))
  }
  async function certificateOf({ keyId }: Expert): Promise<Certificate> {
    const key = await stage.stores.remoteKeys.find(keyId)
    return new Certificate(Buffer.from(key?.certificate ?? '', 'base64'))
  }
  const verdict = (certificate: Certificate, use: 'seal' | 'government-seal' | 'login') =>
    register.verdictOf(certificate, { at: stage.clock.now(), use })

  it('stands there once, for persons, and is not qualified for seals of government affairs', async () => {
    const certificate = await certificateOf(await stage.expert())
    expect((await verdict(certificate, 'seal')).ok, 'before it is on the list').to.equal(false)
    expect(await adopt()).to.equal('applied')
    expect(await adopt()).to.equal('nothing')
    const row = register.current().ca('remote-signing')
    expect(row?.scope).to.deep.equal({ uses: ['seal'], holders: ['person'] })
    expect(row?.qualification.state).to.equal('none')
    const good = await verdict(certificate, 'seal')
    expect(good.ok, good.reasons.map(({ facts }) => facts).join()).to.equal(true)
    expect(good.uses).to.deep.equal(['seal'])
    expect((await verdict(certificate, 'government-seal')).ok).to.equal(false)
    expect((await verdict(certificate, 'login')).ok).to.equal(false)
  })

  it('answers OCSP for its certificates, by POST and by GET', async () => {
    const app = express().use(stage.authority.router)
    const { issuing } = await stage.authority.certificates()
    const [gone, other] = [await stage.expert(), await stage.expert()]
    const [first, second] = [await certificateOf(gone), await certificateOf(other)]
    await stage.room.keys.revoke(gone.by, 'cessationOfOperation')
    expect(first.ocspUrls[0]).to.match(/\/remote-signing\/ocsp$/)
    const statusOf = async (certificate: Certificate, how: 'post' | 'get') => {
      const der = writeOcspRequest(certificateId(issuing, certificate.serial))
      const answer = await (how === 'get'
        ? request(app).get(`/ocsp/${encodeURIComponent(der.toString('base64'))}`)
        : request(app).post('/ocsp').set('content-type', 'application/ocsp-request').send(der)
      )
        .buffer(true)
        .parse((res, done) => {
          const pieces: Buffer[] = []
          res.on('data', (piece: Buffer) => pieces.push(piece))
          res.on('end', () => done(null, Buffer.concat(pieces)))
        })
      expect(answer.headers['content-type']).to.include('application/ocsp-response')
      return readOcspResponse(answer.body).verdict(certificate, issuing, stage.clock.now()).status
    }
    expect([await statusOf(first, 'post'), await statusOf(second, 'post')]).to.deep.equal(['revoked', 'good'])
    expect([await statusOf(first, 'get'), await statusOf(second, 'get')]).to.deep.equal(['revoked', 'good'])
  })

  it('tells of a revoked certificate, so that what it signs afterwards is refused', async () => {
    await adopt()
    const [revoked, other] = [await stage.expert(), await stage.expert()]
    const [first, second] = [await certificateOf(revoked), await certificateOf(other)]
    expect((await verdict(first, 'seal')).ok).to.equal(true)
    await stage.room.keys.revoke(revoked.by, 'cessationOfOperation')
    stage.clock.advance(11_000)
    const answer = await verdict(first, 'seal')
    expect(answer.ok ? 'ok' : answer.code).to.equal('certificate_revoked')
    expect((await verdict(second, 'seal')).ok).to.equal(true)
  })
})
