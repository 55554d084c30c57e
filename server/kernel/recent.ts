/** What was found lately, so many of it: the one used longest ago goes first. */
export class Recent<Value extends object> {
  readonly #most: number
  readonly #known = new Map<string, Value>()

  /** @param most that are kept */
  constructor(most: number) {
    this.#most = most
  }

  /** What is known, or made now and known from now on; where `make` throws, nothing is. */
  get(key: string, make: () => Value): Value {
    const known = this.#known.get(key) ?? make()
    // the one used last stands last
    this.#known.delete(key)
    this.#known.set(key, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#most && oldest !== undefined) this.#known.delete(oldest)
    return known
  }
}
