import { expect } from 'chai'
import request from 'supertest'
import { askForStepUp, stepUpChallenge } from '../../server/http/step-up.ts'
import { testApp } from './app.ts'

describe('a step-up challenge (RFC 9470)', () => {
  it('names the proof and the age that would do', () => {
    expect(stepUpChallenge({ acr: 'shield', maxAge: 300 })).to.match(
      /^Bearer error="insufficient_user_authentication", error_description="[^"]+", acr_values="shield", max_age="300"$/,
    )
  })

  it('leaves out what is not wanted', () => {
    expect(stepUpChallenge({ maxAge: 0 })).to.not.contain('acr_values')
    expect(stepUpChallenge({ maxAge: 0 })).to.contain('max_age="0"')
    expect(stepUpChallenge({ acr: 'shield-person' })).to.not.contain('max_age')
  })

  it('goes out as 401 beside the problem details', async () => {
    const app = testApp(routes =>
      routes.get('/', (_req, res) => {
        throw askForStepUp(res, { acr: 'shield' })
      }),
    )
    const answer = await request(app).get('/').expect(401)
    expect(answer.headers['www-authenticate']).to.equal(stepUpChallenge({ acr: 'shield' }))
    expect(JSON.parse(answer.text)).to.include({ code: 'insufficient_user_authentication', who_can_fix: 'center' })
  })
})
