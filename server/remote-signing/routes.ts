import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendAttachment, sendPage } from '../http/answers.ts'
import { formBody, readForm, readQuery } from '../http/forms.ts'
import type { OwnLogin } from '../http/own-login.ts'
import { offerOnFailure } from '../http/respond.ts'
import { tellRefusal } from '../http/tell-refusal.ts'
import { type Clock, secondsUntil } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import type { PhoneAsks } from '../storage/stores-authorization.ts'
import type { RemoteRequestStore, RemoteSigningStore } from '../storage/stores-remote-signing.ts'
import type { Words } from '../web/words.ts'
import { type EvidenceOf, evidenceFile } from './evidence.ts'
import type { RemoteKeys } from './keys.ts'
import { requestPath, signingPath } from './pages/frame.ts'
import { homePage } from './pages/home.ts'
import { enrolPage, newKeyPage } from './pages/key.ts'
import { requestPage } from './pages/request.ts'
import { signingPage } from './pages/signing.ts'
import type { Signer, Terms } from './ports.ts'
import type { RemoteRequests } from './requests.ts'
import type { RemoteSignings } from './signings.ts'
import { base32, enrolmentAddress } from './totp.ts'
import { type ExpertVisits, HOME, type VisitDeps } from './visits.ts'

/** The experts' pages at /experts, behind the same-site guard: the key, what waits, the list and its approval. Owns what is shown; who may do what is decided in keys.ts and signings.ts. */
export interface PageDeps {
  keys: RemoteKeys
  requests: RemoteRequests
  signings: RemoteSignings
  evidence: EvidenceOf
  stores: { remoteRequests: Pick<RemoteRequestStore, 'waiting'>; remoteSignings: Pick<RemoteSigningStore, 'ofPerson'> }
  asks: Pick<PhoneAsks<'remote-signing'>, 'status'>
  visits: ExpertVisits
  login: OwnLogin
  trail: VisitDeps['trail']
  terms: Terms
  publicUrl: string
  clock: Clock
}

const SHOWN = 50
const pinForm = z.looseObject({ pin: z.string().min(1).max(200), again: z.string().min(1).max(200) })
const factorForm = z.looseObject({ pin: z.string().min(1).max(200), code: z.string().trim().max(10).default('') })
const DONE: Partial<Record<string, Words>> = {
  activated: { zh: '云签已启用。', en: 'Remote signing is active.' },
  revoked: { zh: '云签密钥已停用，证书已吊销。', en: 'The key was taken back and its certificate revoked.' },
  declined: { zh: '您已拒签，对方会看到。', en: 'You declined; the center will see that.' },
}

