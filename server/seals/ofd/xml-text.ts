/** Owns the characters of XML 1.0: what an entity stands for, and writing words that go into XML. */

const ENTITIES: ReadonlyMap<string, string> = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }))
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** The five entities and the numbers of characters replaced; undefined where another stands, which only a document type could declare. */
export function plain(raw: string): string | undefined {
  if (!raw.includes('&')) return raw
  let good = true
  const text = raw.replaceAll(/&([^;&]{0,10});?/g, (all, name: string) => {
    const found = all.endsWith(';') ? (characterOf(name) ?? ENTITIES.get(name)) : undefined
    good &&= found !== undefined
    return found ?? ''
  })
  return good ? text : undefined
}

function characterOf(name: string): string | undefined {
  const code = /^#(?:(\d{1,7})|x([0-9A-Fa-f]{1,6}))$/.exec(name)
  if (code === null) return undefined
  const point = Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 16 : 10)
  return isCharacter(point) ? String.fromCodePoint(point) : undefined
}

/** Production 2. */
const isCharacter = (point: number): boolean =>
  point === 9 ||
  point === 10 ||
  point === 13 ||
  (point >= 0x20 && point < 0xd800) ||
  (point > 0xdfff && point < 0xfffe) ||
  (point > 0xffff && point <= 0x10ffff)

export const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, found => ESCAPES[found] ?? '')
