import { access, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { systemClock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Proposal } from '../trust/decisions.ts'
import type { ImportReport } from '../trust/import.ts'
import { type Asked, type Command, EXIT, type Option, type Outcome } from './command.ts'
import { atDesk } from './trust-desk.ts'

/** The trust list from a terminal. Whoever changes it says who they are and why; what widens trust waits for another person. */
const who: Record<string, Option> = {
  as: { value: 'NAME', about: 'who you are; the name of your account unless given' },
  why: { value: 'TEXT', about: 'the reason, kept with the version' },
}

export const trustCommands: readonly Command[] = [
  { name: 'trust check', args: ['DIR'], about: 'checks every certificate in a folder by path to a root in it', run: trustCheck },
  {
    name: 'trust list',
    args: [],
    options: { version: { value: 'N', about: 'as it was in that version' } },
    about: 'the CAs on the trust list',
    run: list,
  },
  { name: 'trust show', args: ['CA'], about: 'one CA in full: its id, or a part of its name', run: show },
  { name: 'trust history', args: [], about: 'every version: who, when, why, what', run: history },
  {
    name: 'trust import',
    args: ['PATH'],
    options: {
      ...who,
      uses: { value: 'LIST', about: 'for new CAs: login,seal,encryption (all unless given)' },
      holders: { value: 'LIST', about: 'for new CAs: enterprise,person,device (all unless given)' },
      joins: { value: 'DATE', about: 'for new CAs, YYYY-MM-DD: since when they count (since their certificate began unless given)' },
      again: { about: 'reads everything anew instead of going on where an earlier run stopped' },
    },
    about: 'a folder, a .csv of holders’ certificates (columns certificate, ca, uscc), or a .json of trust export',
    run: importPath,
  },
  {
    name: 'trust export',
    args: [],
    options: { to: { value: 'FILE', about: 'instead of the terminal' } },
    about: 'the whole list as JSON that import takes back',
    run: exportAll,
  },
  {
    name: 'trust propose',
    args: ['FILE'],
    options: who,
    about: 'changes from a JSON file: rows of trust export, or {"remove": ["id"]}',
    run: propose,
  },
  { name: 'trust pending', args: [], about: 'proposals that wait for a second person', run: pending },
  {
    name: 'trust approve',
    args: ['ID'],
    options: { as: who['as'] ?? { about: '' } },
    about: 'applies a proposal of somebody else',
    run: asked => decide(asked, 'approve'),
  },
  {
    name: 'trust reject',
    args: ['ID'],
    options: { as: who['as'] ?? { about: '' } },
    about: 'turns a proposal down',
    run: asked => decide(asked, 'reject'),
  },
  {
    name: 'trust explain',
    args: ['FILE'],
    options: {
      use: { value: 'USE', about: 'login (unless given), seal, government-seal, encryption, authority' },
      holder: { value: 'HOLDER', about: 'enterprise, person or device' },
      bank: { value: 'ID', about: 'only by the CAs of this bank' },
      at: { value: 'DATE', about: 'YYYY-MM-DD, now unless given' },
    },
    about: 'why a certificate is accepted or refused, step by step',
    run: explainFile,
  },
]

const one = ({ options }: Asked, name: string): string | undefined => options[name]?.[0]
const operator = (asked: Asked): string => one(asked, 'as') ?? userInfo().username
const why = (asked: Asked, otherwise: string): string => one(asked, 'why') ?? otherwise

async function trustCheck({ args }: Asked): Promise<Outcome> {
  const [folder = ''] = args
  await access(folder).catch(() => {
    throw new BrokerError('config_invalid', `there is no folder ${folder}`)
  })
  const { checkTrustFolder, formatTrustReport } = await import('../pki/trust-check.ts')
  const rows = await checkTrustFolder(folder, { at: systemClock.now() })
  // an expired or revoked certificate is a finding about the certificate; only one without a path is wrong in this folder
  const refused = rows.some(row => row.verdict === 'refused')
  return { exit: refused || rows.length === 0 ? EXIT.found : EXIT.ok, json: rows, text: formatTrustReport(rows) }
}

const version = (asked: Asked): number | undefined => {
  const given = one(asked, 'version')
  return given === undefined ? undefined : Number(given)
}

async function list(asked: Asked): Promise<Outcome> {
  const found = await atDesk(await asked.config(), 'reads', desk => desk.list(version(asked)))
  const { stateOf } = await import('../trust/pages/words.ts')
  const now = systemClock.now()
  const rows = found.cas.map(ca => `${stateOf(ca, now).padEnd(11)} ${ca.id.padEnd(34)} ${ca.scope.uses.join(',').padEnd(22)} ${ca.name.zh}\n`)
  const text = `Version ${found.version}: ${found.cas.length} CAs\n${rows.join('')}`
  return { exit: EXIT.ok, json: { version: found.version, cas: found.cas.map(({ certificates: _certificates, ...ca }) => ca) }, text }
}

async function show(asked: Asked): Promise<Outcome> {
  const [wanted = ''] = asked.args
  const { cas } = await atDesk(await asked.config(), 'reads', desk => desk.list())
  const text = wanted.toLowerCase()
  const exact = cas.filter(ca => ca.id === wanted)
  const found = exact.length > 0 ? exact : cas.filter(ca => [ca.id, ca.name.zh, ca.name.en].some(each => each.toLowerCase().includes(text)))
  const [ca] = found
  if (ca === undefined) return { exit: EXIT.found, json: { error: 'no such CA' }, text: `The list has no CA like "${wanted}".\n` }
  if (found.length > 1)
    return { exit: EXIT.found, json: found.map(({ id }) => id), text: `Which?\n${found.map(({ id, name }) => `  ${id}  ${name.zh}\n`).join('')}` }
  const { certificatesOf } = await import('../trust/entry.ts')
  const { certificates, ...rest } = ca
  const lines = certificatesOf(ca).map(
    (each, i) => `  ${(certificates[i]?.role ?? '').padEnd(12)} ${each.keyName} ${each.notAfter.toISOString().slice(0, 10)} ${each.subject.text}\n`,
  )
  return { exit: EXIT.ok, json: ca, text: `${JSON.stringify(rest, null, 2)}\ncertificates, with their end:\n${lines.join('')}` }
}

async function history(asked: Asked): Promise<Outcome> {
  const rows = await atDesk(await asked.config(), 'reads', desk => desk.versions(200))
  const text = rows.map(
    ({ number, at, by, approvedBy, why: reason, summary }) =>
      `${number}  ${at}  ${by}${approvedBy === undefined ? '' : `, approved by ${approvedBy}`}: ${reason}\n${summary.replaceAll(/^/gm, '    ')}\n`,
  )
  return { exit: EXIT.ok, json: rows, text: text.join('') || 'The list was never changed.\n' }
}

async function importPath(asked: Asked): Promise<Outcome> {
  const [path = ''] = asked.args
  await access(path).catch(() => {
    throw new BrokerError('config_invalid', `there is no file or folder ${path}`)
  })
  const [{ importTrust }, { compileSnapshot }, { HOLDERS, SCOPES }] = await Promise.all([
    import('../trust/import.ts'),
    import('../trust/snapshot.ts'),
    import('../trust/entry.ts'),
  ])
  const joins = one(asked, 'joins')
  const uses = picked(one(asked, 'uses'), SCOPES)
  const holders = picked(one(asked, 'holders'), HOLDERS)
  const options = {
    by: operator(asked),
    why: why(asked, `import of ${path}`),
    again: one(asked, 'again') !== undefined,
    progress: asked.progress,
    ...(uses === undefined ? {} : { uses }),
    ...(holders === undefined ? {} : { holders }),
    ...(joins === undefined ? {} : { joins: dateOf(joins).toISOString() }),
  }
  const report = await atDesk(await asked.config(), 'writes', async (desk, batch) => {
    const target = {
      batch,
      snapshot: async () => {
        const { version: number, cas } = await desk.list()
        return compileSnapshot(number, cas)
      },
      wish: desk.wish,
      intake: { take: desk.take, progress: desk.progress },
    }
    const done = await importTrust(path, target, options, systemClock)
    const { added, known, bad } = done.holders
    if (done.holders.seen > done.holders.skipped) await desk.imported({ source: done.source, added, known, bad })
    return done
  })
  return { exit: report.problems.length > 0 ? EXIT.found : EXIT.ok, json: report, text: tellImport(report) }
}

function picked<T extends string>(given: string | undefined, from: readonly T[]): T[] | undefined {
  if (given === undefined) return undefined
  const words = given.split(',').map(word => word.trim())
  const unknown = words.find(word => !from.some(each => each === word))
  if (unknown !== undefined) throw new BrokerError('bad_request', `"${unknown}" is none of ${from.join(', ')}`)
  return from.filter(each => words.includes(each))
}

function dateOf(text: string): Date {
  const date = new Date(text)
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(date.getTime()))
    throw new BrokerError('bad_request', `"${text}" is not a date such as 2026-05-01`)
  return date
}

