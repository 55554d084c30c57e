import type { Router } from 'express'

/** What the redirect login of a bank offers to the rest of the mock, whatever its protocol. */
export interface RedirectLogin {
  router: Router
  /** live sessions of a customer */
  sessions(number: string): number
  /**
   * Ends every session of a customer and tells the broker.
   * @returns addresses the browser has to visit for the broker to hear of it; none where the bank told it directly
   */
  logoutEverywhere(number: string): Promise<string[]>
}
