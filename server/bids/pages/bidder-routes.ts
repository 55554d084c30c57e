import { type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage, streamAttachment } from '../../http/answers.ts'
import { formBody, jsonBody, readForm, readQuery } from '../../http/forms.ts'
import { allowOnPage } from '../../http/headers.ts'
import { type Clock, days } from '../../kernel/clock.ts'
import type { Bid, Opening, StoredStep } from '../../storage/stores-bids.ts'
import { facts } from '../../web/components.ts'
import { html } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { holderOfAnswers } from '../envelope/part.ts'
import { LIMITS } from '../limits.ts'
import { certificateOf, partsOf } from '../parts.ts'
import { wordsOfWarning } from '../watch-words.ts'
import { base64 } from './envelope-routes.ts'
import { listPage } from './list.ts'
import { openingPage } from './opening.ts'
import { atOnceOrBehind, type BidPagesDeps, type BidVisit, openingOf, textOf, useFor } from './ports.ts'
import { decryptForm } from './shield-page.ts'
import { BIDS, bidPath, countdown, openingFacts } from './words.ts'

/** A bidder's own pages: the list, one opening, the self-test, decrypting, withdrawing. Everything is the logged-in company's own; of others nothing is ever asked. */
const LIST = 30
const WARNED = 50

/** Read by whoever sends what a shield decrypted: the part as the header has it, and the octets. */
export const answers = z.array(z.strictObject({ part: z.string().max(2000), plain: base64 })).max(8)
export const holderIn = (given: z.output<typeof answers>) =>
  holderOfAnswers(new Map(given.map(({ part, plain }) => [part, Buffer.from(plain, 'base64')])))
const testForm = z.strictObject({
  ok: z.boolean(),
  /** which of the parts the shield opened */
  part: z.string().max(2000).optional(),
  code: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .optional(),
})
const signedForm = z.strictObject({ text: z.string().max(4000), cms: z.string().max(40_000) })
const goneForm = z.object({ thumbprint: z.string().regex(/^[0-9a-f]{64}$/), how: z.enum(['lost', 'replaced']) })
const answerForm = z.strictObject({ answers })

