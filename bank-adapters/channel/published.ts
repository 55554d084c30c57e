import { z } from 'zod'
import { type Party, partyKey } from './keys.ts'

/** The platform's name in the channel. */
export const PLATFORM = 'shared-shield'

const published = z.object({ keys: z.array(z.object({ use: z.enum(['sign', 'encrypt']), certificate: z.string() })).max(100) })

/**
 * The platform's keys, as it publishes them at `/channel/keys`.
 * @param answer JSON of that address
 * @param name the platform's, where it is another
 * @throws Error where it is none
 */
export const readPublished = (answer: unknown, name: string = PLATFORM): Party => ({
  name,
  algorithms: ['SM2'],
  keys: published.parse(answer).keys.map(partyKey),
})
