/**
 * Which refusals are written down already: in the audit record by the room that knew most of them, and as a step in the trace. Owns that whoever meets one later, on its way to the answer, writes neither a second time: every
 * refusal has one event and one step.
 */
const recorded = new WeakSet<Error>()
const traced = new WeakSet<Error>()

/** in the audit record */
export const markRecorded = (error: Error): void => void recorded.add(error)
export const isRecorded = (error: Error): boolean => recorded.has(error)
/** in the trace */
export const markTraced = (error: Error): void => void traced.add(error)
export const isTraced = (error: Error): boolean => traced.has(error)
