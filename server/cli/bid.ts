import type { Command, Option } from './command.ts'

/** Owns the commands of `shield bid`; their work is bid-run.ts, loaded late so that other commands start at once. */
const OUT: Record<string, Option> = {
  out: { value: 'FILE', about: 'where the result goes; it gets its name only when it is whole' },
  force: { about: 'replaces what is there under that name' },
}
const PASSPHRASE: Option = { value: 'FILE', about: 'its first line is the passphrase of every encrypted key' }

export const bidCommands: readonly Command[] = [
  {
    name: 'bid encrypt',
    args: ['FILE'],
    about: 'puts a bid of any size into an envelope that its shield opens, or custodians and platform together after the opening',
    options: {
      ...OUT,
      to: { value: 'CERT', many: true, about: 'an encryption certificate of the bidder; more than one where it has a second shield' },
      uscc: { value: 'CODE', about: 'the bidder’s unified social credit code' },
      name: { value: 'NAME', about: 'the bidder’s name' },
      center: { value: 'ID', about: 'the trading center' },
      project: { value: 'ID', about: 'the project' },
      section: { value: 'ID', about: 'the section of the project, where it has any' },
      opening: { value: 'TIME', about: 'the announced opening, such as 2027-06-01T09:30:00+08:00' },
      custodian: { value: 'CERT', many: true, about: 'a custodian’s encryption certificate; none: nobody can rescue the bid' },
      threshold: { value: 'N', about: 'how many custodians a rescue takes; 2 unless told' },
      platform: { value: 'CERT', about: 'the platform’s certificate for releases; goes with --custodian' },
      drill: { about: 'marks it as a rehearsal' },
    },
    run: async asked => (await import('./bid-run.ts')).encrypt(asked),
  },
  {
    name: 'bid inspect',
    args: ['ENVELOPE'],
    about: 'says without any key which opening an envelope is for, who can rescue it, and whether it is whole',
    run: async asked => (await import('./bid-run.ts')).inspectEnvelope(asked),
  },
  {
    name: 'bid open',
    args: ['ENVELOPE'],
    about: 'opens an envelope with the bidder’s key; with --check all of it is opened and thrown away, as before an upload',
    options: {
      ...OUT,
      key: { value: 'FILE', about: 'the private key, or a PFX with it' },
      'passphrase-file': PASSPHRASE,
      check: { about: 'writes nothing' },
    },
    run: async asked => (await import('./bid-run.ts')).open(asked),
  },
  {
    name: 'bid rescue',
    args: ['ENVELOPE'],
    about: 'opens an envelope after its opening time with the keys of enough custodians and the platform’s',
    options: {
      ...OUT,
      'custodian-key': { value: 'FILE', many: true, about: 'a custodian’s private key, or a PFX with it' },
      'release-key': { value: 'FILE', about: 'the platform’s key for releases' },
      'passphrase-file': PASSPHRASE,
    },
    run: async asked => (await import('./bid-run.ts')).rescue(asked),
  },
]
