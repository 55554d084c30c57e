import { z } from 'zod'
import { SEAL_KINDS } from '../../storage/stores-seals.ts'
import { LIMITS as FORMAT } from '../contract.ts'
import { KINDS } from '../life/kinds.ts'
import { MOST_DOCUMENTS } from '../tasks/tasks.ts'
import { LIMITS } from './limits.ts'
import { BASE, type SealOperation } from './operation.ts'

/** What can be asked for here: who seals, which formats, kinds and pictures. Made from what the house really has. */
export const Provider = z
  .strictObject({
    id: z.string(),
    name: z.strictObject({ zh: z.string(), en: z.string() }),
    interface: z.string().describe('Where it is asked, on this site: another interface, with a scope of its own, where it is not this one.'),
    formats: z.array(
      z.strictObject({
        format: z.enum(['ofd', 'pdf', 'xml', 'cms']).describe('`cms`: any file; the signature stands beside it.'),
        placements: z.array(z.enum(['at', 'keyword', 'edge'])),
        handed_in: z.literal('digests').optional().describe('Its digests are handed in, and the file stays with you. Absent: the document is.'),
      }),
    ),
    algorithms: z.array(z.strictObject({ key: z.enum(['SM2', 'RSA', 'ECDSA']), value: z.string() })),
    limits: z.strictObject({
      document_bytes: z.int(),
      file_bytes: z.int().optional().describe('Of a file of which digests are handed in.'),
      documents: z.int(),
      seals_verified: z.int().optional(),
      open_days: z.int(),
    }),
  })
  .meta({ id: 'Provider', description: 'Who sets seals or signatures, and what it can do.' })
export type Provider = z.output<typeof Provider>
const ProviderList = z.strictObject({ providers: z.array(Provider) }).meta({ id: 'ProviderList', description: 'All that can be asked here.' })
const KindList = z
  .strictObject({
    kinds: z.array(
      z.strictObject({
        kind: z.enum(SEAL_KINDS),
        name: z.strictObject({ zh: z.string(), en: z.string() }),
        shape: z.enum(['round', 'chop']),
        millimetres: z.number(),
        of: z.enum(['company', 'person']),
      }),
    ),
  })
  .meta({ id: 'KindList', description: 'The kinds of seal.' })

export const discoveryOperations: readonly SealOperation[] = [
  {
    method: 'get',
    path: `${BASE}/providers`,
    name: 'listProviders',
    title: { zh: '签章服务与能力', en: 'Who seals, and what they can do' },
    about: { zh: '各签章服务支持的格式、盖章位置、算法和限额。', en: 'Formats, placements, algorithms and limits of every provider.' },
    scope: 'seals.read',
    status: 200,
    answer: ProviderList,
    refusals: [],
    async run({ formats, otherProviders }) {
      const told = formats.map(({ name }) => ({ format: name, placements: name === 'xml' || name === 'cms' ? [] : ['at', 'keyword', 'edge'] }))
      const beside = { format: 'cms', placements: [], handed_in: 'digests' }
      const provider = {
        id: 'shield',
        name: { zh: '共享盾电子签章', en: 'Shared Shield seals' },
        interface: BASE,
        formats: [...told, beside],
        algorithms: [
          { key: 'SM2', value: 'GB/T 38540-2020' },
          { key: 'RSA', value: 'RFC 5652' },
          { key: 'ECDSA', value: 'RFC 5652' },
        ],
        limits: {
          document_bytes: FORMAT.document,
          file_bytes: FORMAT.file,
          documents: MOST_DOCUMENTS,
          seals_verified: FORMAT.seals,
          open_days: LIMITS.open.most,
        },
      }
      return { body: { providers: [provider, ...otherProviders] }, items: 1 + otherProviders.length }
    },
  },
  {
    method: 'get',
    path: `${BASE}/kinds`,
    name: 'listKinds',
    title: { zh: '印章种类', en: 'Kinds of seal' },
    about: { zh: '公章、合同章等，及其通常的形状和大小。', en: 'Company seal, contract seal and so on, with their usual shape and size.' },
    scope: 'seals.read',
    status: 200,
    answer: KindList,
    refusals: [],
    async run() {
      const kinds = SEAL_KINDS.map(kind => {
        const { zh, en, shape, millimetres, type } = KINDS[kind]
        return { kind, name: { zh, en }, shape, millimetres, of: type === 1 ? 'company' : 'person' }
      })
      return { body: { kinds }, items: kinds.length }
    },
  },
]
