import { BrokerError, type FailureCode } from '../kernel/errors.ts'

/**
 * Fetches some bytes within a limit of size and time, following no redirect: revocation sources are named by certificates, and a certificate may be hostile.
 * @param failed the code of an answer that is none, is too large, or does not come
 * @throws BrokerError `failed`, or whatever refusal the given fetch throws
 */
export async function fetchBounded(
  get: typeof fetch,
  url: string,
  request: RequestInit,
  limits: { bytes: number; milliseconds: number },
  failed: FailureCode = 'revocation_unknown',
): Promise<Buffer> {
  try {
    const response = await get(url, { ...request, redirect: 'error', signal: AbortSignal.timeout(limits.milliseconds) })
    if (!response.ok) {
      await response.body?.cancel()
      throw new BrokerError(failed, `${url} answered ${response.status}`)
    }
    return await readAll(response, url, limits.bytes, failed)
  } catch (cause) {
    if (cause instanceof BrokerError) throw cause
    throw new BrokerError(failed, `${url} cannot be reached`, { cause })
  }
}

async function readAll(response: Response, url: string, limit: number, failed: FailureCode): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    length += part.value.length
    if (length > limit) {
      await reader?.cancel()
      throw new BrokerError(failed, `${url} sends more than ${limit} bytes`)
    }
    chunks.push(part.value)
  }
  return Buffer.concat(chunks)
}
