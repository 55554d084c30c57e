/**
 * A list that storage hands out a page at a time, page by page in its order.
 * @param read what stands behind the last one read; from the beginning without one
 * @param size rows of a full page: a shorter one is the last
 * @param most pages; what stands behind them is left out
 */
export async function* pagesOf<Row>(
  read: (after: Row | undefined) => Promise<readonly Row[]>,
  size: number,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly Row[]> {
  let after: Row | undefined
  for (let n = 0; n < most; n++) {
    const page = await read(after)
    if (page.length > 0) yield page
    if (page.length < size) return
    after = page.at(-1)
  }
}
