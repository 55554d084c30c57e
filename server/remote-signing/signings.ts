import type { Trail } from '../audit/events.ts'
import { type Clock, minutes } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { sm3 } from '../pki/sm2.ts'
import type { Stores } from '../storage/stores.ts'
import type { Ask, PhoneAsks } from '../storage/stores-authorization.ts'
import type { RemoteKey, RemoteRequest, RemoteSigning } from '../storage/stores-remote-signing.ts'
import type { RemoteKeys } from './keys.ts'
import { activationText, listText } from './list-text.ts'
import type { AppSignatures, Signer, Terms } from './ports.ts'
import type { RemoteRequests } from './requests.ts'
import type { SignDocuments } from './sign-documents.ts'

/**
 * One use of a person's key: a list is put before them, approved on a second screen or with a code, and signed. Owns that an approval is for exactly these words, once, in time, by this person; and the order: person
 * check, approval, PIN, and only then the key. The documents' own bytes are sign-documents.ts's.
 */
export interface RemoteSignings {
  /** The list for a request. @throws BrokerError remote_check_needed, remote_key_needed, remote_key_locked, remote_request_over */
  begin(by: Signer, request: RemoteRequest): Promise<RemoteSigning>
  /** The words of an activation. @throws BrokerError remote_check_needed, remote_key_needed */
  beginActivation(by: Signer, keyId: string): Promise<RemoteSigning>
  /** One of this person's. @throws BrokerError remote_approval_over */
  of(by: Signer, id: string): Promise<RemoteSigning>
  isOver(signing: RemoteSigning): boolean
  /** What the phone signed, judged: for whoever takes the answers of a phone. @throws BrokerError ask_wrong_person, remote_approval_over, signature_invalid, challenge_mismatch, certificate_* */
  prove(ask: Ask, cms: string): Promise<{ by: string[]; answer: Record<string, string> }>
  /**
   * Spends the approval. @returns the signing, with its record where documents were signed
   * @throws BrokerError remote_check_needed, remote_approval_missing, remote_approval_over, remote_factor_wrong, remote_key_locked, remote_request_over
   */
  complete(by: Signer, id: string, given: { pin: string; code: string }): Promise<RemoteSigning>
}

export interface SigningDeps {
  stores: Pick<Stores, 'remoteSignings' | 'evidence' | 'mandates' | 'parties'>
  keys: RemoteKeys
  requests: RemoteRequests
  signDocuments: SignDocuments
  asks: PhoneAsks<'remote-signing'>
  signatures: AppSignatures
  terms: Terms
  trail: Trail
  clock: Clock
}

/** an approval is for now */
const APPROVAL = minutes(10)
const OWN = { id: 'experts', name: '共享盾云签' }

