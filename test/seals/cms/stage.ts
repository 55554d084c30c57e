import { certificateFacts } from '../../../server/pki/certificate.ts'
import { octets } from '../../../server/pki/der-write.ts'
import type { SealJudge, SignatureValue } from '../../../server/seals/contract.ts'
import type { Check } from '../../../server/seals/report.ts'
import { createCmsValue } from '../../../server/seals/values/cms-value.ts'
import { type Algorithm, makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'

export const root = makeRoot('演示根')
export const signers = {
  SM2: makeUnder(root, '演示公司'),
  RSA: makeUnder(root, 'RSA', {}, 'RSA'),
  ECDSA: makeUnder(root, 'ECDSA', {}, 'ECDSA'),
} satisfies Record<Algorithm, Party>

export const messageValue = ({ certificate }: Party): SignatureValue => createCmsValue({ certificate, signingTime: true })

const line = (of: Check['of'], ok: Check['ok']): Check => ({ code: `judge-${of}`, of, ok, zh: '', en: '' })
/** Trusts whoever our root issued; a stamp is what it stamps, in an OCTET STRING. */
export const judge: SealJudge = {
  value: () => Promise.reject(new Error('a file has no value inside')),
  signer: async ({ certificate, stamp }) => ({
    signer: { certificate: certificateFacts(certificate) },
    ...(stamp !== undefined && octets(stamp.over).equals(Buffer.from(stamp.token)) ? { provenAt: '2027-06-01T12:00:01.000Z' } : {}),
    checks: [line('trusted', certificate.authorityKeyId === root.certificate.subjectKeyId ? 'yes' : 'no'), line('valid', 'yes')],
  }),
}
