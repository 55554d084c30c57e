import { expect } from 'chai'
import express from 'express'
import request from 'supertest'
import { createParameterRoutes } from '../../server/bonds/parameter-routes.ts'
import { createBondParameters } from '../../server/bonds/parameters.ts'
import { requestContext } from '../../server/http/context.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { codeOf } from '../suites/storage.ts'

describe('entering next year’s days off in a running broker', () => {
  const clock = fixedClock('2026-11-29T00:00:00.000Z')
  it('counts from the next question on, and says what is wrong with a file', async function () {
    this.timeout(60_000)
    const stores = await openTestStores({ clock })
    try {
      const parameters = createBondParameters({ store: stores.bondParameters, clock, audit: { append: async () => undefined } })
      const app = express()
        .use(requestContext({ clock, log: silentLog }))
        .use('/bonds', createParameterRoutes(parameters))
      const about = async () => (await parameters.calendar()).about('2027-01-01').kind
      expect(await about().catch(codeOf)).to.equal('calendar_not_covered')
      // a made-up notice: what this year’s says is not known here
      const file = {
        year: 2027,
        source: { title: '示例', number: '示例', issued: '2026-11-01' },
        daysOff: [{ name: '元旦', from: '2027-01-01', to: '2027-01-01' }],
        workdays: [],
      }
      const enter = (text: string) => request(app).post('/bonds/parameters').send({ kind: 'calendar', text, by: '王芳' })
      expect((await enter(JSON.stringify({ ...file, year: 2028 }))).body).to.deep.include({ refused: 'calendar_malformed' })
      expect(await about().catch(codeOf)).to.equal('calendar_not_covered')
      expect((await enter(JSON.stringify(file))).body).to.deep.equal({ key: '2027', revision: 1 })
      expect(await about()).to.equal('holiday')
    } finally {
      await stores.close()
    }
  })
})
