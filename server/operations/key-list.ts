import type { SigningKey, SigningKeyStore } from '../storage/stores-keys.ts'

/** A signing key as an operator sees it: never its sealed private half. */
export type KeyLine = Omit<SigningKey, 'sealed'>

const USES: readonly SigningKey['use'][] = ['provider', 'bank-client', 'saml', 'timestamp', 'seal-maker', 'bid-release', 'remote-signing-ca']

export async function listKeys(store: SigningKeyStore): Promise<KeyLine[]> {
  const keys = await Promise.all(USES.map(use => store.list(use)))
  return keys.flat().map(({ kid, use, state, createdAt, activeFrom }) => ({ kid, use, state, createdAt, activeFrom }))
}
