import type { Request, RequestHandler, Response } from 'express'

/** How pages of a company are reached: a handler is run with the visit of the person who is logged in, and not at all without one. */
export interface Visits<Visit> {
  /** a page: who is not logged in is sent to the login, and comes back */
  page(show: (visit: Visit, req: Request, res: Response) => Promise<void>): RequestHandler
  /** what a form or script sends: who is no longer logged in is told so. @throws BrokerError workbench_login_needed */
  act(perform: (visit: Visit, req: Request, res: Response) => Promise<void>): RequestHandler
}

/** The same visits, as another room knows them. */
export const visitsAs = <Visit, Other>(visits: Visits<Visit>, of: (visit: Visit, req: Request, res: Response) => Other): Visits<Other> => ({
  page: show => visits.page((visit, req, res) => show(of(visit, req, res), req, res)),
  act: perform => visits.act((visit, req, res) => perform(of(visit, req, res), req, res)),
})
