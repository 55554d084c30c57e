import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openShelf, type Shelf } from '../../../server/bids/files/shelf.ts'
import { codeOf } from '../../authorization/stage.ts'
import { all } from '../envelope/stage.ts'

/** The bid room's files: nothing is written over, nothing half done has its name, nothing leaves the folder. */
describe('the shelf of envelopes', () => {
  const ID = 'envelope-0000000001'
  let folder: string
  let shelf: Shelf
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shield-shelf-'))
    shelf = await openShelf(folder)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function* octets(...texts: string[]) {
    for (const text of texts) yield Buffer.from(text)
  }
  async function* broken() {
    yield Buffer.from('first')
    throw new Error('the line broke')
  }
  const names = (of: string) => readdir(join(folder, 'bids', of))

  it('keeps what came of a piece that broke off, and goes on from there', async () => {
    await shelf.add(ID, 0, broken(), 100).catch(() => undefined)
    expect(await shelf.received(ID)).to.equal(5)
    expect(await codeOf(() => shelf.add(ID, 0, octets('again'), 100))).to.equal('bid_upload_out_of_step')
    expect(await shelf.add(ID, 5, octets(' and', ' second'), 100)).to.equal(16)
    await shelf.finish(ID, 16)
    expect((await all(shelf.envelopes.open(ID))).toString()).to.equal('first and second')
    expect(await shelf.received(ID)).to.equal(16)
    expect([await names('uploads'), await names('envelopes')]).to.deep.equal([[], [ID]])
  })

  it('refuses more octets than a piece may have', async () => {
    expect(await codeOf(async () => void (await shelf.add(ID, 0, octets('12345', '6'), 5)))).to.equal('too_large')
    expect(await shelf.received(ID)).to.equal(5)
  })

  it('never writes over an envelope, whoever is faster', async () => {
    await shelf.put(ID, octets('the first'))
    expect(await codeOf(() => shelf.put(ID, octets('another')))).to.equal('bad_request')
    await Promise.all([shelf.finish(ID, 9), shelf.finish(ID, 9)])
    expect((await all(shelf.envelopes.open(ID))).toString()).to.equal('the first')
    expect(await names('envelopes')).to.deep.equal([ID])
  })

  it('is not changed by whoever still writes to the upload it was made of', async () => {
    await shelf.add(ID, 0, octets('as it was received'), 100)
    const late = join(folder, 'bids', 'uploads', ID)
    const { open } = await import('node:fs/promises')
    const handle = await open(late, 'r+')
    await shelf.finish(ID, 18)
    await handle.write('XX', 0)
    await handle.close()
    expect((await all(shelf.envelopes.open(ID))).toString()).to.equal('as it was received')
  })

  it('gives an opened content its name only when it ended well, and replaces what an earlier try left', async () => {
    await shelf.opened.keep(ID, broken()).catch(() => undefined)
    expect(await names('opened')).to.deep.equal([])
    await shelf.opened.keep(ID, octets('one'))
    await shelf.opened.keep(ID, octets('two'))
    expect((await all(shelf.opened.open(ID))).toString()).to.equal('two')
  })

  it('says that a file is gone, reads no name that leads elsewhere, and is for its owner alone', async () => {
    expect(await codeOf(() => all(shelf.envelopes.open(ID)))).to.equal('not_found')
    await writeFile(join(folder, 'secret-secret-secret'), 'x')
    for (const name of ['../../secret-secret-secret', 'short', `${ID}/../x`, '.envelope-000000001'])
      expect(await codeOf(async () => void (await shelf.received(name))), name).to.equal('bid_unknown')
    await shelf.put(ID, octets('x'))
    expect((await stat(join(folder, 'bids', 'envelopes', ID))).mode & 0o077).to.equal(0)
  })
})
