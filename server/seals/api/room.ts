import type { Trail } from '../../audit/events.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Webhooks } from '../../notices/webhooks.ts'
import type { Stores } from '../../storage/stores.ts'
import type { SealFormat } from '../contract.ts'
import type { SealLife } from '../life/life.ts'
import type { Pictures, UsesOf } from '../life/ports.ts'
import type { ExpertTasks } from '../tasks/experts.ts'
import type { SealTasks } from '../tasks/tasks.ts'
import type { Verification } from '../verify/verification.ts'
import type { Provider } from './discovery.ts'

/** What the operations are given: the seal service's own parts, and what is written down. The composition root joins them. */
export interface SealRoom {
  /** who else signs on this site, by an interface of its own */
  otherProviders: readonly Provider[]
  publicUrl: string
  stores: Pick<Stores, 'sealInterface' | 'sealTasks' | 'seals' | 'blobs' | 'evidence' | 'consents' | 'parties' | 'clients'>
  formats: readonly SealFormat[]
  tasks: SealTasks
  experts: ExpertTasks
  life: Pick<SealLife, 'stateOf'>
  usesOf: UsesOf
  pictures: Pictures
  verification: Verification
  webhooks: Webhooks
  /** a verification waits to be done */
  verifyLater(id: string): Promise<void>
  /** something that the center hears of; must not throw */
  tell(news: { event: string; clientId: string; subject: string; data: Record<string, unknown>; trace: string }): void
  trail: Trail
  clock: Clock
}