export function bidderRoutes(deps: BidPagesDeps): Router {
  const { openings, store, watch, clock, agentUrl } = deps
  const { page, act } = deps.visits
  const router = Router()
  const json = jsonBody(LIMITS.body)

  router.get(
    '/',
    page(async (visit, req, res) => {
      const { at, id } = readQuery(req, z.object({ at: z.iso.datetime().optional(), id: z.string().max(100).optional() }))
      const now = clock.now()
      const after = at === undefined || id === undefined ? undefined : { opensAt: at, id }
      const [mine, soon] = await Promise.all([
        store.ofCompany(visit.bidder.uscc, LIST),
        store.openingsBetween('announced', now, new Date(now.getTime() + days(400)), LIST, after),
      ])
      const troubles = await watch.troubles(mine)
      const last = soon.length === LIST ? soon.at(-1) : undefined
      const next = last && `${BIDS}?${new URLSearchParams({ at: last.opensAt, id: last.id })}`
      const lines = mine.map((line, i) => ({ ...line, troubles: troubles[i] ?? [] }))
      sendPage(res, visit.frame(listPage({ lines, soon, next, staff: visit.centers.length > 0 })))
    }),
  )

  router.get(
    '/:opening',
    page(async (visit, req, res) => {
      const { done, app } = readQuery(req, z.object({ done: z.string().max(20).optional(), app: z.string().max(40).optional() }))
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const bid = await store.bid(opening.id, visit.bidder.uscc)
      const [troubles = []] = bid === undefined ? [] : await watch.troubles([{ bid, opening }])
      const [certificate] = bid?.certificates ?? []
      const advice = certificate === undefined ? undefined : await watch.advise(certificate.thumbprint, new Date(certificate.notAfter))
      const warned = bid === undefined ? [] : (await store.steps(opening.id, WARNED, undefined, visit.bidder.uscc)).flatMap(warningOf)
      allowOnPage(res, { connect: [agentUrl] })
      const now = clock.now()
      const handedOut = app === undefined ? undefined : await deps.phone.certificate.given(visit, opening, app)
      const view = { opening, center: await deps.centerName(opening.center), bid, troubles, advice, warned, agentUrl, app: handedOut, now }
      sendPage(res, visit.frame(openingPage({ ...view, done: doneWords(done, bid), stamp: stampOf(opening, bid, clock) })))
    }),
  )
  /** for a page that waits */
  router.get(
    '/:opening/state',
    act(async ({ bidder }, req, res) => {
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const bid = await store.bid(opening.id, bidder.uscc)
      res.json({ stamp: stampOf(opening, bid, clock), opening: opening.state, bid: bid?.state ?? null })
    }),
  )

  router.get(
    '/:opening/test',
    page((visit, req, res) => showShieldPage(visit, textOf(req, 'opening'), res, 'test')),
  )
  router.get(
    '/:opening/decrypt',
    page((visit, req, res) => showShieldPage(visit, textOf(req, 'opening'), res, 'decrypt')),
  )
  async function showShieldPage(visit: BidVisit, id: string, res: Response, what: 'test' | 'decrypt'): Promise<void> {
    const opening = await openingOf(deps, id)
    // before it is open the page would have the bidder hand the key of the bid to us
    if (what === 'decrypt') await openings.demandOpen(opening.id)
    // a company without a bid has nothing to decrypt
    const bid = await openings.ownBid(opening.id, visit.bidder.uscc)
    allowOnPage(res, { connect: [agentUrl] })
    const list = facts(openingFacts(opening, await deps.centerName(opening.center)))
    const test = what === 'test'
    const body = decryptForm({
      use: test ? 'test' : 'send',
      ...(test
        ? {
            envelope: bidPath(id, 'envelope'),
            signs: { text: await deps.signTest.words(visit, opening, bid), action: bidPath(id, 'test/signature') },
          }
        : {}),
      parts: bidPath(id, 'parts'),
      action: bidPath(id, what),
      summary: test ? list : html`${countdown({ zh: '距解密截止', en: 'Until decrypting ends' }, opening.decryptBy, clock.now())}${list}`,
      button: test ? { zh: '插盾自检', en: 'Test with the shield' } : { zh: '用盾解密', en: 'Decrypt' },
      agentUrl,
      whose: { zh: '要用加密这份标书时的盾。', en: 'It has to be the shield that the bid is encrypted to.' },
      back: bidPath(id),
      phone: test
        ? { action: bidPath(id, 'key-test'), label: { zh: '试手机银行的解密钥匙', en: 'Try the key in the bank’s app' } }
        : { action: bidPath(id, 'phone'), label: { zh: '用手机银行解密', en: 'Decrypt with the bank’s app' } },
    })
    sendPage(
      res,
      visit.frame({
        title: test ? { zh: '签名和解密自检', en: 'Self-test' } : { zh: '解密投标文件', en: 'Decrypt the bid' },
        lead: test
          ? {
              zh: '手里的盾先签一段文字，看开标时能不能用它登录；再把平台收到的这份标书从头到尾解一遍，核对内容。密钥和内容只留在本机，开标前不会交给任何人。',
              en: 'The shield in hand signs a few words, as it has to at a login; then the bid as the platform keeps it is decrypted to its end. Key and content stay on this computer; nobody gets them before the opening.',
            }
          : { zh: '盾解出这份标书的密钥，平台随即解密文件。', en: 'The shield decrypts the key of the bid, and the platform then opens the file.' },
        inside: true,
        scripts: ['shield-agent.js', 'bid-clock.js'],
        body,
      }),
    )
  }

  /** What the shield is to decrypt: the part for the named certificate first. */
  router.post(
    '/:opening/parts',
    json,
    act(async ({ bidder }, req, res) => {
      const { certificate } = readForm(req, z.strictObject({ certificate: base64 }))
      const bid = await openings.ownBid(textOf(req, 'opening'), bidder.uscc)
      res.json(await partsOf(deps.shelf.envelopes.open(bid.envelope), bid, certificate))
    }),
  )
  /** The company's own envelope as it is kept: for the self-test, which decrypts it in the browser. */
  router.get(
    '/:opening/envelope',
    act(async ({ bidder }, req, res) => {
      const { envelope, file } = await openings.ownBid(textOf(req, 'opening'), bidder.uscc)
      await streamAttachment(res, { name: `${envelope}.envelope`, size: file.size, octets: deps.shelf.envelopes.open(envelope) })
    }),
  )
  /** The first half: how the shield's signature is judged. Its outcome is saved and told; the second half goes on either way. */
  router.post(
    '/:opening/test/signature',
    json,
    act(async (visit, req, res) => {
      const signed = readForm(req, signedForm)
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const bid = await openings.ownBid(opening.id, visit.bidder.uscc)
      const tested = await deps.signTest.prove(visit, opening, bid, signed)
      res.json({ ok: tested?.ok === true })
    }),
  )
  router.post(
    '/:opening/test',
    json,
    act(async ({ bidder, who }, req, res) => {
      const { ok, code, part } = readForm(req, testForm)
      const id = textOf(req, 'opening')
      const bid = await openings.ownBid(id, bidder.uscc)
      const thumbprint = part === undefined ? undefined : await certificateOf(deps.shelf.envelopes.open(bid.envelope), bid, part)
      await openings.selfTested(
        id,
        bidder.uscc,
        { ok, ...(code === undefined ? {} : { code }), ...(thumbprint === undefined ? {} : { thumbprint }) },
        who,
      )
      res.json({ next: `${bidPath(id)}?done=${ok ? 'tested' : 'untested'}` })
    }),
  )
  router.post(
    '/:opening/gone',
    formBody(),
    act(async ({ bidder, who }, req, res) => {
      const id = textOf(req, 'opening')
      await openings.shieldGone(id, bidder.uscc, readForm(req, goneForm), who)
      await watch.companyChanged(bidder.uscc)
      seeOther(res, `${bidPath(id)}?done=gone`)
    }),
  )
  router.post(
    '/:opening/decrypt',
    json,
    act(async (visit, req, res) => {
      const given = readForm(req, answerForm).answers
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const { attempts } = await openings.ownBid(opening.id, visit.bidder.uscc)
      await useFor(deps, visit, 'bid_decrypt', opening, `decrypt:${opening.id}:${visit.bidder.uscc}:${attempts}`)
      const work = openings.decrypt({ openingId: opening.id, uscc: visit.bidder.uscc, by: 'shield', holder: holderIn(given) }, visit.who)
      await atOnceOrBehind(work)
      res.json({ next: bidPath(opening.id) })
    }),
  )
  router.post(
    '/:opening/withdraw',
    formBody(),
    act(async (visit, req, res) => {
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const { envelope } = await openings.ownBid(opening.id, visit.bidder.uscc)
      await useFor(deps, visit, 'bid_submit', opening, `withdraw:${opening.id}:${envelope}`)
      await openings.withdraw(opening.id, visit.bidder.uscc, visit.who)
      seeOther(res, `${bidPath(opening.id)}?done=withdrawn`)
    }),
  )
  return router
}

