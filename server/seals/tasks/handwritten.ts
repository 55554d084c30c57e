import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import type { SealPicture } from '../contract.ts'
import { drawHandwriting, type Stroke } from '../picture/handwriting.ts'
import { mapped, rounded } from '../picture/outline.ts'
import type { UsableSeal } from './ports.ts'

/**
 * Signing by hand (手写签名): the person's writing stands where a seal would, and their own shield signs as it does for a seal. Owns what the page sends of it and how large it stands; it is kept with what was fixed for a
 * document, so that nobody can put another hand's writing under a list that was signed.
 */
export const HANDWRITTEN = 'handwritten'
/** millimetres, whatever was written in it */
export const HAND_SIZE = { width: 40, height: 18 } as const
/** characters as they are kept: a signature has some hundred points */
const LONGEST = 48 * 1024

/** x, y and where the pen tells it the pressure, in the pad's own units */
export const handStrokes = z
  .array(
    z
      .array(z.tuple([z.number().min(-10_000).max(10_000), z.number().min(-10_000).max(10_000), z.number().min(0).max(1)]))
      .min(1)
      .max(4000),
  )
  .min(1)
  .max(100)
  .refine(strokes => JSON.stringify(strokes).length <= LONGEST, { message: 'too long a writing' })
export type HandStrokes = z.output<typeof handStrokes>

/** In the middle of its place. @throws BrokerError seal_picture_unusable */
export function handPicture(strokes: HandStrokes): SealPicture {
  const read: Stroke[] = strokes.map(points => ({ points: points.map(([x, y, pressure]) => ({ x, y, pressure })) }))
  const { width, height, shapes } = drawHandwriting(read, HAND_SIZE)
  const [right, down] = [(HAND_SIZE.width - width) / 2, (HAND_SIZE.height - height) / 2]
  const centred = shapes.map(({ fill, outline }) => ({ fill, outline: mapped(outline, (x, y) => [x + right, y + down]) }))
  return rounded({ ...HAND_SIZE, shapes: centred })
}

/** As sealing takes it, in the place of a company's seal. @param hand what was kept @throws BrokerError seal_picture_unusable */
export function asHandwritten(hand: string | undefined): UsableSeal {
  const picture = handPicture(handStrokes.parse(JSON.parse(hand ?? '[]')))
  return { id: HANDWRITTEN, name: '手写签名', kind: 'person', der: Buffer.alloc(0), picture }
}

/** An OFD's readers draw the picture of an electronic seal and of nothing else; and where a center asked for a seal, a name by hand is none. @throws BrokerError seal_handwriting_unusable, seal_wrong_kind */
export function demandHandwritable(task: Pick<SealTask, 'handwriting'>, { format }: Pick<SealTaskDocument, 'format'>): void {
  if (task.handwriting !== true) throw new BrokerError('seal_wrong_kind', 'a name by hand', { expected: 'a seal' })
  if (format !== 'pdf') throw new BrokerError('seal_handwriting_unusable', `a name by hand on a document of format ${format}`)
}
