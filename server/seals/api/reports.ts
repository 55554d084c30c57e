import { z } from 'zod'
import type { Check, DocumentReport, SealReport } from '../report.ts'
import type { Verified } from '../verify/verification.ts'
import { when } from './operation.ts'

/** What verifying found, in the words of the interface, and what helps where a check is not good. Owns the remedies; what is checked is the formats'. */
export const Answer = z.enum(['yes', 'no', 'unknown'])
export const CheckAnswer = z
  .strictObject({
    code: z.string(),
    of: z.enum(['intact', 'trusted', 'valid', 'note']).describe('Which of the three answers it belongs to; a note refuses nothing.'),
    ok: Answer,
    zh: z.string(),
    en: z.string(),
    facts: z.string().optional(),
  })
  .meta({ id: 'CheckAnswer', description: 'One check.' })
export const SealReportAnswer = z
  .strictObject({
    id: z.string().describe('Where it stands in the document.'),
    kind: z.enum(['cms', 'ses', 'xmldsig', 'unknown']),
    intact: Answer.describe('Was the document changed after it?'),
    trusted: Answer.describe('Is the signer known and allowed to?'),
    valid: Answer.describe('Did everything hold when it was sealed?'),
    signer: z
      .strictObject({
        name: z.string().optional(),
        uscc: z.string().optional(),
        government: Answer.optional().describe('Whether its CA may serve government affairs.'),
        subject: z.string(),
        issuer: z.string(),
        serial: z.string(),
        thumbprint: z.string().describe('SM3 over the certificate.'),
        not_before: z.string(),
        not_after: z.string(),
        algorithm: z.enum(['SM2', 'RSA', 'ECDSA']),
      })
      .optional(),
    seal: z.strictObject({ es_id: z.string(), name: z.string(), valid_from: z.string(), valid_until: z.string() }).optional(),
    claimed_at: z.string().optional().describe('As the signer says.'),
    proven_at: z.string().optional().describe('By a time stamp that holds.'),
    pages: z.array(z.int()).optional(),
    covers_whole: z.boolean().describe('Whether it protects the whole document.'),
    checks: z.array(CheckAnswer),
  })
  .meta({ id: 'SealReportAnswer', description: 'One seal or signature.' })
export const ReportAnswer = z
  .strictObject({
    format: z.enum(['ofd', 'pdf', 'xml', 'cms']),
    size: z.int(),
    sm3: z.string().describe('Of the document that was verified.'),
    seals: z.array(SealReportAnswer),
    findings: z.array(CheckAnswer).describe('About the document, whichever seal.'),
    verified_at: when,
  })
  .meta({ id: 'ReportAnswer', description: 'Which seals, by whom, when, over what, still good.' })
export type ReportAnswer = z.output<typeof ReportAnswer>

export function tellReport({ format, seals, findings, document }: Verified, at: Date): ReportAnswer {
  const told = { format, size: document.size, sm3: document.digest, seals: seals.map(tellSeal), findings: [...findings] }
  return { ...told, verified_at: at.toISOString() }
}

function tellSeal({
  id,
  kind,
  intact,
  trusted,
  valid,
  signer,
  seal,
  claimedAt,
  provenAt,
  pages,
  covers,
  checks,
}: SealReport): ReportAnswer['seals'][number] {
  return {
    ...{ id, kind, intact, trusted, valid },
    ...(signer === undefined ? {} : { signer: tellSigner(signer) }),
    ...(seal === undefined ? {} : { seal: { es_id: seal.id, name: seal.name, valid_from: seal.validFrom, valid_until: seal.validUntil } }),
    ...(claimedAt === undefined ? {} : { claimed_at: claimedAt }),
    ...(provenAt === undefined ? {} : { proven_at: provenAt }),
    ...(pages === undefined ? {} : { pages: [...pages] }),
    covers_whole: covers.whole,
    checks: [...checks],
  }
}

