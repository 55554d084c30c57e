import { z } from 'zod'
import type { SealPicture } from '../contract.ts'

/** A drawing as it is stored with its seal, read back. */
const n = z.number()
const byte = z.int().min(0).max(255)
const step = z.union([
  z.tuple([z.enum(['M', 'L']), n, n]).readonly(),
  z.tuple([z.literal('C'), n, n, n, n, n, n]).readonly(),
  z.tuple([z.literal('Z')]).readonly(),
])
const picture = z.object({
  width: n.positive(),
  height: n.positive(),
  shapes: z.array(z.object({ fill: z.tuple([byte, byte, byte]).readonly(), outline: z.array(step) })),
})

/** @throws Error when the stored text is no drawing */
export const readPicture = (text: string): SealPicture => picture.parse(JSON.parse(text))
