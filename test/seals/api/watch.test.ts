import { expect } from 'chai'
import express from 'express'
import request from 'supertest'
import { requestContext } from '../../../server/http/context.ts'
import { securityHeaders } from '../../../server/http/headers.ts'
import { errorHandler } from '../../../server/http/respond.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import type { Somebody } from '../life/stage.ts'
import { type ApiStage, openApiStage } from './stage.ts'

describe('how far a sealing task is, for the page of its center', function () {
  this.timeout(60_000)
  let stage: ApiStage
  let boss: Somebody
  let sealId: string
  const app = express()
  before(async () => {
    stage = await openApiStage()
    boss = (await stage.crew()).boss
    sealId = (await stage.seal(boss)).row.id
    await stage.seen(boss)
    app.use(requestContext({ clock: stage.clock, log: silentLog }), securityHeaders({ https: true }))
    app.use('/api/seals/watch', stage.room.watch)
    app.use(errorHandler({ publicUrl: 'https://shield.test', page: view => view.code }))
  })
  after(() => stage.close())
  const HERE = 'https://center.example.cn'
  const opened = async () => (await stage.get(`tasks/${await stage.task(boss)}`)).body
  const pathOf = (url: string) => new URL(url).pathname

  it('is told to a page on the center’s own site, from the first look to the last seal', async () => {
    const { id, watch_url: url } = await opened()
    const look = async () => await request(app).get(pathOf(url)).set('Origin', HERE).expect(200)
    const { body, headers } = await look()
    expect(body).to.deep.equal({ task: id, state: 'open', prepared: false, sealed: 0, documents: 1 })
    expect([headers['access-control-allow-origin'], headers['access-control-allow-credentials']]).to.deep.equal([HERE, undefined])
    expect(headers['vary']).to.include('Origin')
    await stage.sealAll(boss, id, sealId)
    expect((await look()).body).to.deep.equal({ task: id, state: 'done', prepared: true, sealed: 1, documents: 1 })
  })

  it('is told to nobody with another secret, of another task, or on another site', async () => {
    const [one, other] = [await opened(), await opened()]
    const path = pathOf(one.watch_url)
    const secret = path.split('/').at(-1) ?? ''
    const changed = (secret.startsWith('A') ? 'B' : 'A') + secret.slice(1)
    for (const wrong of [path.replace(secret, changed), path.replace(secret, 'x'), path.replace(one.id, other.id), path.replace(one.id, 'none')]) {
      const { headers, body } = await request(app).get(wrong).set('Origin', HERE).expect(404)
      expect([body.code, headers['access-control-allow-origin']]).to.deep.equal(['seal_task_unknown', undefined])
    }
    for (const origin of ['https://elsewhere.example', 'https://center.example.cn.elsewhere.example', 'http://center.example.cn', 'null']) {
      const { headers } = await request(app).get(path).set('Origin', origin).expect(404)
      expect(headers['access-control-allow-origin'], origin).to.equal(undefined)
    }
  })

  it('is not for tasks that people began by themselves', async () => {
    const { id } = await opened()
    const task = await stage.stores.sealTasks.find(id)
    if (task === undefined) throw new Error('no task')
    const { watch: _, ...own } = task
    await stage.stores.sealTasks.save(own)
    await request(app).get(`/api/seals/watch/${id}/`).expect(404)
    await request(app).get(`/api/seals/watch/${id}/undefined`).expect(404)
    expect((await stage.get(`tasks/${id}`)).body.watch_url).to.equal(undefined)
  })
})
