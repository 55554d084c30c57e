import { z } from 'zod'
import type { DigestedContent } from '../../pki/cms-verify-stream.ts'
import type { SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import { digestedFile } from '../cms/by-digest.ts'
import { LIMITS } from '../contract.ts'
import type { FileElsewhere } from '../tasks/tasks.ts'

/** Files that a center keeps, in the words of the interface: it hands in digests, and gets back what stands beside the file. Owns these words; what is made of them is cms/by-digest.ts. */
const hexadecimal = z.string().regex(/^[0-9a-fA-F]{64}$/)
export const FileDigests = z
  .strictObject({
    size: z.int().min(1).max(LIMITS.file).describe('Bytes.'),
    sm3: hexadecimal.describe('Hexadecimal.'),
    sha256: hexadecimal.optional().describe('Hexadecimal. Without it, only a shield with an SM2 key can sign.'),
  })
  .meta({ id: 'FileDigests', description: 'A file that you keep, of any size and format: it is not handed in.' })

/** As a task takes it. */
export const elsewhereOf = (name: string, { size, sm3, sha256 }: z.output<typeof FileDigests>): FileElsewhere => ({
  ...{ name, size, digest: sm3.toLowerCase() },
  ...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }),
})

/** @returns what is known of a file that its center keeps; undefined where the seal stands inside the document */
export const fileBeside = (document: SealTaskDocument): DigestedContent | undefined =>
  document.format === 'cms' ? digestedFile(document) : undefined
