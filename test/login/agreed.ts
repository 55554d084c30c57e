import { COMPANIES, type LoginStage } from './stage.ts'

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
