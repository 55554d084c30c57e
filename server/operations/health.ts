/**
 * Health as an orchestrator asks for it. Started: the process has finished its start. Live: the event loop turns. Ready: the core (database, keys, self-test) serves.
 * A bank that does not answer shows in the body as degraded and never takes the broker out of service: the other banks still work.
 */
export interface Check {
  name: string
  /** a core check decides between 200 and 503 */
  core: boolean
  /** rejects when unwell */
  probe(): Promise<void>
}

export interface Readiness {
  status: 'up' | 'degraded' | 'down'
  checks: { name: string; core: boolean; status: 'up' | 'down' }[]
}

/** @param patience milliseconds a check has; one that hangs is down */
export async function readiness(checks: readonly Check[], patience = 2000): Promise<Readiness> {
  const results = await Promise.all(checks.map(async ({ name, core, probe }) => ({ name, core, status: await statusOf(probe, patience) })))
  const down = results.filter(result => result.status === 'down')
  return { status: down.some(result => result.core) ? 'down' : down.length > 0 ? 'degraded' : 'up', checks: results }
}

/** Why a check failed stays in the logs of what failed: this body may be read by a load balancer's owner. */
async function statusOf(probe: () => Promise<void>, patience: number): Promise<'up' | 'down'> {
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), patience)
    })
    await Promise.race([probe(), late])
    return 'up'
  } catch {
    return 'down'
  } finally {
    clearTimeout(timer)
  }
}
