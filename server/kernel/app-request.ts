/**
 * What a bank's mobile app fetches from us where the address that opens it cannot hold it (docs/connect-a-bank.md, "The bank's app"). The person reads `text`, to the letter, and it is signed with the answer, whatever
 * else the key is asked for. Certificates are DER in base64.
 */
export type AppRequest =
  /** the text is a list; the key then signs what stands on it, line by line, fetched apart */
  | { kind: 'sign-list'; text: string; certificate: string; lines: number }
  /** the text says what the secret is of; each part is tried until one is for the key of the app's encryption certificate */
  | { kind: 'decrypt'; text: string; parts: AppPart[] }
  /** the app hands out the certificate of its encryption key, and signs the text with one more line that names it */
  | { kind: 'encryption-certificate'; text: string }
  /** secrets made for this question; the app answers with a digest of the one that is for its key, and never with the secret */
  | { kind: 'key-test'; text: string; parts: AppPart[] }

/** Something encrypted to one key, in base64. */
interface AppPart {
  value: string
  padding?: 'oaep-sha256'
}

/** Some of what is signed for the lines of a list, base64, in their order. */
export interface AppLines {
  lines: string[]
  /** the first that did not fit; absent: these were the last */
  next?: number
}
