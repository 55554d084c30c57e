/** Ends an exhaustive switch: the compiler refuses a forgotten case, and a lie at run time stops here. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
