import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { verifyDetached } from '../../server/seals/cms/detached.ts'
import { judge } from '../seals/cms/stage.ts'
import { makeDocument } from '../seals/pdf/builder.ts'
import { makeSeal } from './seal-steps.ts'
import { type Stage, useStage } from './stage.ts'
import { useBrowser } from './support.ts'
import { visit } from './visit.ts'
import { crew, enterWorkbench, signAtWorkbench } from './workbench-steps.ts'

/** A file that its center keeps: held against the person's own copy in their browser, and signed beside it. */
describe('a file that the center keeps, in a browser', function () {
  this.timeout(300_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(opened => {
    stage = opened
  })

  async function openTask(body: object): Promise<Record<string, string>> {
    const center = centerProgram(stage.sandbox.plan, '/api/seals', ['seals.tasks'])
    return (await center.send('POST', '/tasks', body, { 'idempotency-key': 'key-of-the-file-01' })).body as Record<string, string>
  }

  it('is held against one’s own copy: another file stops the sealing, the same is signed, and what stands beside it verifies', async () => {
    const [boss] = await crew(stage, 0)
    const { plan, bank } = stage.sandbox
    const shield = bank.shields('abc').find(({ serial }) => serial === boss.serial)
    if (shield === undefined) throw new Error('the bank does not know the shield')
    await logIn({ plan, bank, browser: new HttpBrowser(() => Date.now()) }, { bank: 'abc', shield })
    const { page, look, leave } = await visit(browser(), stage.houses, { name: 'seal-files', also: 'phone', patience: 20_000 })
    await enterWorkbench(stage, page, boss)
    await makeSeal(stage, { page, look: async () => undefined }, boss)

    const file = Buffer.from('三维模型的一行\n'.repeat(150_000))
    const other = Buffer.from(file)
    other[file.length >> 1] = (other[file.length >> 1] ?? 0) ^ 1
    const hashed = (algorithm: string) => createHash(algorithm).update(file).digest('hex')
    const task = await openTask({
      company: boss.company.uscc,
      title: '三维模型签章',
      documents: [
        { name: '白云机场三号航站楼.ifc', digests: { size: file.length, sm3: hashed('sm3'), sha256: hashed('sha256') } },
        { name: '投标函.pdf', content: makeDocument({ page: '/MediaBox [0 0 595 842]' }).toString('base64') },
      ],
    })
    expect(task['sign_url'], JSON.stringify(task)).to.be.a('string')
    await page.goto(task['sign_url'] ?? '')
    const choose = (name: string, buffer: Buffer) =>
      page.getByLabel('选我电脑上的文件').setInputFiles([{ name, mimeType: 'application/octet-stream', buffer }])

    await choose('白云机场三号航站楼.ifc', file.subarray(1))
    await page.locator('#file-check-state').getByText('字节').waitFor()
    await choose('别的文件.bin', Buffer.from('elsewhere'))
    await page.locator('#file-check-state').getByText('清单里没有').waitFor()
    await choose('白云机场三号航站楼.ifc', other)
    await page.locator('#file-check-state').getByText('内容不同').waitFor()
    await look('other', '请核对并盖章')
    await signAtWorkbench(page, boss)
    await page.locator('#shield-status').getByText('内容不同').waitFor()
    expect(await page.locator('[data-document="1"]').getAttribute('data-state'), 'nothing was sealed').to.equal('waiting')

    await choose('改了名字的同一个文件.ifc', file)
    await page.getByText('与我的文件一致').waitFor()
    expect(await page.getByText('与我的文件不一致').isVisible()).to.equal(false)
    expect(await page.locator('#shield-status').innerText(), 'what was said of the other file').not.to.include('内容不同')
    await look('same', '请核对并盖章')
    await signAtWorkbench(page, boss)
    await page.getByText('全部盖好了').waitFor()
    await look('sealed', '已盖章')

    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: '下载签名文件' }).click()
    const got = await download
    expect(got.suggestedFilename()).to.equal('白云机场三号航站楼.ifc.p7s')
    const cms = await readFile(await got.path())
    const intact = async (content: Buffer) => (await verifyDetached({ cms: () => cms, content: () => content, judge })).seals.map(seal => seal.intact)
    expect([await intact(file), await intact(other)]).to.deep.equal([['yes'], ['no']])
    await leave()
    await anybodyVerifies({ cms, file, other })
  })

  /** Somebody without login, who has the file and what stands beside it. */
  async function anybodyVerifies({ cms, file, other }: Record<'cms' | 'file' | 'other', Buffer>): Promise<void> {
    const { page, look, leave } = await visit(browser(), stage.houses, { name: 'verify-beside', also: 'phone', patience: 20_000 })
    const sent: Buffer[] = []
    page.on('request', request => {
      if (request.method() === 'POST') sent.push(request.postDataBuffer() ?? Buffer.of())
    })
    await page.goto(`${stage.urls.broker}/verify`)
    await look('choose', '验章')
    const verify = async (content: Buffer) => {
      await page.getByLabel('签名（.p7s）').setInputFiles([{ name: '航站楼.ifc.p7s', mimeType: 'application/pkcs7-signature', buffer: cms }])
      await page.getByLabel('它旁边的文件').setInputFiles([{ name: '航站楼.ifc', mimeType: 'application/octet-stream', buffer: content }])
      await page.getByRole('button', { name: '验签名' }).click()
      await page.locator('h1', { hasText: '验章结果' }).waitFor()
      return await page.locator('main').innerText()
    }
    expect(await verify(file))
      .to.include('文件没有改过，印章真实有效')
      .and.to.include('文件本身没有交来')
      .and.to.include(createHash('sm3').update(file).digest('hex'))
    await look('same', '验章结果')
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: '下载报告' }).click()
    const report = JSON.parse(await readFile(await (await download).path(), 'utf8'))
    expect(report).to.deep.include({ format: 'cms', signature: { digest: createHash('sm3').update(cms).digest('hex'), size: cms.length } })
    expect(report.seals).to.have.length(1)

    await page.goBack()
    expect(await verify(other))
      .to.include('请勿采信')
      .and.to.include('签名不是对这个文件做的')
    await look('other', '验章结果')
    // the first lines of the file would be in it, had it been sent
    for (const body of sent)
      expect(body.includes('三维模型的一行') || body.length > cms.length + 4096, 'the file stayed on the computer').to.equal(false)
    expect(sent).to.have.length(2)
    await leave()
  }
})
