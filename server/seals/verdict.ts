/** Owns the one sentence about a report, for whoever reads no further: a page, a terminal. */
import type { Answer, DocumentReport } from './report.ts'

interface Verdict {
  words: { zh: string; en: string }
  tone: 'good' | 'warn' | 'bad'
}

const worst = (answers: readonly Answer[]): Answer => (answers.includes('no') ? 'no' : answers.includes('unknown') ? 'unknown' : 'yes')

/** One sentence about all of it; what is behind it stands in the report. */
export function verdictOn({ seals, findings }: Pick<DocumentReport, 'seals' | 'findings'>): Verdict {
  if (seals.length === 0)
    return { words: { zh: '这个文件里没有电子印章或签名。', en: 'There is no seal or signature in this document.' }, tone: 'warn' }
  const intact = worst(seals.map(each => each.intact))
  if (intact === 'no')
    return {
      words: { zh: '文件与盖章时不一致，或印章数据有误。请勿采信。', en: 'It is not as it was sealed, or a seal is not right. Do not rely on it.' },
      tone: 'bad',
    }
  const answer = worst(seals.flatMap(({ trusted, valid }) => [trusted, valid]))
  if (intact === 'unknown')
    return {
      words: { zh: '不能确定文件有没有改过。请看下面的说明。', en: 'Whether it was changed cannot be told. See below.' },
      tone: answer === 'no' ? 'bad' : 'warn',
    }
  if (answer === 'no')
    return {
      words: {
        zh: '文件没有改过，但印章或证书在盖章时不可采信。原因见下。',
        en: 'It was not changed, and a seal or certificate did not hold when it was sealed. See below.',
      },
      tone: 'bad',
    }
  if (answer === 'unknown' || findings.some(({ ok }) => ok !== 'yes'))
    return {
      words: { zh: '文件没有改过。有些情况还不能确定，请看下面的说明。', en: 'It was not changed. Some questions stay open: see below.' },
      tone: 'warn',
    }
  return { words: { zh: '文件没有改过，印章真实有效。', en: 'It was not changed, and every seal holds.' }, tone: 'good' }
}
