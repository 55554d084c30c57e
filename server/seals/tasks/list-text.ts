import { oneLine } from '../../kernel/one-line.ts'
import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'

/**
 * The list (盖章清单) that a person reads, signs with one PIN and keeps: which seal, which documents, each by its own digest and by what the signature is over. The shield's agent signs what stands on it, line by line
 * (bank-adapters/shield-agent/listed.ts reads the end of each line), and nothing else. Owns its words.
 */
export interface ListWords {
  task: Pick<SealTask, 'id' | 'title' | 'center'>
  company: { uscc: string; name: string }
  person: string
  seal: { id: string; name: string }
  documents: readonly SealTaskDocument[]
  /** ISO 8601 */
  at: string
}

/** letters of a document's name on its line */
const NAME = 60

export function listText({ task, company, person, seal, documents, at }: ListWords): string {
  return [
    '盖章清单',
    `任务:${task.id}`,
    `发起:${oneLine(task.center.name)}(${oneLine(task.center.id)})`,
    `事项:${oneLine(task.title)}`,
    `企业:${oneLine(company.name)}(${company.uscc})`,
    `办理人:${oneLine(person)}`,
    `印章:${oneLine(seal.name)}(${seal.id})`,
    `文件数:${documents.length}`,
    ...documents.map(
      ({ n, name, format, size, digest, order }) =>
        `${n}. ${shortened(oneLine(name))}${format === 'cms' ? elsewhere(size) : ''} 原文SM3:${digest} 摘要:${order?.hash ?? ''}`,
    ),
    `时间:${at}`,
  ].join('\n')
}

/** The digest that the list has for this document; undefined where it does not stand on it. */
export function hashOnList(text: string, { n, digest }: Pick<SealTaskDocument, 'n' | 'digest'>): string | undefined {
  const line = text.split('\n').find(each => each.startsWith(`${n}. `) && each.includes(` 原文SM3:${digest} 摘要:`))
  return line?.slice(-64)
}

/** nobody but its center has seen the file */
const elsewhere = (size: number): string => ` (原文在发起方,${size}字节)`

const shortened = (name: string): string => {
  const letters = [...name]
  return letters.length <= NAME ? name : `${letters.slice(0, NAME / 2).join('')}…${letters.slice(-NAME / 2 + 1).join('')}`
}
