import { errors } from 'oidc-provider'

/** What a center may have shown on the phone (CIBA 7.1 binding_message), in a center's words. */
export const BINDING_MESSAGE = 'binding_message: one line of 1 to 64 letters, digits, spaces and punctuation, Chinese welcome'

/** characters; a phone shows them in two lines */
const MOST = 64

/**
 * The standard lets a server be strict: the library admits a few ASCII letters, we want what a Chinese counter says ("标段三 报名 8842"), and nothing that could draw something else on the phone: no control,
 * no line break, no invisible or direction-turning character, no lone surrogate.
 * @returns the message as it is shown, in normal form C
 * @throws InvalidBindingMessage (CIBA 13)
 */
export function readBindingMessage(message: string): string {
  const text = message.normalize('NFC')
  if (text !== text.trim() || text === '' || [...text].length > MOST || !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text)) {
    throw new errors.InvalidBindingMessage(BINDING_MESSAGE)
  }
  return text
}
