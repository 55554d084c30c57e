import { BrokerError, type FailureCode } from '../../server/kernel/errors.ts'

/** The code something fails with; any other outcome is told as such. */
export function failure(run: () => unknown): FailureCode | string {
  try {
    run()
  } catch (thrown) {
    return thrown instanceof BrokerError ? thrown.code : `threw ${String(thrown)}`
  }
  return 'nothing was thrown'
}

export async function laterFailure(running: Promise<unknown>): Promise<FailureCode | string> {
  try {
    await running
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : `threw ${String(thrown)}`
  }
  return 'nothing was thrown'
}
