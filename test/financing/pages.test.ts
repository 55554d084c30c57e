import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { FinancingVisit } from '../../server/financing/pages/ports.ts'
import { createFinancingPages } from '../../server/financing/pages/routes.ts'
import type { Visits } from '../../server/http/visits.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import { testApp } from '../http/app.ts'
import { financingDesk } from '../suites/financing-desk.ts'
import { openTestStores } from '../suites/memory-stores.ts'

describe('the form that applies for financing', function () {
  this.timeout(60_000)

  it('asks for another signature under another id, where applying failed after its consents were given', async () => {
    const clock = fixedClock('2026-06-01T08:00:00.000Z')
    const stores = await openTestStores({ clock })
    const desk = financingDesk(stores, clock)
    const by = desk.company()
    const deal = await desk.report(by)
    const visit: FinancingVisit = { ...by, frame: ({ body }) => String(body) }
    const handler: Visits<FinancingVisit>['page'] = work => (req, res, next) => void work(visit, req, res).catch(next)
    const visits: Visits<FinancingVisit> = { page: handler, act: handler }
    let isAway = true
    const pages = createFinancingPages({
      ...{ deals: desk.deals, consents: desk.consents, visits, clock, agentUrl: 'ws://127.0.0.1:7130' },
      applications: {
        ...desk.applications,
        apply: async (...asked) => {
          if (isAway) throw new BrokerError('database_unavailable', 'away for a moment')
          return await desk.applications.apply(...asked)
        },
      },
      bankName: id => ({ zh: id, en: id }),
      centerName: async id => id,
      told: async res => {
        res.status(503)
        return { words: { zh: '稍后再试', en: 'Try again' } }
      },
    })
    const server = testApp(app => app.use('/', pages)).listen(0)
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const form = { id: newId(), kind: 'deal-loan', of: deal.id, banks: 'ccb', amount: '500000', days: '180', until: '2026-06-30' }
      const fieldsIn = (page: string) =>
        Object.fromEntries([...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]))
      const send = async (fields: Record<string, string>) =>
        await fetch(`${url}/apply`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ ...fields, signature: 'cms' }) })
      const first = fieldsIn(await (await fetch(`${url}/sign?${new URLSearchParams(form)}`)).text())
      expect(first['id']).to.equal(form.id)
      const failed = await send(first)
      expect(failed.status).to.equal(503)
      const second = fieldsIn(await failed.text())
      expect(second).to.include({ of: deal.id, banks: 'ccb' })
      expect(second['id'])
        .to.match(/^[\w-]{20,30}$/)
        .and.not.to.equal(form.id)
      isAway = false
      clock.advance(1000)
      const done = await send(second)
      expect([done.status, done.headers.get('location')]).to.deep.equal([303, `/workbench/financing/${second['id']}`])
    } finally {
      server.close()
      await stores.close()
    }
  })
})
