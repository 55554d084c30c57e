/** A name from outside within a text that a person signs: it must not write lines of its own, nor anything that a shield agent would refuse to show. At most 80 characters. */
export const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, 80)
    .toWellFormed()