function tellImport({ cas, crls, holders, problems, seconds }: ImportReport): string {
  const rate = seconds > 0 ? ` in ${seconds.toFixed(1)} s, ${Math.round((holders.seen - holders.skipped) / seconds)} a second` : ''
  const became = {
    nothing: () => 'nothing new',
    applied: () => `on the list as version ${cas.outcome === 'applied' ? cas.version : ''}`,
    proposed: () =>
      cas.outcome === 'proposed'
        ? `proposed: another person applies it with "shield trust approve ${cas.proposal} --as NAME" before ${cas.expiresAt}`
        : '',
  }
  return [
    `CA certificates: ${cas.found}; rows: ${cas.changed.length}; ${became[cas.outcome]()}`,
    ...crls.map(
      crl =>
        `list of ${crl.issuer}: signature ${crl.signature}, from ${crl.thisUpdate.slice(0, 10)} until ${crl.nextUpdate?.slice(0, 10) ?? '-'} (${crl.place}); lists are not kept, they are fetched where certificates name them`,
    ),
    `holders: ${holders.seen} rows${rate}: ${holders.added} new, ${holders.known} known, ${holders.unlisted} of a CA that is not on the list, ${holders.bad} bad${holders.skipped > 0 ? `, ${holders.skipped} of an earlier run` : ''}`,
    ...problems.map(({ place, facts }) => `  ${place}: ${facts}`),
    ...(holders.bad > problems.length ? [`  and ${holders.bad - problems.length} more`] : []),
    '',
  ].join('\n')
}

