import { expect } from 'chai'
import { elementAt } from '../../../server/pki/der.ts'
import { context, oid, sequence, write } from '../../../server/pki/der-write.ts'
import { archivedIn } from '../../../server/seals/values/evidence.ts'

describe('revocation information archived in a signature', () => {
  const der = sequence(context(0, sequence(sequence(oid('1.2.3')))), context(1, sequence(sequence(oid('1.2.4')), sequence(oid('1.2.5')))))
  const attributes = (value: Buffer) => elementAt(write(0x31, sequence(oid('1.2.840.113583.1.1.8'), write(0x31, value))))

  it('is read: lists and answers', () => {
    const { crls, ocsps } = archivedIn(attributes(der))
    expect([crls.length, ocsps.length]).to.deep.equal([1, 2])
  })
  it('is nothing where there is none, or none that can be read', () => {
    expect(archivedIn(undefined)).to.deep.equal({ crls: [], ocsps: [] })
    expect(archivedIn(attributes(Buffer.from('0500', 'hex')))).to.deep.equal({ crls: [], ocsps: [] })
    expect(archivedIn(elementAt(write(0x31, Buffer.from('3003', 'hex'))))).to.deep.equal({ crls: [], ocsps: [] })
  })
})
