/** Owns writing around contents that are not at hand: headers of a known length, and the indefinite form (X.690 8.1.3.6) where it is not known. */

/** Identifier and length octets of an element whose contents follow elsewhere; the length in its shortest form. */
export function headerOf(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.of(tag, length)
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Buffer.of(tag, 0x80 | octets.length, ...octets)
}

/** Opens an element of indefinite length. */
export const opened = (tag: number): Buffer => Buffer.of(tag, 0x80)
/** End-of-contents octets of so many of them. */
export const closed = (count: number): Buffer => Buffer.alloc(2 * count)

/**
 * Everything in front of a large content: elements nested in each other, each with something before the next and something after it.
 * @param layers outermost first; `after` is a number of octets that will follow inside the layer
 * @param size octets of the content
 */
export function headOf(layers: readonly { tag: number; before?: Buffer; after?: number }[], size: number): Buffer {
  let head: Buffer = Buffer.alloc(0)
  let behind = 0
  for (const { tag, before = Buffer.alloc(0), after = 0 } of [...layers].reverse()) {
    behind += after
    head = Buffer.concat([headerOf(tag, before.length + head.length + size + behind), before, head])
  }
  return head
}