async function exportAll(asked: Asked): Promise<Outcome> {
  const found = await atDesk(await asked.config(), 'reads', desk => desk.list())
  const { exportList } = await import('../trust/listing.ts')
  const text = exportList(found)
  const file = one(asked, 'to')
  if (file === undefined) return { exit: EXIT.ok, json: JSON.parse(text), text }
  await writeFile(file, text)
  return {
    exit: EXIT.ok,
    json: { file, version: found.version, cas: found.cas.length },
    text: `${found.cas.length} CAs of version ${found.version} in ${file}\n`,
  }
}

async function propose(asked: Asked): Promise<Outcome> {
  const [file = ''] = asked.args
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BrokerError('config_invalid', `there is no file ${file}`, { cause })
  })
  const { readProposalFile } = await import('../trust/listing.ts')
  const done = await atDesk(await asked.config(), 'writes', desk =>
    desk.wish({ by: operator(asked), why: why(asked, ''), changes: readProposalFile(text) }),
  )
  const said =
    done.kind === 'applied'
      ? `Applied as version ${done.version}: it does not widen trust, or this is the sandbox.\n`
      : `${tellProposal(done.proposal)}Another person applies it with "shield trust approve ${done.proposal.id} --as NAME".\n`
  return { exit: EXIT.ok, json: done, text: said }
}

async function pending(asked: Asked): Promise<Outcome> {
  const found = await atDesk(await asked.config(), 'reads', desk => desk.proposals({ state: 'open' }, 50))
  return { exit: EXIT.ok, json: found.map(({ changes: _changes, ...rest }) => rest), text: found.map(tellProposal).join('\n') || 'Nothing waits.\n' }
}

const tellProposal = ({ id, by, why: reason, expiresAt, lines }: Proposal): string =>
  `${id}  by ${by}, until ${expiresAt}: ${reason}\n${lines.map(line => `    ${line}\n`).join('')}`

async function decide(asked: Asked, decision: 'approve' | 'reject'): Promise<Outcome> {
  const [id = ''] = asked.args
  const done = await atDesk(await asked.config(), 'writes', desk => desk.decide({ id, by: operator(asked), decision }))
  return { exit: EXIT.ok, json: done, text: done.version === undefined ? `Proposal ${id} is rejected.\n` : `Version ${done.version} is in force.\n` }
}

async function explainFile(asked: Asked): Promise<Outcome> {
  const [file = ''] = asked.args
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new BrokerError('config_invalid', `there is no file ${file}`, { cause })
  })
  const { HOLDERS, USES } = await import('../trust/entry.ts')
  const [use = 'login'] = picked(one(asked, 'use'), [...USES, 'authority' as const]) ?? []
  const [holder] = picked(one(asked, 'holder'), HOLDERS) ?? []
  const [bank, day] = [one(asked, 'bank'), one(asked, 'at')]
  const certificate = bytes[0] === 0x30 ? bytes.toString('base64') : bytes.toString('latin1')
  const at = day === undefined ? systemClock.now() : dateOf(day)
  const found = await atDesk(await asked.config(), 'reads', desk =>
    desk.explain({ certificate, use, at, ...(holder === undefined ? {} : { holder }), ...(bank === undefined ? {} : { bank }) }),
  )
  const sign = { ok: 'ok    ', failed: 'FAILED', note: '      ' }
  const lines = found.steps.map(
    step => `${sign[step.outcome]} ${step.title.zh} ${step.title.en}  [${step.clause}]\n         ${step.about}\n         ${step.facts}\n`,
  )
  const reason = found.verdict.reasons.at(-1)
  const text = `${lines.join('')}\n${found.verdict.ok ? 'ACCEPTED' : `REFUSED: ${found.verdict.code}\n${reason?.zh ?? ''}\n${reason?.en ?? ''}`}\n`
  return { exit: found.verdict.ok ? EXIT.ok : EXIT.found, json: found, text }
}
