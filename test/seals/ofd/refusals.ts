import { BrokerError } from '../../../server/kernel/errors.ts'

/** The code and facts that a call refuses with; `accepted` when it does not. */
export async function refusal(call: () => unknown): Promise<{ code: string; facts: string }> {
  try {
    await call()
    return { code: 'accepted', facts: '' }
  } catch (thrown) {
    if (!(thrown instanceof BrokerError)) throw thrown
    return { code: thrown.code, facts: thrown.facts }
  }
}

export const codeOf = async (call: () => unknown): Promise<string> => (await refusal(call)).code
