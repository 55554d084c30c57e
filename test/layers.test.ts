import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect } from 'chai'

/**
 * Who may import whom. The rules stand in the tables below; the walker reads import and export statements out of the text of every source file, and proves itself on
 * planted files at the end.
 */
type Files = ReadonlyMap<string, string>

/** Room to the rooms it may import; every room may import itself. The first match names the room. */
const ROOMS: readonly [RegExp, string][] = [
  [/^docs\/examples\//, 'examples'],
  [/^test\//, 'test'],
  [/^bench\//, 'bench'],
  [/^prisma/, 'prisma'],
  [/^bank-adapters\/contract\.ts$/, 'contract'],
  [/^bank-adapters\/bank-data\.ts$/, 'contract'],
  [/^bank-adapters\/(channel|reconciliation)\//, 'channel-message'],
  [/^bank-adapters\//, 'bank-adapters'],
  [/^server\/storage\/stores(-[\w-]+)?\.ts$/, 'stores'],
  [
    /^server\/(kernel|pki|http|web|storage|audit|login|provider|operations|trust|recognition|timestamps|notices|channel|authorization|seals|bids|bonds|consents|contacts|credit|enforcement|financing|interfaces|reconciliation|remote-signing)\//,
    '$1',
  ],
  [/^server\//, 'top'],
]
const SERVICE = ['kernel', 'storage', 'stores', 'audit', 'http', 'web']
const EVERYTHING = [
  'kernel',
  'pki',
  'http',
  'web',
  'storage',
  'stores',
  'audit',
  'notices',
  'interfaces',
  'channel',
  'contract',
  'channel-message',
  'bank-adapters',
  'login',
  'provider',
  'operations',
  'trust',
  'recognition',
  'timestamps',
  'authorization',
  'seals',
  'bids',
  'remote-signing',
  'bonds',
  'consents',
  'contacts',
  'credit',
  'reconciliation',
  'financing',
  'enforcement',
  'top',
  'examples',
]
const MAY: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  pki: ['kernel'],
  http: ['kernel'],
  web: ['kernel'],
  stores: ['kernel'],
  storage: ['kernel', 'stores'],
  audit: ['kernel', 'storage', 'stores'],
  // the contract names the shape of a certificate, hence pki
  contract: ['kernel', 'pki'],
  // the signed message, used by both ends
  'channel-message': ['kernel', 'pki'],
  'bank-adapters': ['kernel', 'pki', 'contract', 'channel-message'],
  login: [...SERVICE, 'contract'],
  provider: SERVICE,
  operations: SERVICE,
  // both judge certificates and signatures
  trust: [...SERVICE, 'pki'],
  recognition: [...SERVICE, 'pki'],
  timestamps: [...SERVICE, 'pki'],
  // what centers are told of, whoever tells
  notices: SERVICE,
  // what every interface for centers' programs does
  interfaces: SERVICE,
  channel: [...SERVICE, 'pki', 'channel-message'],
  authorization: [...SERVICE, 'notices'],
  // names and accounts are sealed to a section's key, and banks tell of them by messages
  bonds: [...SERVICE, 'interfaces', 'notices', 'channel', 'channel-message', 'pki'],
  consents: SERVICE,
  // messages to the gateway are signed as notices to centers are
  contacts: [...SERVICE, 'notices'],
  // reports are signed
  credit: [...SERVICE, 'interfaces', 'notices', 'channel', 'pki'],
  // files of the channel's parties, signed by its keys
  reconciliation: [...SERVICE, 'pki', 'channel-message'],
  // banks hear of deals and applications by messages
  financing: [...SERVICE, 'interfaces', 'channel', 'channel-message'],
  enforcement: [...SERVICE, 'interfaces'],
  seals: [...SERVICE, 'notices', 'pki'],
  bids: [...SERVICE, 'interfaces', 'notices', 'pki'],
  'remote-signing': [...SERVICE, 'interfaces', 'notices', 'pki'],
  top: EVERYTHING,
  bench: [...EVERYTHING, 'test'],
  test: [...EVERYTHING, 'bench'],
  prisma: [],
  examples: [],
}

/** A package, and the only files that may import it. */
const ONLY: readonly [RegExp, RegExp, string][] = [
  [/^(@prisma\/|prisma$|pglite-prisma-adapter$|@electric-sql\/pglite|pg$|pg-boss$)/, /^(server\/storage\/|prisma|test\/|bench\/)/, 'the database'],
  [/storage\/client\//, /^(server\/storage\/|test\/storage\/)/, 'the Prisma client'],
  [/^passport/, /^(server\/login\/|test\/login\/)/, 'passport'],
  [/^sm-crypto/, /^(server\/pki\/|test\/pki\/|bench\/sm2\.ts$)/, 'sm-crypto'],
  [/^prom-client$/, /^server\/operations\//, 'prom-client'],
  [/^(chai|mocha|supertest|fast-check|playwright-core|axe-core)$/, /^(test|bench)\//, 'a test tool'],
]

/** A word in the code, and the only files of the broker that may say it. */
const WORDS: readonly [RegExp, RegExp, string][] = [
  [/\bprocess\.env\b/, /^server\/(?!config\.ts$|storage\/(generate|make-migration)\.ts$)/, 'reads process.env'],
  [/\bDate\.now\(\)|\bnew Date\(\)/, /^(server|bank-adapters)\/(?!kernel\/(clock|test-clock)\.ts$|web\/browser\/)/, 'reads the clock'],
  [/\bMath\.random\(/, /^(server|bank-adapters)\//, 'uses a guessable random number'],
]

describe('layers', () => {
  const files = readAll(['server', 'bank-adapters', 'test', 'bench', 'docs/examples'])

  it('sees the project', () => {
    for (const path of ['server/kernel/errors.ts', 'server/http/respond.ts', 'test/config.test.ts']) expect(files.has(path), path).to.equal(true)
    expect(importsOf('server/http/respond.ts', files.get('server/http/respond.ts') ?? '').map(found => found.to)).to.include(
      'server/kernel/errors.ts',
    )
  })

  it('has no import upwards or sideways, no cycle, and no package or word outside its place', () => {
    expect(check(files)).to.deep.equal([])
  })

  describe('notices', () => {
    const planted = (path: string, text: string, more: Record<string, string> = {}) =>
      check(new Map([[path, text], ...Object.entries(more)])).join('\n')

    for (const [sentence, path, text] of [
      ['an upward import', 'server/kernel/x.ts', "import { y } from '../http/y.ts'"],
      ['a sideways import', 'server/login/x.ts', "import { y } from '../provider/y.ts'"],
      ['a sideways import of a type', 'server/provider/x.ts', "import type { Y } from '../login/y.ts'"],
      ['a re-export that goes up', 'server/kernel/x.ts', "export { y } from '../pki/y.ts'"],
      ['a dynamic import that goes up', 'server/storage/x.ts', "const y = await import('../audit/y.ts')"],
      ['an import over several lines', 'server/http/x.ts', "import {\n  a,\n  b,\n} from '../storage/y.ts'"],
      ['a login that imports an adapter', 'server/login/x.ts', "import { y } from '../../bank-adapters/oidc.ts'"],
      ['an adapter that imports storage', 'bank-adapters/x.ts', "import type { Stores } from '../server/storage/stores.ts'"],
      ['an example that imports ours', 'docs/examples/trading-center/server.ts', "import { y } from '../../../server/kernel/y.ts'"],
      ['a room that imports the composition root', 'server/operations/x.ts', "import { loadConfig } from '../config.ts'"],
      ['a file in no room', 'server/unheard-of/x.ts', "import { y } from '../kernel/y.ts'"],
      ['the Prisma client outside storage', 'server/audit/x.ts', "import { PrismaClient } from '@prisma/client'"],
      ['the generated client outside storage', 'server/audit/x.ts', "import { PrismaClient } from '../storage/client/client.ts'"],
      ['passport outside login', 'server/provider/x.ts', "import passport from 'passport'"],
      ['sm-crypto outside pki', 'bank-adapters/x.ts', "import { sm2 } from 'sm-crypto'"],
      ['a test tool in the product', 'server/http/x.ts', "import { expect } from 'chai'"],
      ['the environment read elsewhere', 'server/app.ts', 'const port = process.env.PORT'],
      ['the clock read elsewhere', 'server/login/x.ts', 'const now = Date.now()'],
      ['a new date out of nothing', 'bank-adapters/x.ts', 'const now = new Date()'],
      ['a guessable random number', 'server/login/x.ts', 'const id = Math.random()'],
    ] as const) {
      it(sentence, () => expect(planted(path, text)).to.include(path))
    }

    it('a cycle', () => {
      const found = planted('server/kernel/a.ts', "import './b.ts'", {
        'server/kernel/b.ts': "export * from './c.ts'",
        'server/kernel/c.ts': "import { a } from './a.ts'",
      })
      expect(found).to.match(/cycle: .*a\.ts.*b\.ts.*c\.ts/)
    })

    it('nothing where all is well, nor in comments and strings', () => {
      expect(
        planted(
          'server/login/x.ts',
          "// import { y } from '../provider/y.ts'\n/* Date.now() */ import { y } from '../kernel/y.ts'\nconst at = new Date(0)\n",
        ),
      ).to.equal('')
    })
  })
})

function check(files: Files): string[] {
  const problems: string[] = []
  const graph = new Map<string, string[]>()
  for (const [path, text] of files) {
    const imports = importsOf(path, text)
    graph.set(
      path,
      imports.filter(found => !found.typeOnly && files.has(found.to)).map(found => found.to),
    )
    const room = roomOf(path)
    for (const { to, name } of imports) {
      if (name.startsWith('.') && !mayImport(room, roomOf(to))) problems.push(`${path} (${room}) may not import ${to} (${roomOf(to)})`)
      for (const [what, where, title] of ONLY) {
        if (what.test(name) && !where.test(path)) problems.push(`${path} may not import ${name}: ${title} has its own place`)
      }
    }
    const code = withoutComments(text)
    for (const [word, watched, title] of WORDS) {
      if (watched.test(path) && word.test(code)) problems.push(`${path} ${title}`)
    }
  }
  return [...problems, ...cyclesOf(graph)]
}

const roomOf = (path: string): string => {
  for (const [pattern, name] of ROOMS) {
    const match = pattern.exec(path)
    if (match === null) continue
    // a folder of server/ that no rule knows is not the composition root
    if (name === 'top' && path.split('/').length > 2 && !/^server\/(composition|cli|sandbox)\//.test(path)) return 'unknown'
    return name.replace('$1', match[1] ?? '')
  }
  return 'unknown'
}
const mayImport = (from: string, to: string): boolean => from === to || (MAY[from]?.includes(to) ?? false)

/** Static, re-exporting and dynamic imports; `to` is the project path of a relative one. */
function importsOf(path: string, text: string): { name: string; to: string; typeOnly: boolean }[] {
  const statements = /(?:^|[\n;}])\s*(?:import|export)(\s+type\b)?(?:[\s\w*{},$]+?\sfrom)?\s*['"]([^'"\n]+)['"]/g
  const dynamic = /\bimport\(\s*['"]([^'"\n]+)['"]/g
  const code = withoutComments(text)
  const found = [
    ...[...code.matchAll(statements)].map(([, type, name = '']) => ({ name, typeOnly: type !== undefined })),
    ...[...code.matchAll(dynamic)].map(([, name = '']) => ({ name, typeOnly: false })),
  ]
  return found.map(({ name, typeOnly }) => ({ name, typeOnly, to: name.startsWith('.') ? normalize(join(dirname(path), name)) : name }))
}

/** Comments go, strings stay: rough, and on the safe side for what we look for. */
const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\//g, ' ').replaceAll(/(^|\s)\/\/.*$/gm, '$1')

function cyclesOf(graph: ReadonlyMap<string, string[]>): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const walk = (path: string, way: string[]): void => {
    const at = way.indexOf(path)
    if (at >= 0) cycles.push(`cycle: ${[...way.slice(at), path].join(' > ')}`)
    if (at >= 0 || done.has(path)) return
    for (const next of graph.get(path) ?? []) walk(next, [...way, path])
    done.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return cycles
}

function readAll(folders: readonly string[]): Files {
  const root = join(import.meta.dirname, '..')
  const files = new Map<string, string>()
  for (const folder of folders) {
    let names: string[] = []
    try {
      names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    } catch {
      continue
    }
    for (const name of names) {
      const path = normalize(join(folder, name))
      // the planted imports of this very file, and what a tool generates
      if (!/\.(ts|js)$/.test(path) || path.startsWith('server/storage/client/') || path === relative(root, import.meta.filename)) continue
      files.set(path, readFileSync(join(root, path), 'utf8'))
    }
  }
  return files
}
