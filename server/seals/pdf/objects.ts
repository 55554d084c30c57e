/** Owns the kinds of value in a PDF, ISO 32000-2 7.3, with where they stand in the file: what a signature covers is a matter of bytes. */

export type PdfObject = null | boolean | number | PdfName | PdfString | PdfArray | PdfDict | PdfRef | PdfStream

export class PdfName {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** From its first delimiter to after its last in the bytes it was read from; both 0 for one of our making. */
interface Span {
  readonly at: number
  readonly end: number
}

export class PdfString implements Span {
  readonly bytes: Buffer
  readonly hex: boolean
  readonly at: number
  readonly end: number
  constructor(bytes: Buffer, hex = false, at = 0, end = 0) {
    this.bytes = bytes
    this.hex = hex
    this.at = at
    this.end = end
  }
}

export class PdfArray implements Span {
  readonly items: readonly PdfObject[]
  readonly at: number
  readonly end: number
  constructor(items: readonly PdfObject[], at = 0, end = 0) {
    this.items = items
    this.at = at
    this.end = end
  }
}

export class PdfDict implements Span {
  readonly entries: ReadonlyMap<string, PdfObject>
  /** keys that stand there more than once: readers differ on which counts */
  readonly repeated: readonly string[]
  readonly at: number
  readonly end: number
  constructor(entries: ReadonlyMap<string, PdfObject>, repeated: readonly string[] = [], at = 0, end = 0) {
    this.entries = entries
    this.repeated = repeated
    this.at = at
    this.end = end
  }

  has(key: string): boolean {
    return this.entries.has(key)
  }

  get(key: string): PdfObject | undefined {
    return this.entries.get(key)
  }

  /** A copy with these entries instead; undefined takes one away. */
  with(changes: Readonly<Record<string, PdfObject | undefined>>): PdfDict {
    const entries = new Map(this.entries)
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) entries.delete(key)
      else entries.set(key, value)
    }
    return new PdfDict(entries)
  }
}

export class PdfRef {
  readonly num: number
  readonly gen: number
  constructor(num: number, gen: number) {
    this.num = num
    this.gen = gen
  }
}

export class PdfStream {
  readonly dict: PdfDict
  /** as it stands in the file: filtered */
  readonly raw: Buffer
  constructor(dict: PdfDict, raw: Buffer) {
    this.dict = dict
    this.raw = raw
  }
}

export const name = (value: string): PdfName => new PdfName(value)
export const dict = (entries: Readonly<Record<string, PdfObject | undefined>>): PdfDict => new PdfDict(new Map()).with(entries)
export const array = (...items: readonly PdfObject[]): PdfArray => new PdfArray(items)

/** The text of a name, or undefined for anything else. */
export const nameOf = (value: PdfObject | undefined): string | undefined => (value instanceof PdfName ? value.name : undefined)
