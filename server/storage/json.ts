/**
 * Reads back what this house itself wrote as JSON text into a column of its own. The type is the one that was written: nobody else writes there, and what comes from outside is parsed
 * with a schema before it is stored.
 */
export function readJson<T extends object>(text: string): T {
  return JSON.parse(text)
}
