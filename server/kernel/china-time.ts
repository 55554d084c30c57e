/** China's one time, 国家标准时间: UTC+8, without summer time since 1991. Days of law, of the ledger and of reports are its days, and formats that name no zone mean it. */
export const CHINA_AHEAD = 8 * 3_600_000

/** A date whose UTC members read as the clock does in China. */
export const inChina = (at: Date): Date => new Date(at.getTime() + CHINA_AHEAD)

/** The day in China on which an instant falls, YYYY-MM-DD. */
export const chinaDay = (at: Date): string => inChina(at).toISOString().slice(0, 10)

const plus = (day: string, count: number): string => new Date(Date.parse(`${day}T00:00:00.000Z`) + count * 86_400_000).toISOString().slice(0, 10)

/** @param day YYYY-MM-DD */
export const nextDay = (day: string): string => plus(day, 1)

/** @param day YYYY-MM-DD */
export const dayBefore = (day: string): string => plus(day, -1)
