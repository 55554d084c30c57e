import { LIMITS } from './api/limits.ts'
import { BASE } from './api/operation.ts'
import { MOST_DOCUMENTS } from './list-text.ts'

/** What a center can ask of remote signing, in the shape in which the seal interface lists whoever sets seals and signatures. Joined to that list by the composition root. */
export const REMOTE_PROVIDER = {
  id: 'remote-signing',
  name: { zh: '专家云签', en: 'Remote signing for experts' },
  interface: BASE,
  formats: [
    { format: 'pdf' as const, placements: ['keyword' as const] },
    ...(['ofd', 'xml', 'cms'] as const).map(format => ({ format, placements: [] })),
  ],
  algorithms: [{ key: 'SM2' as const, value: 'RFC 5652' }],
  // a document comes within a JSON body, in base64
  limits: { document_bytes: Math.floor((LIMITS.body * 3) / 4), documents: MOST_DOCUMENTS, open_days: LIMITS.open.most },
}
