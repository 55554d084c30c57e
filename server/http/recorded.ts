/**
 * Which refusals a room has already written into the audit record and the trace, with what it alone knew of them: whoever handles all errors (app.ts) then does not write them a second time.
 */
const recorded = new WeakSet<Error>()

export const markRecorded = (error: Error): void => void recorded.add(error)
export const isRecorded = (error: Error): boolean => recorded.has(error)
