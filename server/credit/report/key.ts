import { type KeyUnderOwnRoot, makeUnderOwnRoot, readUnderOwnRoot } from '../../pki/own-root.ts'
import { generateSm2, importPrivateSm2 } from '../../pki/sm2.ts'
import { holdSealedKey, type SealedKeyDeps } from '../../storage/sealed-keys.ts'

/** The platform's key that signs credit reports and receipts, sealed at rest; its root is published, so that whoever has a report can hold it against that. Made once for all processes. */
export type ReportKey = () => Promise<KeyUnderOwnRoot>

const YEARS = 20

export const createReportKey = (deps: SealedKeyDeps): ReportKey =>
  holdSealedKey(deps, {
    kid: 'credit-report-sm2-1',
    use: 'credit-report',
    make: async () =>
      makeUnderOwnRoot(
        { root: generateSm2().privateKey, holder: generateSm2().privateKey },
        { root: 'Credit Report Root SM2', holder: 'Credit Report SM2' },
        { from: deps.clock.now(), years: YEARS },
      ),
    read: text => readUnderOwnRoot(text, importPrivateSm2),
  })
