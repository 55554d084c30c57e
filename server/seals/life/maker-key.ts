import { Router } from 'express'
import type { Clock } from '../../kernel/clock.ts'
import { type KeyUnderOwnRoot, makeUnderOwnRoot, readUnderOwnRoot } from '../../pki/own-root.ts'
import { pem } from '../../pki/pem.ts'
import { generateSm2, importPrivateSm2 } from '../../pki/sm2.ts'
import { obtainSealedKey, type SealedKeyDeps } from '../../storage/sealed-keys.ts'

/**
 * The key with which seals are made here (制章人), its certificate, and the root above it. Made once for all processes. Who verifies our seals elsewhere takes the root from the published file; what it is worth there is theirs to say.
 */
export interface SealMakers {
  /** @throws Error when it was sealed under another sealing key */
  maker(): Promise<KeyUnderOwnRoot>
  /** `GET /maker.pem`: both certificates; mount at a public path, no cookie is read */
  router: Router
}

const YEARS = 20

export function createSealMakers(deps: SealedKeyDeps): SealMakers {
  let held: Promise<KeyUnderOwnRoot> | undefined
  const maker = (): Promise<KeyUnderOwnRoot> => {
    const found = held ?? obtain(deps)
    held = found
    found.catch(() => {
      held = undefined
    })
    return found
  }
  const router = Router()
  router.get('/maker.pem', async (_req, res) => {
    const { certificate, root } = await maker()
    res.type('application/x-pem-file').send(pem(certificate.der) + pem(root.der))
  })
  return { maker, router }
}

async function obtain(deps: SealedKeyDeps): Promise<KeyUnderOwnRoot> {
  const text = await obtainSealedKey(deps, { kid: 'seal-maker-sm2-1', use: 'seal-maker' }, async () => make(deps.clock))
  return readUnderOwnRoot(text, importPrivateSm2)
}

const make = (clock: Clock): string =>
  makeUnderOwnRoot(
    { root: generateSm2().privateKey, holder: generateSm2().privateKey },
    { root: 'Seal Maker Root SM2', holder: 'Seal Maker SM2' },
    { from: clock.now(), years: YEARS },
  )
