import { createHmac } from 'node:crypto'

/**
 * Who paid, as day files have it: a code that both ends make of the account and nobody else can. It is of one payment, so that two of one payer look unlike.
 * @param key what the platform gave this bank
 */
export const payerCode = (key: string, serial: string, account: string): string =>
  createHmac('sm3', key)
    .update(`${serial}\n${account.replaceAll(/[\s-]/g, '')}`)
    .digest('hex')
    .slice(0, 32)
