/** JSON with whole fen: an amount is `{"$fen":"123"}`, which no text of anybody can be mistaken for. Owns nothing but that. */
export const writeFenJson = (value: unknown): string =>
  JSON.stringify(value, (_name, each: unknown) => (typeof each === 'bigint' ? { $fen: each.toString() } : each))

/** Reads what `writeFenJson` wrote in this house. */
export const readFenJson = <T>(text: string): T => JSON.parse(text, (_name, each: unknown) => (isFen(each) ? BigInt(each.$fen) : each)) as T

const isFen = (value: unknown): value is { $fen: string } =>
  typeof value === 'object' && value !== null && '$fen' in value && typeof value.$fen === 'string' && /^-?\d{1,30}$/.test(value.$fen)