export function createRemoteSignings(deps: SigningDeps): RemoteSignings {
  const { stores, keys, requests, asks, terms, trail, clock } = deps
  const { remoteSignings } = stores

  const isOver = ({ state, expiresAt }: RemoteSigning): boolean => state !== 'waiting' || clock.now().getTime() >= Date.parse(expiresAt)
  const over = (facts: string) => new BrokerError('remote_approval_over', facts)

  async function put(by: Signer, key: RemoteKey, request: RemoteRequest | undefined): Promise<RemoteSigning> {
    const [id, now] = [newId(), clock.now()]
    const bare = { id, createdAt: now.toISOString(), expiresAt: new Date(now.getTime() + APPROVAL).toISOString() }
    const text = wordsOf(bare, key, request)
    const ask = key.factor === 'phone' ? await asks.open(question(by, { ...bare, text }, request)) : undefined
    const signing: RemoteSigning = {
      ...bare,
      version: 1,
      state: 'waiting',
      purpose: request === undefined ? 'activate' : 'sign',
      personId: by.personId,
      membershipId: by.membershipId,
      keyId: key.id,
      ...(request === undefined ? {} : { requestId: request.id }),
      text,
      factor: key.factor,
      ...(ask === undefined ? {} : { ask: ask.id }),
      trace: by.trace,
    }
    await remoteSignings.insert(signing)
    await trail.append({
      code: 'remote.listed',
      trace: by.trace,
      facts: { signing: id, request: request?.id ?? '', key: key.id, factor: key.factor, list: sm3(Buffer.from(text)) },
    })
    return signing
  }

  async function of(by: Signer, id: string): Promise<RemoteSigning> {
    const found = /^[\w-]{20,40}$/.test(id) ? await remoteSignings.find(id) : undefined
    if (found === undefined || found.personId !== by.personId) throw over('no such list of this person')
    return found
  }

  /** The phone's yes to exactly these words: looked at before the PIN is, spent after it. */
  async function demandApproved({ id, ask, text, factor }: RemoteSigning): Promise<void> {
    if (factor !== 'phone') return
    const { ask: asked, state } = await asks.status(ask ?? '')
    if (asked.subject !== id || asked.text !== text) throw over('the phone was asked something else')
    if (state === 'approved') return
    if (state === 'waiting' || state === 'opened') throw new BrokerError('remote_approval_missing', `the phone’s answer is ${state}`)
    throw state === 'refused' ? new BrokerError(asked.failure ?? 'ask_refused', 'the phone said no') : over(`the phone’s answer is ${state}`)
  }

  return {
    of,
    isOver,
    async begin(by, request) {
      requests.demandOpen(request)
      keys.demandCheck(by, terms.reviewCheck)
      const current = await keys.of(by.personId)
      if (current === undefined) throw new BrokerError('remote_key_needed', 'the person has no key')
      return await put(by, await keys.demand(by, current.id, 'active'), request)
    },
    async beginActivation(by, keyId) {
      keys.demandCheck(by, terms.activationCheck)
      return await put(by, await keys.demand(by, keyId, 'made'), undefined)
    },

    async prove(ask, cms) {
      const signing = await remoteSignings.find(ask.subject)
      if (signing === undefined || isOver(signing) || signing.ask !== ask.id || signing.text !== ask.text)
        throw over('the list is not waiting for this answer')
      const { certificate, identity } = await deps.signatures.verify({ text: signing.text, cms })
      const { thumbprint } = certificate
      if ((await personOf(thumbprint, identity)) !== signing.personId)
        throw new BrokerError('ask_wrong_person', 'the app that signed is not one of the person asked', { received: thumbprint.slice(0, 16) })
      const id = newId()
      await stores.evidence.insert({
        id,
        kind: 'remote-signing',
        text: signing.text,
        cms,
        thumbprint,
        membershipId: signing.membershipId,
        at: clock.now().toISOString(),
        trace: signing.trace,
        ...(ask.center.id === OWN.id ? {} : { clientId: ask.center.id }),
      })
      await trail.append({ code: 'remote.approved', trace: signing.trace, facts: { signing: signing.id, ask: ask.id, evidence: id, thumbprint } })
      return { by: [signing.membershipId], answer: { evidence: id, thumbprint } }
    },

    async complete(by, id, given) {
      const signing = await of(by, id)
      if (isOver(signing)) throw over(`the list is ${signing.state}, until ${signing.expiresAt}`)
      keys.demandCheck(by, signing.purpose === 'activate' ? terms.activationCheck : terms.reviewCheck)
      const key = await keys.demand(by, signing.keyId, signing.purpose === 'activate' ? 'made' : 'active')
      const request = signing.requestId === undefined ? undefined : await requests.of(by.personId, signing.requestId)
      if (request !== undefined) requests.demandOpen(request)
      if (wordsOf(signing, key, request) !== signing.text) throw over('what would be signed is not what was shown')
      await demandApproved(signing)
      const unlocked = await keys.unlock(key, given, by.trace)
      const answer = signing.ask === undefined ? undefined : (await asks.settle(signing.ask)).answer
      const used = await remoteSignings.save({ ...signing, state: 'used' })
      if (used === undefined) throw over('the approval was spent a moment ago')
      if (request === undefined) {
        await keys.activate(key, by)
        return used
      }
      return await deps.signDocuments({ by, signing: used, key, request, unlocked, answer })
    },
  }

  function question(by: Signer, signing: Pick<RemoteSigning, 'id' | 'text' | 'expiresAt'>, request: RemoteRequest | undefined) {
    const what = request === undefined ? '启用云签密钥 Activate a remote key' : `云签 ${request.documents.length} 个文件 Sign documents`
    return {
      kind: 'remote-signing' as const,
      center: request?.center ?? OWN,
      from: by.from,
      membershipId: by.membershipId,
      rows: [
        { name: { zh: '办什么', en: 'What for' }, value: what },
        ...(request === undefined ? [] : [{ name: { zh: '事项', en: 'Matter' }, value: request.title }]),
        ...(request?.documents ?? []).map(({ n, name, digest }) => ({
          name: { zh: `文件 ${n}`, en: `Document ${n}` },
          value: `${name} · SM3 ${digest}`,
        })),
      ],
      text: signing.text,
      subject: signing.id,
      expiresAt: signing.expiresAt,
      trace: by.trace,
    }
  }

  function wordsOf(signing: Pick<RemoteSigning, 'id' | 'createdAt'>, key: RemoteKey, request: RemoteRequest | undefined): string {
    const words = { signing: signing.id, person: key.personName, key, at: signing.createdAt }
    return request === undefined ? activationText(words) : listText({ ...words, request })
  }

  /** By the certificate, where we have seen it; else by the bank's own name for its customer, where the certificate alone says that: the app on a new phone. */
  async function personOf(thumbprint: string, identity: { bank: string; subject: string } | undefined): Promise<string | undefined> {
    const known = await stores.mandates.holderOf(thumbprint)
    if (known !== undefined || identity === undefined) return known?.personId
    const [membership] = await stores.parties.membershipsOf(identity.bank, identity.subject)
    return membership === undefined ? undefined : (await stores.parties.membership(membership))?.person.id
  }
}
