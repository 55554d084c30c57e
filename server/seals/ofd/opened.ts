/** Owns a package opened to be judged: its documents as far as they can be read, their lists, and what each part is for. */
import { asBrokerError } from '../../kernel/errors.ts'
import { bodiesOf, documentOf, type OfdBody, type OfdDocument } from './document.ts'
import type { OfdPackage } from './package.ts'
import { type Role, Roles, SEEN } from './parts.ts'
import type { OfdSignature } from './signature-file.ts'
import { readList, type SignatureList } from './signature-list.ts'

export interface Opened {
  body: OfdBody
  document: OfdDocument | undefined
  list: SignatureList | undefined
  /** what this document uses */
  roles: Roles
}

/** @throws BrokerError seal_document_unusable for what is no OFD */
export function openAll(of: OfdPackage): Opened[] {
  return bodiesOf(of).bodies.map(body => {
    const document = attempt(() => documentOf(of, body.root))
    const { list: path } = body
    const list = path === undefined ? undefined : attempt(() => readList(of, path))
    const roles = new Roles(of)
    if (document !== undefined) roles.addDocument(document)
    roles.set(path, 'signature-list')
    roles.addVersions(body)
    return { body, document, list, roles }
  })
}

/** After all that is drawn has its role: a signature that names a page as its own file does not make it one. */
export function addSignature({ roles }: Opened, listed: string | undefined, signature: OfdSignature | undefined): void {
  for (const path of [listed, signature?.value, signature?.seal]) roles.set(path, 'signature')
}

/** What a part is for in any document of the package; what is drawn somewhere is drawn. */
export function roleIn(opened: readonly Opened[], path: string): Role {
  const found = opened.map(({ roles }) => roles.of(path)).filter(role => role !== 'other')
  return found.find(role => SEEN.has(role)) ?? found[0] ?? 'other'
}

/** What a document has wrong is told by what is missing then, and is never thrown. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (error.code === 'internal') throw error
    return undefined
  }
}
