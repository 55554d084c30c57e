import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { context, integer, primitive, sequence, time, write } from '../../server/pki/der-write.ts'
import { EXTENSION } from '../../server/pki/extensions.ts'
import { extension, keyIdOfCertificate, signed } from '../../server/pki/issue.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { codeOfAsync, from, makeRoot, makeUnder, type Party } from './hierarchy.ts'
import { byList, bytes, ca, HOUR, LIST, openWorld, rule, silence } from './revocation-world.ts'

const DELTA = 'http://crl.example/1.delta'
const point = (url: string) => sequence(sequence(context(0, context(0, write(0x86, Buffer.from(url))))))
const freshest = { oid: EXTENSION.freshestCrl, der: point(DELTA) }

interface Wishes {
  number: number
  base?: number
  revoked?: readonly { serial: string; reason: number }[]
  issuedAt: Date
  hours?: number
  namesDelta?: boolean
  signer?: Party
}

/** A list with what issueCrl does not write: an indicator that it is a delta, and the address of one. */
function makeList({ number, base, revoked = [], issuedAt, hours = 24, namesDelta = false, signer = ca }: Wishes): Buffer {
  const entries = revoked.map(({ serial, reason }) =>
    sequence(integer(Buffer.from(serial, 'hex')), time(from), sequence(extension('2.5.29.21', write(0x0a, Buffer.of(reason))))),
  )
  const tbs = sequence(
    integer(1),
    algorithmFor(signer.privateKey).identifier,
    signer.certificate.subject.der,
    time(issuedAt),
    time(new Date(issuedAt.getTime() + hours * HOUR)),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    context(
      0,
      sequence(
        extension(EXTENSION.authorityKeyId, sequence(primitive(0, keyIdOfCertificate(signer.certificate)))),
        extension(EXTENSION.crlNumber, integer(number)),
        ...(base === undefined ? [] : [extension(EXTENSION.deltaCrl, integer(base), true)]),
        ...(namesDelta ? [extension(EXTENSION.freshestCrl, freshest.der)] : []),
      ),
    ),
  )
  return signed(tbs, signer.privateKey)
}

describe('delta lists', () => {
  const byBothLists = makeUnder(ca, 'names list and delta', { crlUrl: LIST, extensions: [freshest] }).certificate

  function open(base: Wishes | undefined = undefined) {
    const world = openWorld()
    const issuedAt = world.clock.now()
    const whole = makeList({ number: 5, issuedAt, namesDelta: true, ...base })
    world.source.instead.set(LIST, bytes(whole))
    const publish = (wishes: Partial<Wishes> = {}) =>
      world.source.instead.set(DELTA, bytes(makeList({ number: 6, base: 5, issuedAt: world.clock.now(), hours: 1, ...wishes })))
    publish()
    return { ...world, ...world.broker({ ruleFor: () => rule({ sources: ['crl'] }) }), publish }
  }

  it('are fetched where the list names them, and a revocation in one counts', async () => {
    const { check, source, publish, revocation } = open()
    expect(await check()).to.equal('accepted')
    expect(source.asked).to.deep.equal([`GET ${LIST}`, `GET ${DELTA}`])
    publish({ number: 7, revoked: [{ serial: byList.serial, reason: 1 }] })
    await revocation.noteChanged(DELTA)
    expect(await check()).to.equal('certificate_revoked')
  })

  it('are fetched where the certificate names them', async () => {
    const { check, publish } = open({ number: 5, issuedAt: new Date('2027-06-01T12:00:00Z'), namesDelta: false })
    publish({ revoked: [{ serial: byBothLists.serial, reason: 1 }] })
    expect(await check(byBothLists)).to.equal('certificate_revoked')
  })

  it('bring a revocation long before the whole list is due', async () => {
    const { check, clock, publish } = open()
    await check()
    publish({ number: 7, revoked: [{ serial: byList.serial, reason: 1 }] })
    clock.advance(610_000)
    expect(await check()).to.equal('certificate_revoked')
  })

  it('take a certificate on hold off the list again, and no other', async () => {
    for (const [reason, outcome] of [
      [6, 'accepted'],
      [1, 'certificate_revoked'],
    ] as const) {
      const { check, publish } = open({
        number: 5,
        issuedAt: new Date('2027-06-01T12:00:00Z'),
        namesDelta: true,
        revoked: [{ serial: byList.serial, reason }],
      })
      if (reason === 6) publish({ revoked: [{ serial: byList.serial, reason: 8 }] })
      expect(await check()).to.equal(outcome)
    }
  })

  it('leave the whole list as it is when they cannot be had, are junk, a stranger’s, or of another base', async () => {
    const revoked = [{ serial: byList.serial, reason: 1 }]
    const { check, source, publish, revocation } = open()
    const unfit: (() => unknown)[] = [
      () => source.instead.set(DELTA, silence),
      () => source.instead.set(DELTA, bytes(Buffer.from('junk'))),
      () => publish({ signer: makeRoot('CA'), revoked }),
      () => publish({ number: 10, base: 9, revoked }),
    ]
    for (const make of unfit) {
      make()
      revocation.invalidate()
      expect(await check()).to.equal('accepted')
    }
  })

  it('are not waited for at every check while their source is dead, and are asked again half a minute later', async () => {
    const { check, source, clock } = open()
    source.instead.set(DELTA, silence)
    for (let i = 0; i < 5; i++) await check()
    const asked = () => source.asked.filter(each => each.includes(DELTA)).length
    expect(asked()).to.equal(1)
    clock.advance(31_000)
    await check()
    expect(asked()).to.equal(2)
  })

  it('are no whole lists: one in the place of the other is refused', async () => {
    const { check, source, clock, revocation } = open()
    source.instead.set(LIST, bytes(makeList({ number: 6, base: 5, issuedAt: clock.now() })))
    expect(await check()).to.equal('revocation_unknown')
    source.instead.set(LIST, bytes(makeList({ number: 5, issuedAt: clock.now(), namesDelta: true })))
    source.instead.set(DELTA, bytes(makeList({ number: 6, issuedAt: clock.now(), revoked: [{ serial: byList.serial, reason: 1 }] })))
    revocation.invalidate()
    expect(await check()).to.equal('accepted')
    expect(revocation.state().sources.find(each => each.kind === 'delta')?.lastError?.facts).to.include('it is no delta list')
  })
})

