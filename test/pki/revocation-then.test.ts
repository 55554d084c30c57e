import { expect } from 'chai'
import { issueCrl, issueOcspResponse, type RevocationReason, readOcspRequest } from '../../server/pki/issue-revocation.ts'
import { at } from './hierarchy.ts'
import { byList, byResponder, bytes, ca, HOUR, LIST, openWorld, RESPONDER } from './revocation-world.ts'

/** A signature made before its certificate was revoked. */
describe('revocation after the use', () => {
  const revokedAt = new Date(at.getTime() - 10 * HOUR)
  const before = new Date(revokedAt.getTime() - HOUR)
  const after = new Date(revokedAt.getTime() + HOUR)

  function world(reason: RevocationReason | undefined) {
    const { source, broker, clock } = openWorld()
    const why = reason === undefined ? {} : { reason }
    source.instead.set(
      LIST,
      bytes(
        issueCrl({
          issuer: ca,
          entries: [{ serial: byList.serial, at: revokedAt, ...why }],
          number: 1,
          thisUpdate: at,
          nextUpdate: new Date(at.getTime() + HOUR),
        }),
      ),
    )
    source.instead.set(RESPONDER, async (_url, init) => {
      const { ids, nonce } = readOcspRequest(Buffer.from(await new Response(init?.body ?? null).arrayBuffer()))
      const times = { producedAt: clock.now(), thisUpdate: clock.now(), nextUpdate: new Date(at.getTime() + HOUR) }
      return bytes(issueOcspResponse({ responder: ca, answers: ids.map(id => ({ id, status: { revokedAt, ...why } })), nonce, ...times }))()
    })
    return broker()
  }

  for (const [name, certificate] of [
    ['a list', byList],
    ['OCSP', byResponder],
  ] as const) {
    const ask = (reason: RevocationReason | undefined, used?: { at: Date; proven: boolean }) =>
      world(reason).check(certificate, used === undefined ? {} : { used })

    it(`takes nothing back where the time was proven, by ${name}`, async () => {
      for (const reason of ['keyCompromise', 'superseded', undefined] as const) {
        expect(await ask(reason, { at: before, proven: true }), reason).to.equal('accepted')
        expect(await ask(reason, { at: after, proven: true }), reason).to.equal('certificate_revoked')
        expect(await ask(reason, { at: revokedAt, proven: true }), reason).to.equal('certificate_revoked')
      }
    })

    it(`counts where the time is only claimed, unless the reason says nothing against the key, by ${name}`, async () => {
      for (const reason of ['keyCompromise', undefined] as const)
        expect(await ask(reason, { at: before, proven: false }), reason).to.equal('certificate_revoked')
      for (const reason of ['superseded', 'cessationOfOperation'] as const) {
        expect(await ask(reason, { at: before, proven: false }), reason).to.equal('accepted')
        expect(await ask(reason, { at: after, proven: false }), reason).to.equal('certificate_revoked')
      }
    })

    it(`counts for a use of now, and is not forgotten by an answer about the past, by ${name}`, async () => {
      const { check } = world('superseded')
      expect(await check(certificate, { used: { at: before, proven: true } })).to.equal('accepted')
      expect(await check(certificate)).to.equal('certificate_revoked')
    })
  }
})
