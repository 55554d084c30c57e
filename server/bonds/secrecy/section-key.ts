import { hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import { createSealing, type Sealing } from '../../kernel/sealing.ts'
import { combineShares, type Random, type Share, splitSecret } from '../../kernel/shamir.ts'
import { exportPrivate, exportPublic, generateSm2, importPrivateSm2, sm3 } from '../../pki/sm2.ts'
import type { BondSection } from '../../storage/stores-bonds.ts'
import { isOpened } from '../state/context.ts'

/**
 * The key of a section, to which names and accounts are sealed. Owns that it opens with time and custodians together: the private key is kept under two halves, one that the platform gives only after the latest
 * announced opening time, and one that at least two custodians hold in shares. Handing the shares to their custodians is the caller's, who keeps none.
 */
export interface MadeKey {
  publicKey: string
  lockedKey: BondSection['lockedKey']
  shares: Share[]
}

const HALF = 32
const labelOf = (sectionId: string) => `bond-section:${sectionId}`

/**
 * @param threshold at least 2
 * @throws BrokerError `bad_request` for a threshold or a number of custodians that cannot be
 */
export function makeSectionKey(
  sectionId: string,
  custodians: number,
  threshold: number,
  { sealing, random }: { sealing: Sealing; random: Random },
): MadeKey {
  const platform = random(HALF)
  const custody = random(HALF)
  const shares = splitSecret(custody, threshold, custodians, random)
  const pair = generateSm2()
  return {
    publicKey: exportPublic(pair.publicKey).toString('base64'),
    lockedKey: {
      sealed: lock(platform, custody, sectionId).seal(exportPrivate(pair.privateKey).toString('base64'), labelOf(sectionId)),
      platformHalf: sealing.seal(platform.toString('base64'), labelOf(sectionId)),
      commitments: shares.map(share => commitmentOf(sectionId, share)),
      threshold,
    },
    shares,
  }
}

/**
 * @returns the private key, base64 DER
 * @throws BrokerError `bond_before_opening`, whatever shares came; `bond_custodians_missing` for too few, or one that is not of this section
 */
export function unlockSectionKey(section: BondSection, shares: readonly Share[], { sealing, now }: { sealing: Sealing; now: Date }): string {
  if (!isOpened(section, now)) throw new BrokerError('bond_before_opening', 'custodians came before the opening')
  const { lockedKey, id } = section
  const places = new Set(shares.map(({ x }) => x))
  const wrong = shares.filter(share => !isCommitted(commitmentOf(id, share), lockedKey.commitments[share.x - 1]))
  if (places.size !== shares.length || places.size < lockedKey.threshold || wrong.length > 0)
    throw new BrokerError('bond_custodians_missing', `${shares.length} shares, ${wrong.length} of them not of this section`, {
      expected: `${lockedKey.threshold}`,
    })
  const platform = Buffer.from(sealing.open(lockedKey.platformHalf, labelOf(id)), 'base64')
  return lock(platform, combineShares(shares), id).open(lockedKey.sealed, labelOf(id))
}

export const privateKeyOf = (base64: string): KeyObject => importPrivateSm2(Buffer.from(base64, 'base64'))

const lock = (platform: Buffer, custody: Buffer, sectionId: string): Sealing =>
  createSealing(new Uint8Array(hkdfSync('sha256', Buffer.concat([platform, custody]), '', labelOf(sectionId), 32)))

const commitmentOf = (sectionId: string, { x, value }: Share): string => sm3(Buffer.concat([Buffer.from(`${labelOf(sectionId)}/${x}/`), value]))

function isCommitted(found: string, expected = ''): boolean {
  return found.length === expected.length && timingSafeEqual(Buffer.from(found), Buffer.from(expected))
}
