import { Router } from 'express'
import type { Trail } from '../../audit/events.ts'
import type { Clock } from '../../kernel/clock.ts'
import { newTraceCode } from '../../kernel/ids.ts'
import { type KeyUnderOwnRoot, makeUnderOwnRoot, readUnderOwnRoot } from '../../pki/own-root.ts'
import { pem } from '../../pki/pem.ts'
import { generateSm2, importPrivateSm2 } from '../../pki/sm2.ts'
import { createKeyLine } from '../../storage/key-line.ts'
import type { SealedKeyDeps } from '../../storage/sealed-keys.ts'

/**
 * The keys with which seals are made here (制章人), their certificates, and the root above each. One is in use for two years, the next is published a month before; all stay published, for the seals that they made. Who verifies
 * our seals elsewhere takes the roots from the published file; what they are worth there is theirs to say.
 */
export interface SealMakers {
  /** the one in use. @throws Error when it was sealed under another sealing key */
  maker(): Promise<KeyUnderOwnRoot>
  /** one of ours, in use or not. @param thumbprint of its certificate */
  makerOf(thumbprint: string): Promise<KeyUnderOwnRoot | undefined>
  /** `GET /maker.pem`: certificate and root of each, the one in use first; mount at a public path, no cookie is read */
  router: Router
}

const YEARS = 20

export function createSealMakers(deps: SealedKeyDeps & { trail: Trail }): SealMakers {
  const line = createKeyLine(deps, {
    line: 'seal-maker-sm2',
    use: 'seal-maker',
    make: async () => make(deps.clock),
    read: text => readUnderOwnRoot(text, importPrivateSm2),
    changed: facts => deps.trail.append({ code: 'keys.rotated', trace: newTraceCode(), facts }),
  })
  const router = Router()
  router.get('/maker.pem', async (_req, res) => {
    const makers = await line.all()
    res.type('application/x-pem-file').send(makers.map(({ certificate, root }) => pem(certificate.der) + pem(root.der)).join(''))
  })
  return {
    maker: line.current,
    makerOf: async thumbprint => (await line.all()).find(({ certificate }) => certificate.thumbprint === thumbprint),
    router,
  }
}

const make = (clock: Clock): string =>
  makeUnderOwnRoot(
    { root: generateSm2().privateKey, holder: generateSm2().privateKey },
    { root: 'Seal Maker Root SM2', holder: 'Seal Maker SM2' },
    { from: clock.now(), years: YEARS },
  )
