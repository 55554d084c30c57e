import type { MandateState } from '../storage/stores-authorization.ts'
import type { Words } from '../web/words.ts'
import type { MandateSignature } from './mandate-pdf.ts'
import type { MandateView } from './mandates.ts'
import type { EntryRow } from './pages/lists.ts'
import type { ChangeKind } from './terms.ts'
import type { WorkbenchDeps } from './workbench-room.ts'

/** What the pages of one mandate say of its changes and of who signed it. */
export const CHANGE_WORDS: Record<ChangeKind, { title: Words; lead: Words; button: Words; done: string; from: readonly MandateState[] }> = {
  revoke: {
    title: { zh: '撤回授权', en: 'Revoke the mandate' },
    lead: {
      zh: '签名后立即失效，从它转出去的授权也一同失效，不能恢复。',
      en: 'It ends as soon as you have signed, with all that was passed on from it. This cannot be undone.',
    },
    button: { zh: '签名并撤回', en: 'Sign and revoke' },
    done: 'revoked',
    from: ['offered', 'active', 'suspended'],
  },
  suspend: {
    title: { zh: '暂停授权', en: 'Suspend the mandate' },
    lead: {
      zh: '签名后立即不能使用，从它转出去的授权也一样，随时可以恢复。',
      en: 'It cannot be used as soon as you have signed, nor can what was passed on from it. You can resume it at any time.',
    },
    button: { zh: '签名并暂停', en: 'Sign and suspend' },
    done: 'suspended',
    from: ['active'],
  },
  resume: {
    title: { zh: '恢复授权', en: 'Resume the mandate' },
    lead: { zh: '签名后立即可以继续使用。', en: 'It can be used again as soon as you have signed.' },
    button: { zh: '签名并恢复', en: 'Sign and resume' },
    done: 'resumed',
    from: ['suspended'],
  },
}

/** Who signed it, when, and with which certificate: read from the signatures themselves, so that a row that was edited shows none. */
export async function signaturesOn(
  { signatures, stores, bankName }: WorkbenchDeps,
  { row, terms }: MandateView,
  entries: readonly EntryRow[],
): Promise<MandateSignature[]> {
  if (terms === undefined) return []
  const given = row.givenCms === undefined ? undefined : signatures.intact({ text: row.text, cms: row.givenCms })
  const accepted =
    row.acceptedCms === undefined || row.acceptedText === undefined ? undefined : signatures.intact({ text: row.acceptedText, cms: row.acceptedCms })
  if (given === undefined) return []
  const shields = await stores.parties.shieldsOf(row.enterpriseId, 500)
  const certificate = (thumbprint: string): string => {
    const found = shields.find(shield => shield.thumbprint === thumbprint)
    return found === undefined ? `证书 SM3 ${thumbprint.slice(0, 16)}…` : `${bankName(found.bank).zh} · 序列号 ${found.serial} · ${found.subject}`
  }
  const when = (kind: EntryRow['kind']) => entries.find(entry => entry.kind === kind)?.at ?? row.updatedAt
  return [
    { role: '授权人', name: terms.giver.name, at: when('offered'), certificate: certificate(given) },
    ...(accepted === undefined ? [] : [{ role: '被授权人', name: terms.grantee.name, at: when('accepted'), certificate: certificate(accepted) }]),
  ]
}
