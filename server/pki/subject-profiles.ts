/**
 * Owns how each issuer writes the company into a certificate: one reader a profile. A profile belongs to a bank's data (bank-adapters/bank-data.ts), never guessed from
 * the certificate: two banks use the same CN fields in different order.
 *
 * The traps: the O of a CFCA certificate is the CA, not the company; the letter before the code says what kind of document it is and is no part of it; a company
 * name may hold an '@', so the fields are counted from both ends and a name that could be taken for a code is refused; and only the one CN attribute is read,
 * never the text of the whole name.
 */
import { BrokerError } from '../kernel/errors.ts'
import { isUscc, readUscc, type Uscc } from '../kernel/uscc.ts'
import type { Certificate } from './certificate.ts'
import { children, type Der, onlyElement } from './der.ts'
import { readText, valuesOf } from './names.ts'
import { sm3 } from './sm2.ts'

export interface SubjectOfShield {
  uscc: Uscc
  enterprise: string
  person?: { name?: string; code?: string }
  /** the holder's name with this issuer: the same in a renewed certificate, whatever its serial, key and dates; holds no person's number */
  stableSubject: string
}

type Reader = (certificate: Certificate) => SubjectOfShield

const profiles = {
  /** RA@company@{document letter}{USCC}@sequence */
  'cfca-cn': certificate => {
    const fields = /^([^@]+)@(.+)@([^@]+)@([^@]+)$/s.exec(commonName(certificate))
    return fromFields(certificate, { ra: fields?.[1], company: fields?.[2], code: fields?.[3], sequence: fields?.[4] })
  },
  /** RA@{document digit}{USCC}@company@sequence */
  'cfca-cn-swapped': certificate => {
    const fields = /^([^@]+)@([^@]+)@(.+)@([^@]+)$/s.exec(commonName(certificate))
    return fromFields(certificate, { ra: fields?.[1], code: fields?.[2], company: fields?.[3], sequence: fields?.[4] })
  },
  /** GB/T 20518-2018: the code in an extension of its own, the company in O, the operator in CN and, with some issuers, the operator's number in another extension */
  gbt20518: certificate => {
    const code = extensionText(certificate, '1.2.156.10260.4.1.4')
    if (code === undefined) throw unreadable(certificate, 'no organization code in extension 1.2.156.10260.4.1.4')
    const uscc = readUscc(code)
    const written = only(certificate, 'O')
    // some CAs write the code before the name
    const enterprise = companyName(certificate, written.startsWith(uscc) ? written.slice(uscc.length) : written)
    const name = only(certificate, 'CN').trim()
    const number = extensionText(certificate, '1.2.156.10260.4.1.1')
    const person = { ...(name === enterprise || name === '' ? {} : { name }), ...(number === undefined ? {} : { code: number }) }
    return {
      uscc,
      enterprise,
      ...(Object.keys(person).length === 0 ? {} : { person }),
      stableSubject: `${uscc}/${number === undefined ? (person.name ?? '') : sm3(Buffer.from(`${uscc}/${number}`)).slice(0, 32)}`,
    }
  },
} as const satisfies Record<string, Reader>

export type SubjectProfile = keyof typeof profiles

/**
 * Reads the company out of a certificate whose path has been verified.
 * @throws BrokerError `subject_unreadable`, or `uscc_invalid` when the code's check character is wrong
 */
export function readSubject(profile: SubjectProfile, certificate: Certificate): SubjectOfShield {
  return profiles[profile](certificate)
}

type Fields = Record<'ra' | 'company' | 'code' | 'sequence', string | undefined>

function fromFields(certificate: Certificate, { ra, company, code, sequence }: Fields): SubjectOfShield {
  if (ra === undefined || company === undefined || code === undefined || sequence === undefined)
    throw unreadable(certificate, 'the CN has not the fields of its profile')
  if (!/^[0-9A-Z].{18}$/.test(code)) throw unreadable(certificate, 'the field of the code is not a letter and eighteen characters')
  if (!/^\d{1,9}$/.test(sequence)) throw unreadable(certificate, 'the CN does not end in a sequence number')
  // where another field could be the code as well, nobody can tell which the issuer meant
  if ([ra, ...company.split('@')].some(part => isUscc(part.slice(1)))) throw unreadable(certificate, 'two fields of the CN could be the code')
  const uscc = readUscc(code.slice(1))
  return { uscc, enterprise: companyName(certificate, company), stableSubject: `${ra}/${uscc}/${sequence}` }
}

const commonName = (certificate: Certificate): string => only(certificate, 'CN')

function only(certificate: Certificate, type: string): string {
  const [value, another] = valuesOf(certificate.subject, type)
  if (value === undefined || another !== undefined) throw unreadable(certificate, `the subject has not exactly one ${type}`)
  return value
}

function companyName(certificate: Certificate, text: string): string {
  const name = text.trim()
  // control and direction characters would let a name show as another
  if (name === '' || name.length > 200 || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name))
    throw unreadable(certificate, 'the company name is empty, too long or holds control characters')
  return name
}

/** The text of an extension, whichever way issuers wrap it: a string type, one inside a tag or sequence, or bare ASCII. */
function extensionText(certificate: Certificate, oid: string): string | undefined {
  const value = certificate.extension(oid)
  if (value === undefined) return undefined
  const text = (unwrapped(value) ?? value.toString('latin1')).trim()
  if (!/^[\x21-\x7e]{1,64}$/.test(text)) throw unreadable(certificate, `extension ${oid} is not a text`)
  return text
}

function unwrapped(value: Buffer): string | undefined {
  try {
    let element: Der | undefined = onlyElement(value)
    for (let depth = 0; depth < 3 && element !== undefined; depth++) {
      const text = readText(element)
      if (text !== undefined) return text
      if (element.tag >= 0x80 && (element.tag & 0x20) === 0) return element.content.toString('latin1')
      element = children(element)[0]
    }
    return undefined
  } catch {
    return undefined
  }
}

function unreadable(certificate: Certificate, facts: string): BrokerError {
  return new BrokerError('subject_unreadable', `${facts}; issuer ${certificate.issuer.text}, serial ${certificate.serial}`)
}
