/**
 * Owns judging an OFD: every signature that its lists name, what each protects and shows, and what the package has beside that. Whether a value holds and whom it is from is the judge's (SealJudge).
 */
import { LIMITS, type SealJudge } from '../contract.ts'
import { answerOf, type DocumentReport, type SealReport } from '../report.ts'
import { check, named } from './checks.ts'
import { OfdEvidence } from './evidence.ts'
import { findingsOf } from './findings.ts'
import { type Judged, judgeSignature } from './judge-signature.ts'
import { addSignature, type Opened, openAll } from './opened.ts'
import { OfdPackage } from './package.ts'
import { SEEN } from './parts.ts'
import { timeOf } from './signature-file.ts'
import { checkStamps, type Shown } from './stamps.ts'

/** @throws BrokerError seal_document_unusable for what is no OFD or too large */
export async function verifyOfd(document: Uint8Array, judge: SealJudge): Promise<DocumentReport> {
  const of = new OfdPackage(document)
  // what nearly all are protected with; it is on its way while the XML is read
  await of.lookAhead('sm3')
  const opened = openAll(of)
  const evidence = new OfdEvidence(of, opened)
  const seals: SealReport[] = []
  for (const each of opened) {
    const judged: Judged[] = []
    for (const [index, listed] of (each.list?.listed ?? []).slice(0, LIMITS.seals - seals.length).entries()) {
      if (each.list === undefined) break
      judged.push(await judgeSignature(of, listed, { list: each.list, index }, { judge, ...evidence.for(listed.path) }))
    }
    for (const { listed, signature } of judged) addSignature(each, listed.path, signature)
    const shown =
      each.document === undefined
        ? []
        : checkStamps(
            of,
            each.document,
            judged.map(({ signature }) => signature),
          )
    judged.forEach((one, i) => {
      seals.push(reportOf(of, each, one, judged.slice(i + 1), shown[i]))
    })
  }
  // what no seal protects
  await of.lookAt(of.paths)
  return { format: 'ofd', seals, findings: findingsOf(of, opened, seals, evidence.refused) }
}

function reportOf(of: OfdPackage, { roles }: Opened, judged: Judged, later: readonly Judged[], shown: Shown | undefined): SealReport {
  const { listed, signature, value, protects } = judged
  const open = of.paths.filter(path => !protects.has(path) && roles.of(path) !== 'signature-list')
  const seen = open.filter(path => SEEN.has(roles.of(path)))
  // what a later seal brought with it, and answers for itself
  const theirs = new Set(later.flatMap(each => [each.signature?.path, each.signature?.value, each.signature?.seal]))
  const rest = open.filter(path => !theirs.has(path) && roles.of(path) !== 'evidence')
  const added = rest.filter(path => !SEEN.has(roles.of(path)))
  const covering = signature === undefined ? [] : [check('coverage', seen.length > 0 ? 'no' : 'yes', seen.length > 0 ? named(seen) : undefined)]
  if (added.length > 0 && signature !== undefined) covering.push(check('later-parts', 'no', named(added)))
  if (signature !== undefined && open.some(path => roles.of(path) === 'evidence')) covering.push(check('evidence-added', 'yes'))
  const checks = [...judged.checks, ...covering, ...value.checks, ...(shown?.checks ?? [])]
  const { kind, signer, seal, provenAt } = value
  const claimedAt = value.claimedAt ?? timeOf(signature?.signedAt)
  const pages = shown?.pages ?? []
  return {
    id: listed.path ?? listed.id.slice(0, 100),
    kind,
    ...(signer === undefined ? {} : { signer }),
    ...(seal === undefined ? {} : { seal }),
    ...(claimedAt === undefined ? {} : { claimedAt }),
    ...(provenAt === undefined ? {} : { provenAt }),
    ...(pages.length === 0 ? {} : { pages }),
    covers: { whole: signature !== undefined && rest.length === 0, parts: of.paths.filter(path => protects.has(path)) },
    intact: answerOf(checks, 'intact'),
    trusted: answerOf(checks, 'trusted'),
    valid: answerOf(checks, 'valid'),
    checks,
  }
}
