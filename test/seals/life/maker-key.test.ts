import { expect } from 'chai'
import express from 'express'
import supertest from 'supertest'
import type { AuditEvent } from '../../../server/audit/events.ts'
import { days, fixedClock } from '../../../server/kernel/clock.ts'
import { createSealing } from '../../../server/kernel/sealing.ts'
import { readPemBundle } from '../../../server/pki/certificate.ts'
import { isSignedBy } from '../../../server/pki/signed-by.ts'
import { signSm2, verifySm2 } from '../../../server/pki/sm2.ts'
import { createSealMakers } from '../../../server/seals/life/maker-key.ts'
import { openTestStores } from '../../suites/memory-stores.ts'

describe('the key that seals are made with', () => {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  const events: AuditEvent[] = []
  const trail = { append: async (...more: AuditEvent[]) => void events.push(...more) }
  const sealing = createSealing(Buffer.alloc(32, 3))
  let stores: Awaited<ReturnType<typeof openTestStores>>
  before(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
  })
  after(() => stores.close())

  const open = (key = sealing) => createSealMakers({ store: stores.signingKeys, sealing: key, clock, trail })

  it('is made once by processes that start together, and its certificate is for signing, under a root of its own', async () => {
    const makers = await Promise.all([open(), open(), open()].map(each => each.maker()))
    expect(new Set(makers.map(({ certificate }) => certificate.thumbprint)).size).to.equal(1)
    const [{ certificate, root, privateKey } = await open().maker()] = makers
    expect(verifySm2(certificate.publicKey, Buffer.from('seal'), signSm2(privateKey, Buffer.from('seal')))).to.equal(true)
    expect(certificate.keyUsage).to.include('digitalSignature')
    expect(certificate.keyUsage).not.to.include('keyCertSign')
    expect(isSignedBy(certificate, root)).to.equal(true)
  })

  it('never stands in the database in the clear, and does not open under another sealing key', async () => {
    await open().maker()
    const [row] = await stores.signingKeys.list('seal-maker')
    expect(row?.sealed).to.match(/^v1\./)
    const outcome = await open(createSealing(Buffer.alloc(32, 4)))
      .maker()
      .then(
        () => 'opened',
        () => 'refused',
      )
    expect(outcome).to.equal('refused')
  })

  it('publishes its certificate and root, and no key', async () => {
    const makers = open()
    const app = express().use('/seals', makers.router)
    const { text, status } = await supertest(app).get('/seals/maker.pem')
    expect(status).to.equal(200)
    const { certificate, root } = await makers.maker()
    expect(readPemBundle(text).map(({ thumbprint }) => thumbprint)).to.deep.equal([certificate.thumbprint, root.thumbprint])
    expect(text).not.to.include('PRIVATE')
  })

  it('is followed after two years by one that is published for a month first; every process takes the same, and those before stay', async () => {
    const processes = [open(), open()]
    const thumbprints = async () => (await Promise.all(processes.map(each => each.maker()))).map(({ certificate }) => certificate.thumbprint)
    const published = async () => {
      const { text } = await supertest(express().use('/seals', open().router)).get('/seals/maker.pem')
      return readPemBundle(text).map(({ thumbprint }) => thumbprint)
    }
    const [old = ''] = await thumbprints()
    events.length = 0
    clock.advance(days(2 * 365))
    expect(await thumbprints()).to.deep.equal([old, old])
    const [first, , next = ''] = await published()
    expect(first).to.equal(old)
    expect(await published()).to.have.length(4)
    clock.advance(days(30))
    expect(await thumbprints()).to.deep.equal([next, next])
    expect((await published())[0]).to.equal(next)
    expect((await open().makerOf(old))?.certificate.thumbprint).to.equal(old)
    expect(await open().makerOf('somebody else')).to.equal(undefined)
    expect(events.map(({ code, facts }) => [code, facts?.['kid'], facts?.['state']])).to.have.deep.members([
      ['keys.rotated', 'seal-maker-sm2-2', 'initial'],
      ['keys.rotated', 'seal-maker-sm2-2', 'active'],
      ['keys.rotated', 'seal-maker-sm2-1', 'retired'],
    ])
    const states = (await stores.signingKeys.list('seal-maker')).map(({ kid, state }) => `${kid} ${state}`)
    expect(states).to.have.members(['seal-maker-sm2-1 retired', 'seal-maker-sm2-2 active'])
  })
})
