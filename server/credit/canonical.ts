/** JSON in one form (RFC 8785 for what is written here: objects, arrays, texts, whole numbers, booleans): the same content is the same octets. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [name: string]: Plain | undefined }

/** Members that are undefined are left out. @throws TypeError for a number that is not whole, which two programs might write in two ways */
export function canonical(value: Plain): string {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a whole number`)
    return String(value)
  }
  if (typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, member]) => (member === undefined ? [] : [`${JSON.stringify(name)}:${canonical(member)}`]))
  return `{${members.join(',')}}`
}

const isList = (value: object): value is readonly Plain[] => Array.isArray(value)
