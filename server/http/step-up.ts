import type { ServerResponse } from 'node:http'
import type { Assurance } from '../kernel/assurance.ts'
import { BrokerError } from '../kernel/errors.ts'

/** What an API wants of the login behind a token. */
export interface StepUp {
  /** the least proof that would do: its `acr` value */
  acr?: Assurance
  /** whole seconds since the person proved themselves */
  maxAge?: number
}

/**
 * The challenge of RFC 9470 section 3: the token is good, the login behind it is not good enough. A center takes `acr_values` and `max_age` as they stand here into a new authorization request.
 * @returns the value of WWW-Authenticate
 */
export function stepUpChallenge({ acr, maxAge }: StepUp): string {
  const parts = ['error="insufficient_user_authentication"', 'error_description="a stronger or more recent login is needed"']
  if (acr !== undefined) parts.push(`acr_values="${acr}"`)
  if (maxAge !== undefined) parts.push(`max_age="${Math.max(0, Math.floor(maxAge))}"`)
  return `Bearer ${parts.join(', ')}`
}

/** Sets the challenge on the answer. @returns what to throw, so that the one mapping answers 401 with the code and its sentence */
export function askForStepUp(res: ServerResponse, wanted: StepUp): BrokerError {
  res.setHeader('WWW-Authenticate', stepUpChallenge(wanted))
  return new BrokerError('insufficient_user_authentication', 'the login behind the token is too weak or too old', {
    ...(wanted.acr === undefined ? {} : { expected: wanted.acr }),
  })
}
