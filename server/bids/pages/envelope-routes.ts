/**
 * A bidder's envelope on its way in, in pieces, so that gigabytes survive a broken line. Mounted at /workbench/bids behind the same-site guard; every address is the logged-in company's own.
 *
 * The contract with whatever makes the envelope (a script of the page, or `shield bid encrypt` and a file input):
 *
 *   GET  /workbench/bids/:opening/facts
 *        { opening, center, project, section?, title, drill, opens_at, decrypt_by, now, bidder: { uscc, name }, rescue?: { threshold, custodians: [base64 DER], platform: base64 DER },
 *          limits: { envelope, piece } }    what the header, the cover and the rescue of the envelope are made of (docs/bid-envelopes.md); custodians in the order of their places
 *   POST /workbench/bids/:opening/envelopes                     { id, size }            id: the envelope's own, as in its header; size: octets of the whole file
 *        201 { id, size, received }         the same id and size again: how far it came
 *   GET  /workbench/bids/:opening/envelopes/:id                 { id, size, received }
 *   PUT  /workbench/bids/:opening/envelopes/:id/:offset         the octets from there on, at most 8 MiB, as application/octet-stream
 *        { id, size, received }             offset is what was received so far, or 409 bid_upload_out_of_step: ask, and go on from there
 *   POST /workbench/bids/:opening/envelopes/:id/register        { certificates: [base64 DER], on_phone?: [base64 DER] }   the bidder's encryption certificates, in the order of the header's keys; those among
 *        them whose key is in a bank's app
 *        201 { envelope, state, size, sm3, received_at }
 *
 * A refusal is a problem (RFC 9457) with `code` and `user_message`. A new attempt at encrypting is a new envelope with a new id. The page's form is `#bid-upload` (data-facts: the address of the facts, data-at: the
 * address of the envelopes); browser/bid-upload.js exports `uploadEnvelope({ at, id, size, read, certificates, onProgress })`, whose `read(from, to)` answers a Blob or Uint8Array of those octets, so that an upload can go
 * on where it broke off.
 */
import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { jsonBody, readForm } from '../../http/forms.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { keepersOf, shieldCertificate } from '../custody.ts'
import { known } from '../files/uploads.ts'
import { LIMITS } from '../limits.ts'
import { type BidPagesDeps, openingOf, textOf, useFor } from './ports.ts'

const beginForm = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/), size: z.int().min(1).max(Number.MAX_SAFE_INTEGER) })
export const base64 = z
  .string()
  .min(1)
  .max(12_000)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/)
const registerForm = z.strictObject({ certificates: z.array(base64).min(1).max(8), on_phone: z.array(base64).max(8).default([]) })

export function envelopeRoutes(deps: BidPagesDeps): Router {
  const { uploads, clock } = deps
  const { act } = deps.visits
  const router = Router()
  const json = jsonBody(LIMITS.body)

  router.get(
    '/:opening/facts',
    act(async ({ bidder }, req, res) => {
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const keepers = keepersOf(opening)
      res.json({
        opening: opening.id,
        center: opening.center,
        project: opening.project,
        ...(opening.section === undefined ? {} : { section: opening.section }),
        title: opening.title,
        drill: opening.drill,
        opens_at: opening.opensAt,
        decrypt_by: opening.decryptBy,
        now: clock.now().toISOString(),
        bidder,
        ...(keepers === undefined
          ? {}
          : {
              rescue: {
                threshold: keepers.threshold,
                custodians: keepers.custodians.map(({ der }) => der.toString('base64')),
                platform: keepers.platform.der.toString('base64'),
              },
            }),
        limits: { envelope: LIMITS.envelope, piece: LIMITS.piece },
      })
    }),
  )
  router.post(
    '/:opening/envelopes',
    json,
    act(async ({ bidder }, req, res) => {
      res.status(201).json(await uploads.begin(textOf(req, 'opening'), bidder, readForm(req, beginForm)))
    }),
  )
  router.get(
    '/:opening/envelopes/:id',
    act(async ({ bidder }, req, res) => {
      res.json(await uploads.look(textOf(req, 'opening'), bidder, textOf(req, 'id')))
    }),
  )
  router.put(
    '/:opening/envelopes/:id/:offset',
    bounded,
    act(async ({ bidder }, req, res) => {
      res.json(await uploads.piece(textOf(req, 'opening'), bidder, textOf(req, 'id'), offsetOf(textOf(req, 'offset')), req))
    }),
  )
  router.post(
    '/:opening/envelopes/:id/register',
    json,
    act(async (visit, req, res) => {
      const { certificates: given, on_phone: onPhone } = readForm(req, registerForm)
      const certificates = given.map(each => ({ ...known(shieldCertificate(each)), ...(onPhone.includes(each) ? { onPhone: true as const } : {}) }))
      const opening = await openingOf(deps, textOf(req, 'opening'))
      const id = textOf(req, 'id')
      // another company's upload is none of this person's power's business
      await uploads.look(opening.id, visit.bidder, id)
      await useFor(deps, visit, 'bid_submit', opening, `bid:${opening.id}:${id}`)
      const { envelope, state, file, receivedAt } = await uploads.register(opening.id, visit.bidder, id, certificates, visit.who)
      res.status(201).json({ envelope, state, ...file, received_at: receivedAt })
    }),
  )
  return router
}

/** What announces too much is not read at all. */
const bounded: RequestHandler = (req, _res, next) => {
  const { 'content-type': type = '', 'content-length': length } = req.headers
  if (!type.startsWith('application/octet-stream'))
    throw new BrokerError('bad_request', 'a piece is octets', { expected: 'Content-Type: application/octet-stream' })
  if (Number(length ?? 0) > LIMITS.piece) throw new BrokerError('too_large', 'a piece of more than 8 MiB', { expected: `at most ${LIMITS.piece}` })
  next()
}

function offsetOf(text: string): number {
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw new BrokerError('bad_request', 'no offset', { expected: 'a number of octets' })
  return Number(text)
}
