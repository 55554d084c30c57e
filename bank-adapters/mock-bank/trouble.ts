import { z } from 'zod'

/** How the mock bank's end of the data channel misbehaves, for tests and demonstrations. */
export const troubles = z.strictObject({
  /** neither answers nor sends */
  down: z.boolean().optional(),
  /** is not set up for what comes: refuses each new message until a person mends it */
  unready: z.boolean().optional(),
  /** milliseconds before each answer */
  slow: z.int().min(0).max(60_000).optional(),
  /** sends everything twice: as another attempt, and as another message about the same thing */
  doubled: z.boolean().optional(),
  /** sends the newest first */
  outOfOrder: z.boolean().optional(),
  /** pays back a fen too little */
  wrongAmount: z.boolean().optional(),
  /** payers' accounts that are closed: what goes back to them fails */
  closedAccounts: z.array(z.string()).max(100).optional(),
  /** what is wrong with the first row of the next day file: a fen too much, left out, listed twice, listed a day late, another payer */
  dayFile: z.enum(['wrong-amount', 'missing', 'doubled', 'late', 'other-payer']).optional(),
})
export type Trouble = z.infer<typeof troubles>
