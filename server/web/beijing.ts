/** Beijing's calendar and clock, as every page here tells them. Made once: a formatter costs more than a page of dates. */
const format = (timeStyle?: 'short' | 'medium') => {
  const made = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle })
  return (at: string | Date): string => made.format(new Date(at))
}

/** 2026-11-28. @param at ISO 8601, or a date */
export const dayOf = format()
/** 2026-11-28 21:54 */
export const minuteOf = format('short')
/** 2026-11-28 21:54:07 */
export const secondOf = format('medium')
