import { COMPANIES, type LoginStage, openLoginStage } from './stage.ts'

/** One stage for the tests of a `describe`, forgotten after each. @param ready is given it before the first of them */
export function useLoginStage(ready: (stage: LoginStage) => void): void {
  let opened: LoginStage | undefined
  before(async () => {
    opened = await openLoginStage()
    ready(opened)
  })
  after(() => opened?.close())
  afterEach(() => opened?.forget())
}

/** What the shield's page posts; the stage's bank takes it for a good signature. */
export const shield = { certificate: 'AAAA', signature: 'BBBB', algorithm: 'SM2' }

/** Somebody who logged in before, and agreed to the center's scopes. */
export async function agreed(stage: LoginStage, more: Parameters<LoginStage['identity']>[0] = {}) {
  const { membership } = await stage.stores.parties.recognise(stage.identity(more), COMPANIES[0]?.uscc ?? stage.identity().seats[0]?.uscc ?? never())
  await stage.stores.consents.grant(membership.id, 'center-a', ['openid', 'enterprise'])
  return membership
}

const never = (): never => {
  throw new Error('no company')
}