export function expertRoutes(deps: PageDeps): Router {
  const { keys, requests, signings, visits, login, terms, clock } = deps
  const { page, act } = visits
  const router = Router()
  const body = formBody(4 * 1024)

  router.get('/in', async (req, res) => {
    offerOnFailure(res, { restart: { href: HOME, label: { zh: '重新进入专家云签', en: 'Enter again' } } })
    const back = login.returned(req, res)
    await visits.entered(req, res)
    seeOther(res, back)
  })
  router.get('/check', (req, res) => {
    const { back } = readQuery(req, z.object({ back: z.string().max(500).default(HOME) }))
    login.send(req, res, { back, acr: 'shield-person' })
  })

  router.get(
    '/',
    page(async (by, req, res) => {
      const { done = '' } = readQuery(req, z.object({ done: z.string().max(20).optional() }))
      const [key, waiting, signed] = await Promise.all([
        keys.of(by.personId),
        deps.stores.remoteRequests.waiting(by.personId, clock.now(), SHOWN),
        deps.stores.remoteSignings.ofPerson(by.personId, SHOWN),
      ])
      const state = key === undefined ? undefined : keys.stateOf(key)
      sendPage(res, homePage(by, { key, state, waiting, signed, done: Object.hasOwn(DONE, done) ? DONE[done] : undefined }))
    }),
  )

  router.get(
    '/key/new',
    page(async (by, _req, res) => sendPage(res, newKeyPage(by, { checked: isChecked(by, terms.activationCheck) }))),
  )
  router.post(
    '/key',
    body,
    act(async (by, req, res) => {
      try {
        const { pin, again } = readForm(req, pinForm)
        if (pin !== again) throw new BrokerError('remote_pin_differs', 'the two PINs differ')
        const { key, totp } = await keys.make(by, pin)
        const { id } = await signings.beginActivation(by, key.id)
        if (totp === undefined) return seeOther(res, signingPath(id))
        const address = enrolmentAddress(totp, { issuer: '共享盾云签', account: by.personName })
        sendPage(res, enrolPage(by, { address, secret: base32(totp), next: signingPath(id) }))
      } catch (thrown) {
        const { words: problem } = await tellRefusal(deps, res, thrown)
        sendPage(res, newKeyPage(by, { checked: isChecked(by, terms.activationCheck), problem }))
      }
    }),
  )
  router.post(
    '/key/revoke',
    body,
    act(async (by, _req, res) => {
      await keys.revoke(by, 'cessationOfOperation')
      seeOther(res, `${HOME}?done=revoked`)
    }),
  )

  async function showRequest(by: Signer, id: string, res: Response, problem?: Words): Promise<void> {
    const [request, key] = await Promise.all([requests.of(by.personId, id), keys.of(by.personId)])
    const usable = key !== undefined && keys.stateOf(key) === 'active'
    const missing = usable ? (isChecked(by, terms.reviewCheck) ? undefined : ('check' as const)) : ('key' as const)
    sendPage(res, requestPage(by, { request, state: requests.stateOf(request), missing, problem }))
  }
  router.get(
    '/requests/:id',
    page((by, req, res) => showRequest(by, textOf(req, 'id'), res)),
  )
  router.get(
    '/requests/:id/documents/:n',
    page(async (by, req, res) => {
      const { which } = readQuery(req, z.object({ which: z.enum(['original', 'signed']).default('original') }))
      const request = await requests.of(by.personId, textOf(req, 'id'))
      const document = request.documents.find(({ n }) => String(n) === textOf(req, 'n'))
      if (document === undefined) throw new BrokerError('remote_request_unknown', 'no such document of this request')
      sendAttachment(res, { type: 'application/octet-stream', name: fileName(document, which), bytes: await requests.bytes(document, which) })
    }),
  )
  router.post(
    '/requests/:id/begin',
    body,
    act(async (by, req, res) => {
      const id = textOf(req, 'id')
      try {
        const signing = await signings.begin(by, await requests.of(by.personId, id))
        seeOther(res, signingPath(signing.id))
      } catch (thrown) {
        await showRequest(by, id, res, (await tellRefusal(deps, res, thrown)).words)
      }
    }),
  )
  router.post(
    '/requests/:id/decline',
    body,
    act(async (by, req, res) => {
      await requests.end(await requests.of(by.personId, textOf(req, 'id')), 'declined', by.trace)
      seeOther(res, `${HOME}?done=declined`)
    }),
  )

  async function showSigning(by: Signer, id: string, res: Response, problem?: Words): Promise<void> {
    const signing = await signings.of(by, id)
    const [triesLeft, asked] = await Promise.all([
      keys.triesLeft(signing.keyId),
      signing.ask === undefined ? undefined : deps.asks.status(signing.ask),
    ])
    const why = asked?.state === 'refused' ? failures[asked.ask.failure ?? 'ask_refused'] : undefined
    const ask = asked && { ...asked, address: `${deps.publicUrl}/phone/${asked.ask.id}`, why: why && { zh: why.zh, en: why.en } }
    const seconds = secondsUntil(signing.expiresAt, clock)
    sendPage(res, signingPage(by, { signing, ask, seconds, problem, triesLeft }))
  }
  router.get(
    '/signings/:id',
    page(async (by, req, res) => {
      const signing = await signings.of(by, textOf(req, 'id'))
      if (signing.state !== 'waiting') return seeOther(res, signing.requestId === undefined ? HOME : requestPath(signing.requestId))
      await showSigning(by, signing.id, res)
    }),
  )
  router.post(
    '/signings/:id',
    body,
    act(async (by, req, res) => {
      const id = textOf(req, 'id')
      try {
        const { requestId } = await signings.complete(by, id, readForm(req, factorForm))
        seeOther(res, requestId === undefined ? `${HOME}?done=activated` : requestPath(requestId))
      } catch (thrown) {
        await showSigning(by, id, res, (await tellRefusal(deps, res, thrown)).words)
      }
    }),
  )
  router.get(
    '/signings/:id/evidence.json',
    page(async (by, req, res) => {
      const signing = await signings.of(by, textOf(req, 'id'))
      sendAttachment(res, evidenceFile(await deps.evidence(signing)))
    }),
  )
  return router

  function isChecked(by: Signer, within: number): boolean {
    try {
      keys.demandCheck(by, within)
      return true
    } catch {
      return false
    }
  }
}

/** What is signed beside a file has the ending of a signature. */
export function fileName({ name, format }: { name: string; format: string }, which: 'original' | 'signed'): string {
  if (which === 'original') return name
  if (format === 'cms') return `${name}.p7s`
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? `${name}-已签名` : `${name.slice(0, dot)}-已签名${name.slice(dot)}`
}

const textOf = ({ params }: Request, name: 'id' | 'n'): string => {
  const found = params[name]
  return typeof found === 'string' ? found : ''
}
