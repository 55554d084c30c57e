import { type OwnKey, partyKey } from '../../bank-adapters/channel/keys.ts'
import { makeUnderOwnRoot, readUnderOwnRoot } from '../pki/own-root.ts'
import { generateSm2, importPrivateSm2 } from '../pki/sm2.ts'
import { createKeyLine, type KeyLine } from '../storage/key-line.ts'
import type { SealedKeyDeps } from '../storage/sealed-keys.ts'

/** The platform's own keys of the channel: one line signs, another opens what is confidential. Each key is published a month before it is used, and stays published for what it signed. */
export interface ChannelKeys {
  sign: KeyLine<OwnKey>
  encrypt: KeyLine<OwnKey>
}

export type KeyChanged = (key: { use: string; kid: string; state: string }) => Promise<unknown>

export const createChannelKeys = (deps: SealedKeyDeps, changed: KeyChanged): ChannelKeys => ({
  sign: line(deps, 'sign', changed),
  encrypt: line(deps, 'encrypt', changed),
})

/** years of a certificate: a key is in use for two, and a stored answer is read for as long as a bond may live */
const YEARS = 12

function line(deps: SealedKeyDeps, use: 'sign' | 'encrypt', changed: KeyChanged): KeyLine<OwnKey> {
  return createKeyLine(deps, {
    line: `channel-${use}`,
    use: `channel-${use}`,
    make: async () =>
      makeUnderOwnRoot(
        { holder: generateSm2().privateKey, root: generateSm2().privateKey },
        { holder: `data channel, ${use}`, root: 'data channel root' },
        { from: deps.clock.now(), years: YEARS },
        [],
        use,
      ),
    read(text) {
      const { privateKey, certificate } = readUnderOwnRoot(text, importPrivateSm2)
      return { key: partyKey({ certificate: certificate.der, use }), privateKey }
    },
    changed,
  })
}
