/** Fills a text up with spaces to the next whole number of steps of its UTF-8, so that what is sealed says nothing by its length; JSON does not mind. */
export function fill(text: string, step: number): string {
  const length = Buffer.byteLength(text)
  return text + ' '.repeat(Math.ceil((length + 1) / step) * step - length)
}
