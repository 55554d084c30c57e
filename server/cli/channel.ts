import type { Command } from './command.ts'

/** Owns the commands of `shield channel`; their work is channel-run.ts, loaded late so that other commands start at once. */
const as = { as: { value: 'NAME', about: 'who you are; the name of your account unless given' } }

export const channelCommands: readonly Command[] = [
  {
    name: 'channel send',
    args: ['FILE'],
    options: {
      to: { value: 'URL', about: 'where messages go, as the receiver is known: https://…/channel/messages' },
      receiver: { value: 'NAME', about: 'the receiver’s name; shared-shield unless told' },
      sender: { value: 'NAME', about: 'the name under which the key is registered' },
      key: { value: 'FILE', about: 'the signing key: PFX, SM2 file or private key' },
      cert: { value: 'FILE', about: 'its certificate, where the file of the key brings none' },
      'passphrase-file': { value: 'FILE', about: 'its first line opens the key' },
      type: { value: 'TYPE', about: 'type of the message; channel.test unless told' },
      version: { value: 'N', about: 'version of its schema; 1 unless told' },
      id: { value: 'ID', about: 'the message’s id: the same to send it again; a new one unless told' },
      'idempotency-key': { value: 'KEY', about: 'the sender’s name of what it reports; the id unless told' },
      curl: { about: 'prints the request as a curl command, valid for five minutes, and sends nothing' },
    },
    about: 'sends a file as a signed message of the data channel and verifies the signed answer',
    run: async asked => (await import('./channel-run.ts')).send(asked),
  },
  {
    name: 'channel keys',
    args: [],
    options: { bank: { value: 'NAME', about: 'of this one alone' } },
    about: 'banks’ keys: what for, since when and until when, and whether a file or a command registered them',
    run: async asked => (await import('./channel-keys.ts')).list(asked),
  },
  {
    name: 'channel add-key',
    args: ['BANK', 'FILE'],
    options: { from: { value: 'TIME', about: 'since when it counts: 2027-01-01T00:00:00Z; now unless given' }, ...as },
    about: 'registers a bank’s encryption certificate; the newest in force is used',
    run: async asked => (await import('./channel-keys.ts')).add(asked),
  },
  {
    name: 'channel retire-key',
    args: ['BANK', 'ID'],
    options: {
      until: { value: 'TIME', about: 'until when it counts; a day from now unless given' },
      revoke: { about: 'at once, whatever is left: it is in wrong hands' },
      ...as,
    },
    about: 'ends one, where another was in force a day before',
    run: async asked => (await import('./channel-keys.ts')).retire(asked),
  },
  {
    name: 'channel payer-key',
    args: ['BANK'],
    options: {
      to: { value: 'FILE', about: 'where it is written; never over a file that is there' },
      new: { about: 'begins another edition first; the one before counts on for two weeks' },
      ...as,
    },
    about: 'the key for codes of payers in day files, encrypted to its bank',
    run: async asked => (await import('./channel-keys.ts')).payerKey(asked),
  },
]
