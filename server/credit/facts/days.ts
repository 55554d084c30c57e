/** Days as YYYY-MM-DD; they sort as text. */

/** The same day of a later month, or its last one where it has none such (民法典 202). */
export function addMonths(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const first = new Date(Date.UTC(year, month - 1 + months, 1))
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  first.setUTCDate(Math.min(date, last))
  return first.toISOString().slice(0, 10)
}

/** Midnight in China at which the day begins. */
export const beginningOf = (day: string): Date => new Date(`${day}T00:00:00.000+08:00`)
