import { threadId } from 'node:worker_threads'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { Parcel } from '../../server/kernel/thread-messages.ts'

/** Jobs as a room would have them, and some that no room should. */
export type TestJob = { kind: 'double'; bytes: Uint8Array } | { kind: 'refuse' | 'fail' | 'end' }

/** @returns which thread did it, 0 for the event loop's, and every octet twice as much */
export function perform(job: TestJob, kept: { plus: number } | undefined): { thread: number; bytes: Uint8Array } {
  switch (job.kind) {
    case 'double':
      return { thread: threadId, bytes: job.bytes.map(octet => octet * 2 + (kept?.plus ?? 0)) }
    case 'refuse':
      throw new BrokerError('bad_request', 'not this one')
    case 'fail':
      throw new Error('a fault of ours')
    case 'end':
      if (threadId !== 0) process.exit(3)
      return { thread: 0, bytes: Buffer.from('done here') }
  }
}

export function parcel(job: TestJob): Parcel<TestJob> {
  if (job.kind !== 'double') return { job, moved: [] }
  const bytes = new Uint8Array(job.bytes)
  return { job: { ...job, bytes }, moved: [bytes.buffer] }
}

/** A thread that ends with the first job it is sent. */
export const ENDS = new URL("data:text/javascript,import{parentPort as p}from'node:worker_threads';p.on('message',()=>process.exit(3))")
