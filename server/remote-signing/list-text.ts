import { oneLine } from '../kernel/one-line.ts'
import { sm3 } from '../pki/sm2.ts'
import type { RemoteKey, RemoteRequest } from '../storage/stores-remote-signing.ts'

/** The words that a person reads on the page and on the phone, and that the approval is bound to. Owns them: the same request, key and time give the same words on every process. */
export interface ListWords {
  /** of this one use of the key */
  signing: string
  person: string
  request: Pick<RemoteRequest, 'id' | 'title' | 'center' | 'documents'>
  key: Pick<RemoteKey, 'serial'>
  /** ISO 8601 */
  at: string
}

/** letters of a document's name on its line: the phone takes the whole list in an address */
const NAME = 40
/** as many as one list holds, for the same reason */
export const MOST_DOCUMENTS = 10

export function listText({ signing, person, request, key, at }: ListWords): string {
  const { title, center, documents, id } = request
  return [
    '云签清单',
    `编号:${signing}`,
    `请求:${id}`,
    `发起:${oneLine(center.name)}(${oneLine(center.id)})`,
    `事项:${shortened(oneLine(title), 2 * NAME)}`,
    `签名人:${oneLine(person)}`,
    `证书序列号:${key.serial ?? ''}`,
    `文件数:${documents.length}`,
    ...documents.map(({ n, name, digest }) => `${n}. ${shortened(oneLine(name), NAME)} SM3:${digest}`),
    `时间:${at}`,
  ].join('\n')
}

/** The words of an activation, which the phone signs where it is the second factor. */
export const activationText = (words: { signing: string; person: string; key: Pick<RemoteKey, 'id' | 'publicKey'>; at: string }): string =>
  [
    '启用云签密钥',
    `编号:${words.signing}`,
    `密钥:${words.key.id}`,
    `公钥SM3:${sm3(Buffer.from(words.key.publicKey, 'base64'))}`,
    `本人:${oneLine(words.person)}`,
    `时间:${words.at}`,
  ].join('\n')

function shortened(name: string, most: number): string {
  const letters = [...name]
  return letters.length <= most ? name : `${letters.slice(0, most / 2).join('')}…${letters.slice(-most / 2 + 1).join('')}`
}
