import type { Visit } from './visit.ts'

/** Looks at one page as wide as a desktop and as narrow as a phone: a journey that takes long is not played twice for the width. */
export async function lookInBothWidths({ page, look }: Pick<Visit, 'page' | 'look'>, ...[name, ...more]: Parameters<Visit['look']>): Promise<void> {
  const wide = page.viewportSize()
  await look(name, ...more)
  await page.setViewportSize({ width: 360, height: 780 })
  await look(`${name}-narrow`, ...more)
  if (wide !== null) await page.setViewportSize(wide)
}
