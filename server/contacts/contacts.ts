import { randomInt, timingSafeEqual } from 'node:crypto'
import { days, hours, minutes } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { ContactAddress, ContactChannel } from '../storage/stores-contacts.ts'
import { maskAddress, readAddress } from './address.ts'
import type { Delivery } from './delivery.ts'
import { addressLabel, openContent, sealContent } from './message.ts'
import type { ContactDeps } from './ports.ts'
import { codeWords } from './words.ts'

/** How a person is reached: set, confirmed by a code that goes there, taken away. Owns that only who reads what is sent to an address makes it theirs. */
export interface Contacts {
  /** what the person's own page shows, addresses masked */
  view(membershipId: string): Promise<ContactView>
  /** Sends a code. @throws BrokerError contact_gateway_missing, contact_address_invalid, contact_codes_too_many */
  begin(who: ContactPerson, channel: ContactChannel, typed: string): Promise<void>
  /** @throws BrokerError contact_code_wrong, contact_code_over */
  confirm(who: ContactPerson, channel: ContactChannel, typed: string): Promise<ContactAddress>
  remove(who: ContactPerson, channel: ContactChannel): Promise<void>
}

export interface ContactPerson {
  membershipId: string
  trace: string
}
export interface ContactView {
  sends: boolean
  channels: Record<ContactChannel, { confirmed?: string; waiting?: string }>
  told: { channel: ContactChannel; state: 'waiting' | 'delivered' | 'dead' | 'dropped'; at: string; text: string }[]
}

const CODE_STANDS = minutes(10)
const TRIES = 5
/** so many codes go out for one person in an hour, and to one address in a day, whoever asks */
const FOR_PERSON = 5
const TO_ADDRESS = 10
const SHOWN = 20

export function createContacts(deps: Pick<ContactDeps, 'stores' | 'sealing' | 'gateway' | 'trail' | 'clock'> & { delivery: Delivery }): Contacts {
  const { stores, sealing, gateway, trail, clock, delivery } = deps
  const { contacts, contactMessages: messages } = stores
  const later = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds)
  const digestOf = (id: string, code: string) => sealing.code(code, `contact-code:${id}`)
  const waitingLabel = (membershipId: string, channel: ContactChannel) => `${addressLabel(membershipId, channel)}:waiting`

  async function allow(membershipId: string, address: string): Promise<void> {
    const at = clock.now()
    const fine =
      (await contacts.allow(`person ${membershipId}`, FOR_PERSON, { at, until: later(hours(1)) })) &&
      (await contacts.allow(`address ${sealing.code(address, 'contact-allowance')}`, TO_ADDRESS, { at, until: later(days(1)) }))
    if (!fine) throw new BrokerError('contact_codes_too_many', 'too many codes for this person or to this address')
  }

  return {
    async view(membershipId) {
      const [confirmed, waiting, told] = await Promise.all([
        contacts.of(membershipId),
        contacts.waiting(membershipId, clock.now()),
        messages.noticesOf(membershipId, SHOWN),
      ])
      const masked = (rows: readonly { channel: ContactChannel; sealed: string }[], channel: ContactChannel, label: string) => {
        const found = rows.find(row => row.channel === channel)
        return found && maskAddress(channel, sealing.open(found.sealed, label))
      }
      const stateOf = (channel: ContactChannel) => {
        const own = masked(confirmed, channel, addressLabel(membershipId, channel))
        const next = masked(waiting, channel, waitingLabel(membershipId, channel))
        return { ...(own === undefined ? {} : { confirmed: own }), ...(next === undefined ? {} : { waiting: next }) }
      }
      return {
        sends: gateway !== undefined,
        channels: { sms: stateOf('sms'), email: stateOf('email') },
        told: told.map(message => ({
          channel: message.channel,
          state: message.state,
          at: message.createdAt,
          text: openContent(sealing, message).text,
        })),
      }
    },

    async begin({ membershipId, trace }, channel, typed) {
      if (gateway === undefined) throw new BrokerError('contact_gateway_missing', 'no notice gateway is configured')
      const to = readAddress(channel, typed)
      await allow(membershipId, to)
      const [id, code, expiresAt] = [`msg_${newId()}`, String(randomInt(1_000_000)).padStart(6, '0'), later(CODE_STANDS).toISOString()]
      const sealed = sealing.seal(to, waitingLabel(membershipId, channel))
      await contacts.begin({ id, membershipId, channel, sealed, digest: digestOf(id, code), expiresAt })
      const at = clock.now()
      const message = {
        ...{ id, membershipId, channel, kind: 'code' as const, about: id, state: 'waiting' as const, attempts: 0, trace },
        sealed: sealContent(sealing, id, { ...codeWords(channel, code), to }),
        ...{ createdAt: at.toISOString(), touchedAt: at.toISOString(), usefulUntil: expiresAt, expiresAt: later(days(1)).toISOString() },
      }
      await messages.insert(message, at)
      await trail.append({ code: 'contact.code-sent', trace, facts: { membership: membershipId, channel } })
      await delivery.send(id)
    },

    async confirm({ membershipId, trace }, channel, typed) {
      const over = () => new BrokerError('contact_code_over', 'no code that may still be tried')
      const code = await contacts.tried(membershipId, channel, TRIES, clock.now())
      if (code === undefined) throw over()
      const [given, right] = [Buffer.from(digestOf(code.id, typed.normalize('NFKC').replaceAll(/\s/g, ''))), Buffer.from(code.digest)]
      if (given.length !== right.length || !timingSafeEqual(given, right))
        throw new BrokerError('contact_code_wrong', `try ${code.tries} of ${TRIES}`)
      const to = sealing.open(code.sealed, waitingLabel(membershipId, channel))
      const sealed = sealing.seal(to, addressLabel(membershipId, channel))
      const address = { membershipId, channel, sealed, confirmedAt: clock.now().toISOString() }
      if (!(await contacts.confirm(code.id, address))) throw over()
      await trail.append({ code: 'contact.confirmed', trace, facts: { membership: membershipId, channel } })
      return address
    },

    async remove({ membershipId, trace }, channel) {
      if (await contacts.remove(membershipId, channel))
        await trail.append({ code: 'contact.removed', trace, facts: { membership: membershipId, channel } })
    },
  }
}
