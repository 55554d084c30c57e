/** Owns what the bank says of its shields over the data channel: lost or broken, replaced by another one, there again. */
import { readFile } from 'node:fs/promises'
import { newId } from '../../server/kernel/ids.ts'
import { sm3 } from '../../server/pki/sm2.ts'
import { readShieldFile } from '../shield-agent/shield-file.ts'
import type { Bank } from './bank.ts'
import type { BankChannel } from './channel.ts'
import type { IssuedShield } from './shields.ts'

export type ShieldWord = 'lost' | 'replaced' | 'found'
/** Resolves when the platform was told, or will be again. */
export type ReportShield = (shield: IssuedShield, state: ShieldWord) => Promise<void>

export const createShieldReports =
  ({ clock }: Bank, { book, sender }: Pick<BankChannel, 'book' | 'sender'>): ReportShield =>
  async ({ serial, path, certificate }, state) => {
    const { encryptCertificate } = readShieldFile(await readFile(path, 'utf8'))
    const certificates = [certificate, ...(encryptCertificate === undefined ? [] : [Buffer.from(encryptCertificate, 'base64')])].map(der => sm3(der))
    const at = clock.now().toISOString()
    book.write({ tell: { id: newId(), key: `shield/${serial}/${state}/${at}`, type: 'shield.reported', body: { certificates, state, at } } })
    await sender.flush()
  }
