import { expect } from 'chai'
import type { Somebody } from '../../authorization/stage.ts'
import type { RoomStage } from './stage.ts'

/** Somebody says where they are reached, and types the code that came there. */
export async function reach(stage: RoomStage, who: Somebody, channel: 'sms' | 'email', address: string): Promise<void> {
  await stage.page(who, `/contact/${channel}/code`, { address })
  const code = /\d{6}/.exec((await stage.messages()).at(-1)?.text ?? '')?.[0] ?? ''
  expect((await stage.page(who, `/contact/${channel}/confirm`, { code })).status).to.equal(303)
}
