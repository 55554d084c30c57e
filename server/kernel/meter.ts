import type { FailureCode } from './errors.ts'

/** What may be measured. Labels are closed sets: never a company, person, serial number or trace code. Implemented with Prometheus in operations/. */
export interface Meter {
  login(bank: string, outcome: 'granted' | 'refused', reason: FailureCode | 'none'): void
  stage(stage: 'choose' | 'bank' | 'shield' | 'company' | 'consent' | 'authorize' | 'token', seconds: number): void
  certificateVerdict(verdict: 'ok' | FailureCode): void
  connector(bank: string, up: boolean, seconds: number): void
  replayRefused(): void
  rateLimited(scope: string): void
  /** a message of the data channel */
  channelRefused(reason: FailureCode): void
}

export const silentMeter: Meter = {
  login: () => undefined,
  stage: () => undefined,
  certificateVerdict: () => undefined,
  connector: () => undefined,
  replayRefused: () => undefined,
  rateLimited: () => undefined,
  channelRefused: () => undefined,
}
