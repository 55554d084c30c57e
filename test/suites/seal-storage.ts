import { expect } from 'chai'
import { days } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { CompanyEntry } from '../../server/storage/stores-authorization.ts'
import type { ListedCertificate, SealEdition, SealRow, SealStep } from '../../server/storage/stores-seals.ts'
import { newUscc, person, type SuiteClock, seat } from './storage.ts'

/** What every database does for seals. `open` is called once; tests use ids of their own, so they run in any order. */
export function sealStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of seals on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })
    after(() => stores.close())

    const now = () => clock.now().toISOString()
    const inDays = (count: number) => new Date(clock.now().getTime() + days(count)).toISOString()
    const newSeal = (more: Partial<SealRow> = {}): SealRow => ({
      id: newId(),
      enterpriseId: newId(),
      kind: 'contract',
      name: '演示云帆建设工程有限公司',
      under: '合同专用章',
      number: '4401000000001',
      applicantId: newId(),
      picture: '{"width":40}',
      pictureDigest: 'a'.repeat(64),
      pngDigest: 'b'.repeat(64),
      wanted: ['t1', 't2'],
      state: 'approved',
      version: 1,
      edition: 0,
      validFrom: inDays(0),
      validUntil: inDays(365),
      integrity: 'code',
      createdAt: now(),
      updatedAt: now(),
      ...more,
    })
    const step = (kind: SealStep['kind'], more: Partial<SealStep> = {}): SealStep => ({
      kind,
      at: now(),
      personName: '王示例',
      trace: 'K7QM-3F9T',
      ...more,
    })
    const entry = (row: SealRow): CompanyEntry => ({
      enterpriseId: row.enterpriseId,
      at: now(),
      kind: 'seal-made',
      personName: '',
      seal: row.id,
      trace: 'K7QM-3F9T',
    })
    const listed = (more: Partial<ListedCertificate> = {}): ListedCertificate => ({
      thumbprint: newId(),
      membershipId: newId(),
      holder: '王示例',
      notAfter: inDays(100),
      ...more,
    })
    const edition = (row: SealRow, number: number, certificates: ListedCertificate[]): SealEdition => ({
      number,
      esId: `${row.id}.${number}`,
      der: 'AAAA',
      maker: 'm',
      validFrom: row.validFrom,
      validUntil: row.validUntil,
      madeAt: now(),
      certificates,
    })
    const newsOf = (row: SealRow, event: string) => ({ event, enterpriseId: row.enterpriseId, subject: row.id, data: '{}', at: now(), trace: 'T' })
    const heardOf = async (row: SealRow) => (await stores.sealNews.news(1000)).filter(({ subject }) => subject === row.id).map(({ event }) => event)
    async function inserted(more: Partial<SealRow> = {}): Promise<SealRow> {
      const row = newSeal(more)
      await stores.seals.insert(row, 'UE5H', step('drafted'))
      return row
    }
    async function made(certificates: ListedCertificate[], more: Partial<SealRow> = {}): Promise<SealRow> {
      const row = await inserted(more)
      const after = { ...row, state: 'in-force' as const, version: 2, edition: 1 }
      expect(await stores.seals.change(after, 1, { step: step('made'), entry: entry(row), made: edition(row, 1, certificates) })).to.equal(true)
      return after
    }

    it('keeps a seal, its picture and its history as they were written, and knows no other', async () => {
      const row = await inserted({ ownerId: 'o' })
      expect(await stores.seals.find(row.id)).to.deep.equal(row)
      expect(await stores.seals.png(row.id)).to.equal('UE5H')
      expect(await stores.seals.steps(row.id, 5)).to.deep.equal([{ ...step('drafted'), version: 1, edition: 0 }])
      expect(await stores.seals.find(newId())).to.equal(undefined)
      const { under: _, number: __, ...plain } = newSeal()
      await stores.seals.insert(plain, '', step('drafted'))
      expect(await stores.seals.find(plain.id)).to.deep.equal(plain)
    })

    it('leaves a long drawing out of lists, keeps it through a change, and reads it where one seal is read', async () => {
      const row = await inserted({ picture: 'x'.repeat(200_000) })
      const [listed] = await stores.seals.ofEnterprise(row.enterpriseId, 10)
      expect(listed).to.deep.equal({ ...row, picture: '' })
      const after = { ...row, picture: '', name: '另一个名称', state: 'revoked' as const, version: 2 }
      expect(await stores.seals.change(after, 1, { step: step('revoked'), entry: entry(row) })).to.equal(true)
      expect(await stores.seals.find(row.id)).to.deep.equal({ ...row, state: 'revoked', version: 2 })
    })

    it('lets exactly one of 30 parallel changes through, with its history, its edition and its line in the company’s record, and nothing of the others', async () => {
      const row = await inserted()
      const after = { ...row, state: 'made' as const, version: 2, edition: 1 }
      const certificates = [listed()]
      const won = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          stores.seals.change(after, 1, {
            ...{ step: step('made', { reason: String(i) }), entry: entry(row), made: edition(row, 1, certificates) },
            news: newsOf(row, 'made'),
          }),
        ),
      )
      expect(won.filter(Boolean)).to.have.length(1)
      expect(await stores.seals.find(row.id)).to.deep.equal(after)
      expect((await stores.seals.steps(row.id, 50)).map(({ kind }) => kind)).to.deep.equal(['drafted', 'made'])
      expect(await stores.seals.editions(row.id, 5)).to.deep.equal([edition(row, 1, certificates)])
      expect(await stores.mandates.history(row.enterpriseId, 50)).to.have.length(1)
      expect(await heardOf(row)).to.deep.equal(['made'])
    })

    it('supersedes an edition with the next one, and finds both by their esID', async () => {
      const [old, fresh] = [listed(), listed()]
      const row = await made([old])
      const after = { ...row, version: 3, edition: 2 }
      await stores.seals.change(after, 2, { step: step('remade'), entry: entry(row), made: edition(row, 2, [fresh]) })
      expect((await stores.seals.editions(row.id, 5)).map(({ number, supersededAt }) => [number, supersededAt])).to.deep.equal([
        [2, undefined],
        [1, now()],
      ])
      expect((await stores.seals.byEsId(`${row.id}.1`))?.edition.certificates).to.deep.equal([old])
      expect((await stores.seals.byEsId(`${row.id}.2`))?.seal).to.deep.equal(after)
      expect(await stores.seals.byEsId(`${row.id}.3`)).to.equal(undefined)
      const other = await made([listed()])
      const never = await inserted()
      const latest = await stores.seals.latest([row.id, other.id, never.id])
      expect(latest.map(({ sealId, number }) => [sealId, number])).to.have.deep.members([
        [row.id, 2],
        [other.id, 1],
      ])
      expect(await stores.seals.latest([])).to.deep.equal([])
      expect(await stores.seals.holding(old.thumbprint, 10)).to.deep.equal([])
      expect((await stores.seals.holding(fresh.thumbprint, 10)).map(({ id }) => id)).to.deep.equal([row.id])
    })

    it('finds the seals of a certificate and of a person while they live, and none that was revoked', async () => {
      const certificate = listed()
      const [one, two] = [await made([certificate]), await made([certificate, listed()])]
      expect((await stores.seals.holding(certificate.thumbprint, 10)).map(({ id }) => id)).to.have.members([one.id, two.id])
      const gone = { ...one, state: 'revoked' as const, version: 3 }
      await stores.seals.change(gone, 2, { step: step('revoked'), entry: entry(one) })
      expect((await stores.seals.holding(certificate.thumbprint, 10)).map(({ id }) => id)).to.deep.equal([two.id])
      expect(await stores.seals.ofHolder(certificate.membershipId, 10)).to.deep.equal([{ seal: two, certificate }])
    })

    it('names certificates that end in a span once a warning, whoever asks', async () => {
      const certificate = listed({ notAfter: inDays(5000) })
      const row = await made([certificate])
      const span = [new Date(inDays(4999)), new Date(inDays(5001))] as const
      expect(await stores.seals.ending(...span, 30, 10)).to.deep.equal([{ seal: row, certificate }])
      const won = await Promise.all(Array.from({ length: 10 }, () => stores.seals.warn(row.id, certificate.thumbprint, 30, newsOf(row, 'ending'))))
      expect(won.filter(Boolean)).to.have.length(1)
      expect(await heardOf(row)).to.deep.equal(['ending'])
      expect(await stores.seals.ending(...span, 30, 10)).to.deep.equal([])
      expect(await stores.seals.ending(...span, 7, 10)).to.have.length(1)
    })

    it('tells what waits for time or for the service', async () => {
      const [approved, begun, early, over, ended] = [
        await inserted(),
        await inserted({ state: 'made' }),
        await inserted({ state: 'made', validFrom: inDays(1) }),
        await inserted({ state: 'suspended', validFrom: inDays(-2), validUntil: inDays(-1) }),
        await inserted({ state: 'revoked', validFrom: inDays(-2), validUntil: inDays(-1) }),
      ]
      const ids = (await stores.seals.turning(clock.now(), 100)).map(({ id }) => id)
      expect(ids).to.include.members([approved.id, begun.id, over.id])
      expect(ids).not.to.include(early.id)
      expect(ids).not.to.include(ended.id)
    })

    it('lists the seals of a company, of drafts one’s own alone, and one’s drafts apart', async () => {
      const enterpriseId = newId()
      const [mine, others, applied] = [
        await inserted({ enterpriseId, applicantId: 'me', state: 'drafted', createdAt: inDays(1) }),
        await inserted({ enterpriseId, applicantId: 'other', state: 'drafted' }),
        await inserted({ enterpriseId, applicantId: 'other', state: 'applied' }),
      ]
      expect((await stores.seals.ofEnterprise(enterpriseId, 10, 'me')).map(({ id }) => id)).to.deep.equal([mine.id, applied.id])
      expect((await stores.seals.ofEnterprise(enterpriseId, 1, 'me')).map(({ id }) => id)).to.deep.equal([mine.id])
      expect((await stores.seals.ofEnterprise(enterpriseId, 10)).map(({ id }) => id)).to.deep.equal([applied.id])
      expect((await stores.seals.draftsOf(enterpriseId, 'other', 10)).map(({ id }) => id)).to.deep.equal([others.id])
    })

    it('takes away a draft and nothing else', async () => {
      const [draft, approved] = [await inserted({ state: 'drafted' }), await inserted()]
      expect([await stores.seals.discard(draft.id), await stores.seals.discard(approved.id)]).to.deep.equal([true, false])
      expect(await stores.seals.find(draft.id)).to.equal(undefined)
      expect(await stores.seals.steps(draft.id, 5)).to.deep.equal([])
    })

    it('knows the shields of a company’s people, and of those shown the very bytes', async () => {
      const uscc = newUscc()
      const identity = person({ seats: [seat(uscc)] })
      const { membership } = await stores.parties.recognise(identity, uscc)
      const shields = await stores.seals.shieldsOf(membership.enterprise.id, 10)
      const thumbprint = identity.certificate?.thumbprint ?? ''
      expect(shields.map(each => [each.thumbprint, each.membershipId, each.personName, each.der])).to.deep.equal([
        [thumbprint, membership.id, identity.person.name, undefined],
      ])
      expect([await stores.seals.present(thumbprint, 'AAAA', now()), await stores.seals.present(thumbprint, 'BBBB', now())]).to.deep.equal([
        true,
        false,
      ])
      const [usb] = await stores.seals.shieldsOf(membership.enterprise.id, 10)
      expect([usb?.der, usb?.onPhone]).to.deep.equal(['AAAA', undefined])

      const onPhone = person({ seats: [seat(uscc)] })
      await stores.parties.recognise(onPhone, uscc)
      const phone = onPhone.certificate?.thumbprint ?? ''
      await stores.seals.present(phone, 'CCCC', now(), true)
      const found = (await stores.seals.shieldsOf(membership.enterprise.id, 10)).find(each => each.thumbprint === phone)
      expect([found?.der, found?.onPhone], 'a bank’s app').to.deep.equal(['CCCC', true])
    })
  })
}
