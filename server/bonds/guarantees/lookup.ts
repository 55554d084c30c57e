import { Router } from 'express'
import type { Clock } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { BondStore } from '../../storage/stores-bonds.ts'
import type { GuaranteeStore } from '../../storage/stores-guarantees.ts'
import { isOpened } from '../state/context.ts'
import { publishedOutgoing } from './messages/outgoing.ts'
import { type Hiding, keptOf, readVerification, rowOfNone, verificationTag } from './rows.ts'
import { modelTexts } from './texts.ts'

/**
 * The public answer to a verification code (验真码). Owns that before the opening nobody learns from it whether there is such a guarantee: unknown and not yet open are one answer, by the same reads and the same unsealing.
 * It names no bidder and no tender: who asks holds the document.
 */
export interface Genuine {
  number: string
  issuer: string
  way: string
  fen: number
  validFrom: string
  validUntil: string
  /** SM3 of the issuer's signed file */
  document: string
  state: string
  /** issued, fit for the tender, neither drawn, released nor over */
  inForce: boolean
}

export interface LookupDeps extends Hiding {
  store: GuaranteeStore
  bonds: BondStore
  clock: Clock
}

/** @returns a look-up, which throws BrokerError `guarantee_unknown` */
export function createLookup(deps: LookupDeps): (typed: string) => Promise<Genuine> {
  const none = rowOfNone(deps)
  return typed => lookUp(deps, none, typed)
}

async function lookUp(deps: LookupDeps, none: ReturnType<typeof rowOfNone>, typed: string): Promise<Genuine> {
  const { store, bonds, clock } = deps
  const row = await store.forVerification(verificationTag(deps, readVerification(typed.slice(0, 60))))
  const { document, sectionId, issuer, way, state } = keptOf(row ?? none, deps)
  const section = await bonds.section(sectionId)
  const now = clock.now()
  if (section === undefined || !isOpened(section, now) || document === undefined)
    throw new BrokerError('guarantee_unknown', 'no such code, or not before the opening')
  const { number, fen, validFrom, validUntil, sm3 } = document
  const inForce = (state === 'in-force' || state === 'claimed') && now.getTime() < Date.parse(validUntil)
  return { number, issuer, way, fen: Number(fen), validFrom, validUntil, document: sm3, state, inForce }
}

/** For anybody, behind a limit on how often; and what issuers' developers need beside the types that they send. */
export function lookupRoutes(lookUp: ReturnType<typeof createLookup>): Router {
  const router = Router()
  router.get('/verify/:code', async (req, res) => {
    res.set('cache-control', 'no-store').json(await lookUp(String(req.params['code'])))
  })
  router.get('/texts', (_req, res) => void res.set('cache-control', 'public, max-age=3600').json({ texts: modelTexts }))
  router.get('/messages', (_req, res) => void res.set('cache-control', 'public, max-age=3600').json({ messages: publishedOutgoing }))
  return router
}
