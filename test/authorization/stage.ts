import type { AuditEvent } from '../../server/audit/events.ts'
import { createAuthorization } from '../../server/authorization/authorization.ts'
import { type DraftInput, readDraft } from '../../server/authorization/draft.ts'
import type { MandateView } from '../../server/authorization/mandates.ts'
import type { Signatures } from '../../server/authorization/ports.ts'
import { openRestrictions } from '../../server/composition/enforcement-service.ts'
import type { Actor } from '../../server/kernel/authority.ts'
import { days, type fixedClock } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { PersonRole } from '../../server/kernel/identity.ts'
import { newId } from '../../server/kernel/ids.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { certificateFacts } from '../../server/pki/certificate.ts'
import { signCms, verifyCms } from '../../server/pki/cms.ts'
import { sm3 } from '../../server/pki/sm2.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { makeRoot, makeUnder, type Party } from '../pki/hierarchy.ts'
import { newUscc } from '../suites/storage.ts'

/**
 * Companies and people with real shields (SM2 keys and certificates of a test CA), logged in by the way that logins go, and the room on real stores. Only whether a certificate is trusted is played here: the CA
 * of this file is, any other is not.
 */
export interface Somebody {
  membershipId: string
  personId: string
  name: string
  idNumber: string
  uscc: string
  actor: Actor
  sign(text: string): string
  /** the shield: its certificate and key */
  party: Party
}

const root = makeRoot('Authorization Test Root')
const stranger = makeRoot('Somebody Else’s Root')

/** An identity number with a right check character. */
export function newIdNumber(): string {
  const body = `9900001980010${String(Math.floor(performance.now() * 1000) % 10_000).padStart(4, '0')}`
  counter += 1
  const seventeen = `99${String(1_000_000 + counter)}${body.slice(9)}`.slice(0, 17)
  const sum = [...seventeen].reduce((total, digit, i) => total + Number(digit) * (2 ** (17 - i) % 11), 0)
  return seventeen + ('10X98765432'[sum % 11] ?? '')
}
let counter = 0

export type Stage = ReturnType<typeof createStage>

export function createStage(stores: Stores, clock: ReturnType<typeof fixedClock>) {
  const events: AuditEvent[] = []
  const changes: { view: MandateView; event: string }[] = []
  const signatures: Signatures = {
    async verify({ text, cms }) {
      const signed = verifyCms({ cms })
      if (signed.content.toString('utf8') !== text) throw new BrokerError('challenge_mismatch', 'other words')
      if (signed.signer.issuer.key !== root.certificate.subject.key) throw new BrokerError('certificate_untrusted', 'not of the test CA')
      return { certificate: certificateFacts(signed.signer), uscc: usccs.get(signed.signer.thumbprint) }
    },
    intact({ text, cms }) {
      try {
        const signed = verifyCms({ cms })
        return signed.content.toString('utf8') === text ? signed.signer.thumbprint : undefined
      } catch {
        return undefined
      }
    },
    digest: text => sm3(Buffer.from(text, 'utf8')),
  }
  const usccs = new Map<string, string>()
  const trail = {
    append: async (...more: AuditEvent[]) => {
      events.push(...more)
    },
  }
  const sealing = createSealing(Buffer.alloc(32, 7))
  const room = createAuthorization({
    stores,
    sealing,
    signatures,
    restrictions: openRestrictions(stores, [{ id: 'center-gd', metadata: { region_code: '440100' } }]),
    trail,
    clock,
    changed: (view, event) => changes.push({ view, event }),
  })

  /** Logs somebody in with a shield of their own; a `person` from before keeps who they are. */
  async function person(
    company: { uscc: ReturnType<typeof newUscc>; name: string },
    role: PersonRole,
    known: { name?: string; idNumber?: string; bank?: string; by?: 'mandate'; trusted?: boolean } = {},
  ): Promise<Somebody> {
    const name = known.name ?? `示例${newId().slice(0, 6)}`
    const idNumber = known.idNumber ?? newIdNumber()
    const party: Party = makeUnder(known.trusted === false ? stranger : root, `${name} ${newId().slice(0, 4)}`)
    usccs.set(party.certificate.thumbprint, company.uscc)
    const { membership } = await stores.parties.recognise(
      {
        bank: known.bank ?? 'abc',
        subject: `${idNumber}`,
        person: { name, idDigest: signatures.digest(idNumber) },
        seats: [{ uscc: company.uscc, name: company.name, role, ...(known.by === undefined ? {} : { by: known.by }) }],
        assurance: 'shield',
        methods: ['hwk', 'pin'],
        authenticatedAt: clock.now().toISOString(),
        certificate: certificateFacts(party.certificate),
      },
      company.uscc,
    )
    return {
      membershipId: membership.id,
      personId: membership.person.id,
      name,
      idNumber,
      uscc: company.uscc,
      actor: { membershipId: membership.id, assurance: 'shield' },
      party,
      sign: text => signCms({ content: Buffer.from(text, 'utf8'), detached: false, ...party }).toString('base64'),
    }
  }

  const company = () => ({ uscc: newUscc(), name: `演示企业${newId().slice(0, 5)}(示范)有限公司` })
  const by = ({ membershipId }: Somebody) => ({ membershipId, trace: 'K7QM-3F9T' })
  const inDays = (count: number) => new Date(clock.now().getTime() + days(count)).toISOString()

  const draftOf = (grantee: Somebody, more: Partial<DraftInput> = {}): DraftInput => ({
    grantee: { name: grantee.name, idNumber: grantee.idNumber, phone: '19912340001' },
    acts: ['login', 'seal_use', 'bond_pay'],
    validFrom: inDays(0),
    validUntil: inDays(30),
    ...more,
  })
  const draft = (giver: Somebody, input: unknown) => room.mandates.draft(by(giver), readDraft(input, signatures.digest))

  /** Given, signed by both, in force. */
  async function give(giver: Somebody, grantee: Somebody, more: Partial<DraftInput> = {}): Promise<MandateView> {
    const drafted = await draft(giver, draftOf(grantee, more))
    await room.mandates.offer(by(giver), drafted.row.id, giver.sign(drafted.row.text))
    return await accept(grantee, drafted.row.id)
  }
  async function accept(grantee: Somebody, id: string): Promise<MandateView> {
    const { text } = await room.mandates.acceptance(by(grantee), id)
    return await room.mandates.accept(by(grantee), id, { text, cms: grantee.sign(text) })
  }
  async function change(who: Somebody, id: string, what: 'suspend' | 'resume' | 'revoke'): Promise<MandateView> {
    const { text } = await room.mandates.changing(by(who), id, what)
    return await room.mandates.change(by(who), id, what, { text, cms: who.sign(text) })
  }

  /** the approvals that wait for somebody, as their workbench lists them */
  const inbox = async ({ membershipId }: Somebody) => await room.approvals.ofAsks(await room.asks.inbox(membershipId, 10))

  return { ...room, inbox, stores, clock, events, changes, person, company, by, inDays, draftOf, draft, give, accept, change, signatures }
}

export async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'accepted'
  } catch (thrown) {
    if (thrown instanceof BrokerError) return thrown.code
    throw thrown
  }
}
