import type { OpenBank } from '../../bank-adapters/registry.ts'
import type { Signatures } from '../authorization/ports.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { certificateFacts } from '../pki/certificate.ts'
import { verifyCms } from '../pki/cms.ts'
import { sm3 } from '../pki/sm2.ts'
import type { Certificates } from './certificates.ts'

/** Joins what judges a text that a person signed with a shield: the message by pki, the certificate by the trust list and its revocation. */
export function createSignatures({
  register,
  clock,
  banks,
}: {
  register: Certificates['register']
  clock: Clock
  banks: ReadonlyMap<string, OpenBank>
}): Signatures {
  return {
    async verify({ text, cms }) {
      const signed = verifyCms({ cms })
      if (!Buffer.from(signed.content).equals(Buffer.from(text, 'utf8')))
        throw new BrokerError('challenge_mismatch', 'the signed message holds other words than those that were shown')
      const verdict = await register.verdictOf(signed.signer, { at: clock.now(), use: 'login', chain: signed.certificates })
      if (!verdict.ok) throw new BrokerError(verdict.code, `${verdict.reasons[0]?.facts ?? ''}`, { received: `serial ${signed.signer.serial}` })
      const [identity] = (verdict.ca?.banks ?? []).flatMap(bank => banks.get(bank)?.adapter.holderOf?.(signed.signer) ?? [])
      return { certificate: certificateFacts(signed.signer), uscc: verdict.subject?.uscc, ...(identity === undefined ? {} : { identity }) }
    },
    intact({ text, cms }) {
      try {
        const { content, signer } = verifyCms({ cms })
        return Buffer.from(content).equals(Buffer.from(text, 'utf8')) ? signer.thumbprint : undefined
      } catch {
        return undefined
      }
    },
    digest: text => sm3(Buffer.from(text, 'utf8')),
  }
}
