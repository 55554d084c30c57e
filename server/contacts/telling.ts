import { days, hours } from '../kernel/clock.ts'
import { newTraceCode } from '../kernel/ids.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { ContactAddress, ContactChannel } from '../storage/stores-contacts.ts'
import type { Delivery } from './delivery.ts'
import { digestOf, noticeIdOf, sealContent } from './message.ts'
import type { ContactDeps, PersonNotice } from './ports.ts'

/** Tells the people of a company, each by every channel that they confirmed. Owns that nobody is told the same twice; what is told, in which words, is the asking room's. */
export interface PersonTelling {
  /** Resolves when every message is written down and on its way. */
  tell(uscc: Uscc, notice: PersonNotice): Promise<void>
  /** The same for one who has just said where. */
  tellOne(address: ContactAddress, notice: PersonNotice): Promise<void>
}

const PAGE = 200
const SAME = hours(1)
const KEPT = days(30)

export function createPersonTelling(deps: Pick<ContactDeps, 'stores' | 'sealing' | 'gateway' | 'clock'> & { delivery: Delivery }): PersonTelling {
  const { stores, sealing, gateway, clock, delivery } = deps

  async function tellOne({ membershipId, channel }: ContactAddress, notice: PersonNotice): Promise<void> {
    if (gateway === undefined) return
    const now = clock.now()
    const id = noticeIdOf(membershipId, channel, notice.key)
    const message = {
      ...{ id, membershipId, channel, kind: 'notice' as const, state: 'waiting' as const, attempts: 0, trace: newTraceCode() },
      about: digestOf(notice.about),
      sealed: sealContent(sealing, id, contentFor(channel, notice)),
      createdAt: now.toISOString(),
      touchedAt: now.toISOString(),
      usefulUntil: notice.usefulUntil,
      expiresAt: new Date(now.getTime() + KEPT).toISOString(),
    }
    await stores.contactMessages.insert(message, new Date(now.getTime() - SAME))
    if ((await stores.contactMessages.find(id))?.state === 'waiting') await delivery.send(id)
  }

  return {
    tellOne,
    async tell(uscc, notice) {
      if (gateway === undefined) return
      for await (const addresses of pagesOf<ContactAddress>(after => stores.contacts.ofCompany(uscc, PAGE, after), PAGE))
        for (const address of addresses) await tellOne(address, notice)
    },
  }
}

const contentFor = (channel: ContactChannel, { sms, email }: PersonNotice) => (channel === 'sms' ? { text: sms } : email)
