import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import type { Locator, Page } from 'playwright-core'
import { made, page as ofdPage, text } from '../seals/ofd/stage.ts'
import { unzip } from '../seals/ofd/zip.ts'
import { makeDocument } from '../seals/pdf/builder.ts'
import { makeSeal } from './seal-steps.ts'
import { type Stage, useStage } from './stage.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { crew, enterWorkbench, goToWorkbench, press, signAtWorkbench } from './workbench-steps.ts'

/** The page with the seal on it, before anybody signs: what a person sees is where the seal is found afterwards. */
describe('the seal on the page', function () {
  this.timeout(300_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(opened => {
    stage = opened
  })

  const start = (name: string, viewport: Viewport): Promise<Visit> =>
    visit(browser(), stage.houses, { name: `place-${name}`, viewport, patience: 20_000 })
  const PDF = {
    name: '投标函.pdf',
    mimeType: 'application/pdf',
    buffer: makeDocument({ pages: 3, page: '/MediaBox [0 0 595.2756 841.8898]', content: 'BT /F1 24 Tf 72 700 Td (Letter of tender) Tj ET' }),
  }
  const LANDSCAPE = {
    name: '平面图.pdf',
    mimeType: 'application/pdf',
    buffer: makeDocument({ pages: 2, page: '/MediaBox [0 0 841.8898 595.2756]', content: 'BT /F1 24 Tf 72 300 Td (Plan) Tj ET' }),
  }
  /** names a Chinese font and does not bring it, as many real ones: its characters come by a table of pdf.js from our site */
  const SONG = {
    name: '承诺书.pdf',
    mimeType: 'application/pdf',
    buffer: makeDocument({
      page: '/MediaBox [0 0 595.2756 841.8898]',
      content: 'BT /F1 24 Tf 72 700 Td <6295680751fd> Tj ET',
      objects: {
        3: '<</Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [100 0 R]>>',
        100: '<</Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo <</Registry (Adobe) /Ordering (GB1) /Supplement 4>> /FontDescriptor 101 0 R>>',
        101: '<</Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93>>',
      },
    }),
  }
  const OFD = {
    name: '报价表.ofd',
    mimeType: 'application/ofd',
    buffer: made({ pages: [ofdPage(text('投标人（盖章）', { y: 200 })), ofdPage(text('附件'))] }),
  }
  const stamps = (page: Page): Locator => page.locator('.seal-stamp')
  const shown = async (page: Page) => {
    await page.locator('#seal-sheet .seal-sheet-page').waitFor()
    await page.locator('#place-state', { hasText: '印章共' }).waitFor()
  }
  /** Does something that moves a seal, and waits until the broker has kept it. */
  async function moving(page: Page, act: () => Promise<unknown>): Promise<void> {
    const kept = page.waitForResponse(answer => answer.url().endsWith('/places'))
    await act()
    expect((await kept).status()).to.equal(200)
    await page.locator('#place-state', { hasText: '印章共' }).waitFor()
  }
  async function upload(page: Page, files: (typeof PDF)[]): Promise<void> {
    await goToWorkbench(stage, page, '/seals/tasks/new')
    await page.getByLabel('要盖章的文件').setInputFiles(files)
    await press(page, '下一步')
    await shown(page)
  }
  async function sealed(page: Page, nth = 0): Promise<Buffer> {
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: '下载盖章文件' }).nth(nth).click()
    return await readFile(await (await download).path())
  }
  const centre = async (stamp: Locator) => {
    const [whole, paper] = [await stamp.boundingBox(), await stamp.page().locator('#seal-sheet').boundingBox()]
    if (whole === null || paper === null) throw new Error('nothing to be seen')
    const scale = 210 / paper.width
    return { x: (whole.x + whole.width / 2 - paper.x) * scale, y: (whole.y + whole.height / 2 - paper.y) * scale }
  }
  /** centres of what our sealed PDF shows, millimetres on A4 */
  const rectsOf = (bytes: Buffer) =>
    [...bytes.toString('latin1').matchAll(/\/Rect ?\[([^\]]*)\]/g)].map(([, four = '']) => {
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = four
        .trim()
        .split(' ')
        .map(value => (Number(value) * 25.4) / 72)
      return { x: (x0 + x1) / 2, y: 297 - (y0 + y1) / 2, width: x1 - x0, height: y1 - y0 }
    })

  it('is dragged with the mouse, moved by keys and numbers, and stands in the PDF where it was shown', async () => {
    const [boss] = await crew(stage, 0)
    const { page, look, leave } = await start('desktop', 'desktop')
    await enterWorkbench(stage, page, boss)
    await makeSeal(stage, { page, look: async () => undefined }, boss)
    await upload(page, [PDF])
    await look('pdf', '请核对并盖章')

    const stamp = stamps(page).first()
    await stamp.scrollIntoViewIfNeeded()
    const box = await stamp.boundingBox()
    if (box === null) throw new Error('no seal')
    await moving(page, async () => {
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
      await page.mouse.down()
      await page.mouse.move(box.x - 60, box.y - 100, { steps: 5 })
      await page.mouse.up()
    })
    await moving(page, () => stamp.press('Shift+ArrowUp'))
    const before = await centre(stamp)
    await moving(page, () => stamp.press('ArrowLeft'))
    const after = await centre(stamp)
    expect(before.x - after.x).to.be.closeTo(1, 0.2)
    await moving(page, async () => {
      await page.getByLabel('离上边（毫米）').first().fill('150')
      await page.keyboard.press('Tab')
    })
    expect((await centre(stamp)).y).to.be.closeTo(150, 0.5)
    await moving(page, () => page.getByLabel('日期').selectOption('under'))
    await page.locator('.seal-stamp img[src*="date=under"]').waitFor()
    const { x, y } = await centre(stamp)
    await look('moved', '请核对并盖章')
    await signAtWorkbench(page, boss)
    await page.getByText('全部盖好了').waitFor()
    await page.locator('#seal-sheet canvas').waitFor()
    await look('sealed', '已盖章')
    const [rect] = rectsOf(await sealed(page))
    expect(rect?.x).to.be.closeTo(x, 0.5)
    expect(rect?.y).to.be.closeTo(y, 0.5)
    expect(rect?.width).to.be.closeTo(40, 0.1)
    expect(rect?.height, 'the date below the seal').to.be.within(43, 48)
    await leave()
  })

  it('is put across page edges and on words of an OFD on a phone, and the words that are not there are told', async () => {
    const [boss] = await crew(stage, 1)
    const { page, look, leave } = await start('phone', 'phone')
    await enterWorkbench(stage, page, boss)
    await makeSeal(stage, { page, look: async () => undefined }, boss)
    await upload(page, [OFD, PDF])
    await look('ofd', '请核对并盖章')
    // opened by itself, what a document made the drawing say has no power
    const drawing = await page.request.get(`${page.url()}/documents/1/original/pages/1`)
    expect([drawing.status(), drawing.headers()['content-type']]).to.deep.equal([200, 'image/svg+xml; charset=utf-8'])
    expect(drawing.headers()['content-security-policy']).to.equal("sandbox; default-src 'none'; img-src data:")
    for (const path of ['documents/1/original/pages/9', 'documents/2/original/pages/1', 'documents/9/pages', 'picture?seal=another'])
      expect((await page.request.get(`${page.url()}/${path}`)).status(), path).to.be.oneOf([404, 422])
    await page.getByRole('radio', { name: '压在文字上' }).check()
    await page.locator('#place-state', { hasText: '请填写' }).waitFor()
    const refused = page.waitForResponse(answer => answer.url().endsWith('/places'))
    await page.getByLabel('压在这些字上').fill('没有的字')
    await page.keyboard.press('Tab')
    expect((await refused).status()).to.equal(422)
    await page.locator('#place-state', { hasText: '找不到' }).waitFor()
    await signAtWorkbench(page, boss)
    await page.locator('#shield-status', { hasText: '找不到盖章的位置' }).waitFor()
    await moving(page, async () => {
      await page.getByLabel('压在这些字上').fill('投标人（盖章）')
      await page.keyboard.press('Tab')
    })
    expect(await page.locator('#shield-status').innerText(), 'what was said of the words before').to.not.include('找不到')
    const { x, y } = await centre(stamps(page).first())

    await page.getByLabel('文件', { exact: false }).first().selectOption('2')
    await shown(page)
    await moving(page, () => page.getByRole('radio', { name: '骑缝章' }).check())
    await page.getByRole('button', { name: '下一页' }).click()
    expect(await page.locator('#place-page').inputValue()).to.equal('2')
    await page.locator('#seal-sheet canvas').waitFor()
    await look('edge', '请核对并盖章', /422/)
    await signAtWorkbench(page, boss)
    await page.getByText('全部盖好了').waitFor()
    await page.locator('#seal-sheet img').first().waitFor()
    await look('sealed', '已盖章')

    const signature =
      unzip(await sealed(page, 0))
        .get('Doc_0/Signs/Sign_0/Signature.xml')
        ?.toString() ?? ''
    const [left = 0, top = 0, width = 0, height = 0] = /Boundary="([^"]*)"/.exec(signature)?.[1]?.split(' ').map(Number) ?? []
    expect(left + width / 2).to.be.closeTo(x, 0.5)
    expect(top + height / 2).to.be.closeTo(y, 0.5)
    const strips = rectsOf(await sealed(page, 1))
    expect(strips.map(({ width: strip }) => Math.round(strip * 10))).to.deep.equal([133, 133, 133])
    await leave()
  })

  it('is told of the document it was moved on, and another document that comes late is not shown in its place', async () => {
    const [boss] = await crew(stage, 3)
    const { page, leave } = await start('switched', 'desktop')
    await enterWorkbench(stage, page, boss)
    await makeSeal(stage, { page, look: async () => undefined }, boss)
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    await page.route(/documents\/1\/original$/, async route => {
      await released
      await route.continue()
    })
    await goToWorkbench(stage, page, '/seals/tasks/new')
    await page.getByLabel('要盖章的文件').setInputFiles([PDF, LANDSCAPE])
    const asked = page.waitForRequest(/documents\/1\/original$/)
    await press(page, '下一步')
    await asked
    const documents = page.getByLabel('文件', { exact: false }).first()
    await documents.selectOption('2')
    await page.locator('#seal-sheet canvas').waitFor()
    const late = page.waitForResponse(/documents\/1\/original$/)
    release()
    await late
    await page.getByRole('button', { name: '下一页' }).click()
    await page.locator('#seal-sheet canvas').waitFor()
    const lies = () =>
      page.locator('#seal-sheet canvas').evaluate(canvas => Number(canvas.getAttribute('width')) > Number(canvas.getAttribute('height')))
    expect(await lies(), 'the page of the document that was chosen').to.equal(true)

    await documents.selectOption('1')
    await shown(page)
    expect(await lies()).to.equal(false)
    const before = await centre(stamps(page).first())
    const told = page.waitForRequest(request => request.url().endsWith('/places'))
    await stamps(page).first().press('Shift+ArrowLeft')
    await documents.selectOption('2')
    expect(new URL((await told).url()).pathname).to.match(/documents\/1\/places$/)
    await shown(page)
    await documents.selectOption('1')
    await shown(page)
    expect((await centre(stamps(page).first())).x).to.be.closeTo(before.x - 10, 0.5)
    await leave()
  })

  it('is a name written by hand instead, with a finger on a phone, which the page shows before it is signed', async () => {
    const [boss] = await crew(stage, 2)
    const { page, look, leave } = await start('hand', 'phone')
    await enterWorkbench(stage, page, boss)
    await makeSeal(stage, { page, look: async () => undefined }, boss)
    const table = page.waitForResponse(/\/assets\/pdf-viewer\/.*UniGB-UCS2-H\.bcmap/)
    await upload(page, [SONG])
    expect((await table).status()).to.equal(200)
    await page.locator('#seal').selectOption('handwritten')
    await signAtWorkbench(page, boss)
    await page.locator('#shield-status', { hasText: '还没有写' }).waitFor()
    const pad = page.locator('#hand-pad')
    await pad.scrollIntoViewIfNeeded()
    const box = await pad.boundingBox()
    if (box === null) throw new Error('no pad')
    const to = (across: number, down: number) => [box.x + box.width * across, box.y + box.height * down] as const
    for (const [[x0, y0], [x1, y1], [x2, y2]] of [
      [to(0.2, 0.2), to(0.5, 0.4), to(0.8, 0.2)],
      [to(0.3, 0.5), to(0.6, 0.6), to(0.4, 0.9)],
    ] as const) {
      await page.mouse.move(x0, y0)
      await page.mouse.down()
      await page.mouse.move(x1, y1, { steps: 4 })
      await page.mouse.move(x2, y2, { steps: 4 })
      await page.mouse.up()
    }
    await page.locator('#hand-state', { hasText: '已写好' }).waitFor()
    await page.locator('.seal-stamp img[src^="data:image/svg+xml"]').waitFor()
    await look('written', '请核对并盖章')
    await signAtWorkbench(page, boss)
    await page.getByText('全部盖好了').waitFor()
    await page.locator('#seal-sheet canvas').waitFor()
    await look('signed', '已盖章')
    const [rect] = rectsOf(await sealed(page))
    expect([rect?.width, rect?.height].map(value => Math.round(value ?? 0))).to.deep.equal([40, 18])
    await leave()
  })
})
