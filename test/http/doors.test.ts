import { expect } from 'chai'
import express, { Router } from 'express'
import request from 'supertest'
import { createDoors } from '../../server/http/doors.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { onEachDatabase } from '../flows/sandbox.ts'

const routerWith = (path: string) => Router().get(path, (_req, res) => void res.send('in'))

describe('doors', () => {
  it('let through what was opened, and know each route behind them', async () => {
    const app = express()
    const doors = createDoors(app)
    const inner = Router().use('/deep', routerWith('/room'))
    doors.open('public', '/home', routerWith('/'))
    doors.open('company', '/company', inner)
    doors.demand()
    expect(doors.routes()).to.deep.equal([
      { path: '/', methods: ['GET'], door: 'public' },
      { path: '/room', methods: ['GET'], door: 'company' },
    ])
    await request(app).get('/company/deep/room').expect(200, 'in')
  })

  for (const [sentence, plant] of [
    ['a route of the app itself', (app: express.Express) => app.get('/back', (_req, res) => void res.end())],
    ['a router that was used directly', (app: express.Express) => app.use('/back', routerWith('/back'))],
    ['a router within a router that was used directly', (app: express.Express) => app.use(Router().use(routerWith('/back')))],
  ] as const) {
    it(`fail on ${sentence}`, () => {
      const app = express()
      const doors = createDoors(app)
      doors.open('public', '/', routerWith('/front'))
      plant(app)
      expect(() => doors.demand()).to.throw(BrokerError, '/back')
    })
  }
})

onEachDatabase('the whole house', sandbox => {
  it('has a door before every route, on both ports', () => {
    const { broker, management } = sandbox().app
    const [outside, inside] = [createDoors(broker).routes(), createDoors(management).routes()]
    expect(outside.filter(({ door }) => door === undefined)).to.deep.equal([])
    expect(outside.map(({ path }) => path)).to.include.members(['/login/:id', '/login/:id/shield', '/errors/:code', '/banks/jwks.json'])
    expect(outside.filter(({ door }) => door === 'operator')).to.deep.equal([])
    expect(inside.map(({ path }) => path)).to.include.members(['/metrics', '/audit/verify'])
    expect(new Set(inside.map(({ door }) => door))).to.deep.equal(new Set(['operator']))
  })
})
