import { createHash } from 'node:crypto'
import { fill } from '../kernel/fill.ts'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readFenJson, writeFenJson } from '../storage/fen-json.ts'
import type { BondTask } from '../storage/stores-bonds.ts'
import type { Write } from '../storage/stores-effects.ts'
import { taskWrite } from '../storage/writes.ts'

/** What is still to be done about bonds, as it is written down: sealed, in boxes of one length, so that tasks tell nothing apart but when they are due. */
type Task =
  /** names are known, or a bond was kept: what that says of the bidders is told. `of` names what it is told for, so that two of one moment are two */
  | { do: 'conduct'; sectionId: string; at: string; of?: string }
  /** order the bank to pay back what is due */
  | { do: 'refund'; bondId: string; trace: string }
  /** `opened`: the latest announced opening time came, and money that does not count goes back. `bondId` is of money that was told after it, and is done for that alone */
  | { do: 'opened' | 'abandoned' | 'validity-ended'; sectionId: string; at: string; bondId?: string }
  /** the award notice: who lost goes free */
  | { do: 'awarded'; sectionId: string; at: string; winners: string[]; ref: string }
  /** the contract: the winner's bond goes back or becomes the performance bond, and in bidding everybody else's goes back */
  | { do: 'contracted'; sectionId: string; at: string; winners: { bondId: string; performanceFen: bigint }[]; ref: string }

/** What concerns a whole section. */
export type SectionTask = Exclude<Task, { do: 'refund' | 'conduct' }>

export interface TaskWrites {
  /** @param due ISO 8601 */
  refundTask(bondId: string, due: string, trace: string): Write
  /** The same one twice is one; what differs in anything, as two contracts of one moment do, is two. */
  sectionTask(task: Exclude<Task, { do: 'refund' }>, due: string): Write
  read(task: BondTask): Task
}

/** characters; a contract with ten winners fits */
const STEP = 2048

export function createTaskWrites(sealing: Sealing): TaskWrites {
  const write = (id: string, task: Task, due: string) => taskWrite(id, sealing.seal(fill(writeFenJson(task), STEP), `bond-task:${id}`), due)
  return {
    refundTask: (bondId, due, trace) => write(newId(), { do: 'refund', bondId, trace }, due),
    sectionTask: (task, due) =>
      write(
        createHash('sm3')
          .update(writeFenJson(Object.entries(task).sort(([a], [b]) => (a < b ? -1 : 1))))
          .digest('base64url')
          .slice(0, 27),
        task,
        due,
      ),
    read: ({ id, sealed }) => readFenJson<Task>(sealing.open(sealed, `bond-task:${id}`)),
  }
}
