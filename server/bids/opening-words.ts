import { oneLine } from '../kernel/one-line.ts'
import type { Opening } from '../storage/stores-bids.ts'
import { secondOf } from '../web/beijing.ts'
import type { Bidder } from './files/uploads.ts'

/**
 * What a bidder signs about an opening, by shield or phone: what for, which opening, which company, and when. Made anew to compare, so of nothing but what is stored and the time.
 * @param what what the signature is for, the first line
 * @param lines what else is signed, between the company and the time
 * @param at ISO 8601, the last line
 */
export function openingWords(
  what: string,
  { opening, center, bidder, lines = [], at }: { opening: Opening; center: string; bidder: Bidder; lines?: readonly string[]; at: string },
): string {
  const { project, section, title, opensAt } = opening
  return [
    what,
    `交易中心:${oneLine(center)}`,
    `项目:${oneLine(title)}(${oneLine(section === undefined ? project : `${project} / ${section}`)})`,
    `开标时间:${secondOf(opensAt)}`,
    `企业:${oneLine(bidder.name)}(${bidder.uscc})`,
    ...lines,
    `时间:${at}`,
  ].join('\n')
}
