import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, days } from '../../server/kernel/clock.ts'
import { issueCertificate } from '../../server/pki/issue.ts'
import { pem } from '../../server/pki/pem.ts'
import { generateSm2 } from '../../server/pki/sm2.ts'
import type { BankProfile } from './bank-profile.ts'

/**
 * The bank's own keys of the data channel, in its folder `channel`: `sign` and `encrypt`, each a certificate `.pem` that the platform registers and a private key `.key.pem`. They lie in the clear, as
 * everything of the mock bank's does: nothing real hangs on them. Made once.
 */
export async function makeChannelKeys(folder: string, { id }: Pick<BankProfile, 'id'>, clock: Clock): Promise<void> {
  const place = join(folder, 'channel')
  await mkdir(place, { recursive: true })
  for (const use of ['sign', 'encrypt'] as const) {
    if (existsSync(join(place, `${use}.pem`))) continue
    const { publicKey, privateKey } = generateSm2()
    const notBefore = new Date(clock.now().getTime() - days(1))
    const certificate = issueCertificate({
      subject: [
        ['C', 'CN'],
        ['O', `Mock ${id.toUpperCase()}`],
        ['CN', `Mock ${id.toUpperCase()} data channel ${use}`],
      ],
      issuer: { self: privateKey },
      publicKey,
      notBefore,
      notAfter: new Date(notBefore.getTime() + days(3650)),
      profile: use,
    })
    await writeFile(join(place, `${use}.key.pem`), String(privateKey.export({ type: 'pkcs8', format: 'pem' })), { mode: 0o600 })
    await writeFile(join(place, `${use}.pem`), pem(certificate))
  }
}
