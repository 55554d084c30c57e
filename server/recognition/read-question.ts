import type { z } from 'zod'
import { readBody } from '../http/read-body.ts'

/**
 * A question of this room as its schema says.
 * @throws BrokerError bad_request naming members and never their values; too_large; algorithm_refused for an algorithm of another name
 */
export const readQuestion = <S extends z.ZodType>(value: unknown, schema: S): z.output<S> =>
  readBody(value, schema, { algorithm: 'algorithm_refused' })