describe('a list signed by another key of the CA', () => {
  const renewed = makeRoot('CA')
  const signedAnew = () => {
    const world = openWorld()
    world.source.instead.set(LIST, bytes(makeList({ number: 1, issuedAt: world.clock.now(), signer: renewed })))
    return world
  }

  it('is refused unless the caller vouches for that key', async () => {
    expect(await signedAnew().broker().check()).to.equal('revocation_unknown')
    expect(
      await signedAnew()
        .broker({ signersFor: () => [makeRoot('CA').certificate] })
        .check(),
    ).to.equal('revocation_unknown')
    expect(
      await signedAnew()
        .broker({ signersFor: () => [renewed.certificate] })
        .check(),
    ).to.equal('accepted')
  })

  it('refuses whom it names', async () => {
    const world = openWorld()
    world.source.instead.set(
      LIST,
      bytes(makeList({ number: 1, issuedAt: world.clock.now(), signer: renewed, revoked: [{ serial: byList.serial, reason: 1 }] })),
    )
    expect(await world.broker({ signersFor: () => [renewed.certificate] }).check()).to.equal('certificate_revoked')
  })
})

describe('a list of 200,000 entries', function () {
  this.timeout(120_000)

  it('is taken in without holding up everybody else, as DER and as base64', async () => {
    const world = openWorld()
    const entries = Array.from({ length: 200_000 }, () => ({ serial: `40${randomBytes(15).toString('hex')}`, at: from }))
    const revoked = makeUnder(ca, 'revoked', { crlUrl: LIST, serial: Buffer.from(entries[150_000]?.serial ?? '', 'hex') }).certificate
    const now = world.clock.now()
    const der = issueCrl({ issuer: ca, entries, number: 1, thisUpdate: now, nextUpdate: new Date(now.getTime() + HOUR) })
    const { revocation } = world.broker()
    for (const form of [der, Buffer.from(der.toString('base64'))]) {
      // a Response over a large buffer is made before the watch begins, as the network would deliver it in small pieces
      const response = new Response(new Uint8Array(form))
      world.source.instead.set(LIST, () => response)
      revocation.invalidate()
      let turns = 0
      let reading = true
      const turn = () => {
        turns++
        if (reading) setImmediate(turn)
      }
      turn()
      const outcome = await codeOfAsync(() => revocation.check(readCertificate(byList.der), ca.certificate))
      reading = false
      expect(outcome).to.equal('accepted')
      expect(await codeOfAsync(() => revocation.check(revoked, ca.certificate))).to.equal('certificate_revoked')
      // others had their turn in between: read in one go, there is one
      expect(turns).to.be.at.least(3)
    }
  })
})
