import type { Command, Option } from './command.ts'

/** Owns the commands of `shield timestamp`; their work is timestamp-run.ts, loaded late so that other commands start at once. */
const OUT: Record<string, Option> = {
  out: { value: 'FILE', about: 'where the result goes' },
  force: { about: 'overwrites the result where it exists' },
  digest: { value: 'NAME', about: 'sm3, sha256, sha384 or sha512; sm3 unless told' },
  policy: { value: 'OID', about: 'the policy of the authority' },
}
const TRUST: Option = { value: 'DIR', about: 'folder with the root of the authority' }

export const timestampCommands: readonly Command[] = [
  {
    name: 'timestamp request',
    args: ['FILE'],
    options: OUT,
    about: 'writes a request for a time stamp of a file (RFC 3161)',
    run: async asked => (await import('./timestamp-run.ts')).request(asked),
  },
  {
    name: 'timestamp stamp',
    args: ['FILE'],
    options: {
      ...OUT,
      url: { value: 'URL', about: 'asks the authority at this address; --trust is then needed' },
      trust: TRUST,
      key: { value: 'FILE', about: 'stamps with this key instead: PFX, SM2 file or private key' },
      cert: { value: 'FILE', about: 'the certificate of the key, where its file brings none' },
      'passphrase-file': { value: 'FILE', about: 'its first line opens the key' },
    },
    about: 'stamps a file: by an authority, or with a key at hand',
    run: async asked => (await import('./timestamp-run.ts')).stamp(asked),
  },
  {
    name: 'timestamp verify',
    args: ['STAMP'],
    options: {
      content: { value: 'FILE', about: 'what was stamped' },
      trust: TRUST,
      request: { value: 'FILE', about: 'the request that was sent: its nonce and policy must come back' },
      at: { value: 'TIME', about: 'verifies for this time instead of now: 2027-06-01T12:00:00Z' },
      crl: { value: 'FILE', many: true, about: 'a revocation list; those in the trust folder count as well' },
    },
    about: 'whether a time stamp shows that a file existed at its time',
    run: async asked => (await import('./timestamp-run.ts')).verify(asked),
  },
]
