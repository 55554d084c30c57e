import { z } from 'zod'
import type { SealPicture } from '../contract.ts'
import { BASE, type SealOperation, type Told } from './operation.ts'
import type { SealRoom } from './room.ts'

/** Previews: how a seal of these words would look. A drawing is no seal: what makes one is the maker's signature. */
const format = z.enum(['svg', 'png']).optional().describe('`svg` unless told.')
const RoundQuestion = z
  .strictObject({
    name: z.string().min(2).max(60).describe('On the arc.'),
    under: z.string().min(1).max(12).optional().describe('Below the star, such as 投标专用章.'),
    number: z
      .string()
      .regex(/^\d{13}$/)
      .optional(),
    format,
  })
  .meta({ id: 'RoundQuestion', description: 'A round seal.' })
const ChopQuestion = z
  .strictObject({
    name: z.string().min(2).max(32),
    style: z.enum(['raised', 'sunk']).optional().describe('朱文 or 白文; `raised` unless told.'),
    format,
  })
  .meta({ id: 'ChopQuestion', description: 'A name chop.' })

/** as a screen shows it */
const DOTS = 12
function drawn({ pictures }: SealRoom, picture: SealPicture, as: 'svg' | 'png' = 'svg'): Told {
  const bytes = as === 'png' ? pictures.toPng(picture, DOTS) : Buffer.from(pictures.toSvg(picture), 'utf8')
  return { file: { type: as === 'png' ? 'image/png' : 'image/svg+xml', name: `preview.${as}`, bytes }, outcome: as }
}
const shared = { scope: 'seals.read', status: 200, answerBytes: ['image/svg+xml', 'image/png'], refusals: ['seal_picture_unusable'] } as const

export const pictureOperations: readonly SealOperation[] = [
  {
    ...shared,
    path: `${BASE}/pictures/round`,
    name: 'previewRound',
    title: { zh: '圆章预览', en: 'Preview a round seal' },
    about: {
      zh: '按企业名称画出圆章，SVG 或 PNG。只是图样，不是印章。',
      en: 'Draws a round seal of a company’s name, as SVG or PNG. A drawing, and no seal.',
    },
    request: RoundQuestion,
    example: { name: '示例建设有限公司', under: '投标专用章' },
    async run(room, ask) {
      const { name, under, number, format: as } = ask.body(RoundQuestion)
      await ask.charge(5)
      const words = { name, ...(under === undefined ? {} : { under }), ...(number === undefined ? {} : { number }) }
      return drawn(room, room.pictures.drawRoundSeal(words), as)
    },
  },
  {
    ...shared,
    path: `${BASE}/pictures/chop`,
    name: 'previewChop',
    title: { zh: '名章预览', en: 'Preview a name chop' },
    about: { zh: '按姓名画出方章，朱文或白文。', en: 'Draws a square chop of a person’s name.' },
    request: ChopQuestion,
    example: { name: '示例甲', style: 'raised' },
    async run(room, ask) {
      const { name, style = 'raised', format: as } = ask.body(ChopQuestion)
      await ask.charge(5)
      return drawn(room, room.pictures.drawNameChop({ name, style }), as)
    },
  },
]