/** Changes with whatever the page shows: the opening's state and times, whether its time has come, the bid. */
const stampOf = (opening: Opening, bid: Bid | undefined, clock: Clock): string =>
  [opening.version, clock.now() >= new Date(opening.opensAt), clock.now() >= new Date(opening.decryptBy), bid?.version ?? 0].join(' ')

function warningOf({ kind, at, facts }: StoredStep): { at: string; words: Words }[] {
  const words = kind === 'warned' ? wordsOfWarning(facts) : undefined
  return words === undefined ? [] : [{ at, words }]
}

/** Said only where it is true: an old address says nothing. */
function doneWords(done: string | undefined, bid: Bid | undefined): Words | undefined {
  if (done === 'registered' && bid?.state === 'waiting')
    return {
      zh: '已递交。请现在插盾做一次解密自检；要用手机解密的，也试一次手机。',
      en: 'Handed in. Now test with your shield that it opens; where the phone shall decrypt it, try the phone as well.',
    }
  if (done === 'tested' && bid?.selfTest?.ok === true && bid.signTest?.ok === true)
    return { zh: '自检通过：盾能签名，也能把这份标书完整解开。', en: 'The test passed: the shield signs, and it opens all of the bid.' }
  if (done === 'phone-tested' && bid?.phoneTest !== undefined)
    return {
      zh: '这部手机有这份标书的解密钥匙。文件能否完整解开，手机试不出来：那在加密时核对过，插盾自检可以再查。',
      en: 'This phone has a key that the bid is encrypted to. Whether all of the file opens it cannot tell: that was checked while it was encrypted, and the test with a shield checks it again.',
    }
  if (done === 'gone' && bid?.certificates.some(({ gone }) => gone !== undefined) === true)
    return {
      zh: '已记下。请按下面的提示处理；找到了，做一次解密自检就撤销。',
      en: 'Noted. Do what is said below; where it is found, a passed self-test takes this back.',
    }
  if (done === 'withdrawn' && bid?.state === 'withdrawn') return { zh: '已撤回。', en: 'Withdrawn.' }
  return undefined
}
