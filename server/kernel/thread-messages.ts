/** What passes between threads.ts and a thread. */

/** Does one job. @param kept what many jobs share, a key say: sent once */
export type Perform<Job, Kept, Done> = (job: Job, kept: Kept) => Done

/** A job as it goes to a thread: what is in `moved` goes there without being copied, and is nobody's here any more. */
export interface Parcel<Job> {
  job: Job
  moved: ArrayBuffer[]
}

/** To a thread: what it is to keep and has not seen, numbers of what nobody has any more, and jobs. */
export interface ToThread {
  kept: { number: number; value: unknown }[]
  gone: number[]
  /** `module`: the address of what exports `perform` */
  jobs: { id: number; module: string; job: unknown; kept: number | undefined }[]
}

/** From a thread: what came of each job, in any order. */
export type FromThread = { id: number; done?: unknown; refused?: { code: string; facts: string } }[]