function tellSigner({ certificate, name, uscc, government }: NonNullable<SealReport['signer']>) {
  const { subject, issuer, serial, thumbprint, algorithm, notBefore, notAfter } = certificate
  return {
    ...(name === undefined ? {} : { name }),
    ...(uscc === undefined ? {} : { uscc }),
    ...(government === undefined ? {} : { government }),
    ...{ subject, issuer, serial, thumbprint, not_before: notBefore, not_after: notAfter, algorithm },
  }
}

export const ExplainAnswer = z
  .strictObject({
    verdict: z.enum(['good', 'bad', 'unknown', 'none']).describe('`none`: there is no seal. `bad`: at least one seal does not hold.'),
    seals: z.array(
      z.strictObject({
        id: z.string(),
        verdict: z.enum(['good', 'bad', 'unknown']),
        checks: z.array(
          z.strictObject({
            code: z.string(),
            ok: Answer,
            zh: z.string(),
            en: z.string(),
            remedy: z.strictObject({ zh: z.string(), en: z.string() }).optional().describe('What helps, where it is not good.'),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'ExplainAnswer', description: 'Every check in a sentence, with what helps where it is not good.' })

/** What helps, by the question that a check belongs to and how it came out. */
const REMEDIES = {
  'intact no': {
    zh: '文件在盖章后被改动或已损坏。请向盖章人索取原文件，不要采信这一份。',
    en: 'The document was changed or damaged after it was sealed. Ask whoever sealed it for the original, and do not rely on this one.',
  },
  'intact unknown': {
    zh: '无法核对内容。请换用未加密、完好的文件再验。',
    en: 'The content could not be checked. Verify an intact document that is not encrypted.',
  },
  'trusted no': {
    zh: '签章证书的签发机构不在信任列表，或证书不能用于签章。请盖章人改用受信任机构签发的盾。',
    en: 'The certificate is not of a trusted CA, or not for seals. Have it sealed with a shield of a trusted CA.',
  },
  'trusted unknown': { zh: '暂时查不到签发机构的状态。请稍后再验。', en: 'The CA could not be asked just now. Verify again later.' },
  'valid no': {
    zh: '盖章时印章或证书不在有效期，或已吊销。请盖章人用有效的印章重新盖。',
    en: 'When it was sealed, the seal or certificate was over or revoked. Have it sealed again with one in force.',
  },
  'valid unknown': {
    zh: '盖章时间或吊销状态还不能确定。请稍后再验，或请盖章人加盖时间戳。',
    en: 'The time of sealing, or whether it was revoked, is not known. Verify again later, or have it sealed with a time stamp.',
  },
} as const

function remedyOf({ of, ok }: Check): { zh: string; en: string } | undefined {
  return of === 'note' || ok === 'yes' ? undefined : REMEDIES[`${of} ${ok}`]
}

function verdictOf({ intact, trusted, valid }: Pick<SealReport, 'intact' | 'trusted' | 'valid'>): 'good' | 'bad' | 'unknown' {
  const all = [intact, trusted, valid]
  if (all.includes('no')) return 'bad'
  return all.every(each => each === 'yes') ? 'good' : 'unknown'
}

export function explain({ seals }: Pick<DocumentReport, 'seals'>): z.output<typeof ExplainAnswer> {
  const told = seals.map(seal => ({
    id: seal.id,
    verdict: verdictOf(seal),
    checks: seal.checks.map(each => {
      const remedy = remedyOf(each)
      const { code, ok, zh, en } = each
      return { code, ok, zh, en, ...(remedy === undefined ? {} : { remedy }) }
    }),
  }))
  const worst = (['bad', 'unknown', 'good'] as const).find(each => told.some(({ verdict }) => verdict === each))
  return { verdict: worst ?? 'none', seals: told }
}

/** one word for a whole document */
export const outcomeOf = ({ seals }: Pick<DocumentReport, 'seals'>): string => explain({ seals }).verdict
