/**
 * SM2 between us and openssl, over random keys: each makes signatures and certificates, the other verifies them. One shell runs openssl over a whole batch, and one run of
 * `openssl verify` takes all certificates at once, so that a thousand keys cost some seconds.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Certificate, pem, readCertificate } from '../../server/pki/certificate.ts'
import { issueCertificate } from '../../server/pki/issue.ts'
import { readPrivateKey } from '../../server/pki/pkcs8.ts'
import { isSelfSigned } from '../../server/pki/signed-by.ts'
import { generateSm2, signSm2, verifySm2 } from '../../server/pki/sm2.ts'
import { withFolder } from './openssl-run.ts'

export interface Agreement {
  keys: number
  /** signatures that the other side accepted */
  signatures: number
  /** certificates that the other side accepted */
  certificates: number
  /** signatures over another message that the other side accepted: none */
  forgeries: number
}

const ID = 'distid:1234567812345678'
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const dates = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2049-01-01T00:00:00Z') }

/** Runs one command for each number of a batch in a shell. @returns the numbers for which it succeeded */
function succeeding(folder: string, count: number, command: (i: string) => string): number[] {
  const script = `i=0; while [ $i -lt ${count} ]; do if ${command('$i')} >/dev/null 2>&1; then echo $i; fi; i=$((i+1)); done`
  const done = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
  return done.stdout.split('\n').filter(Boolean).map(Number)
}

/** Our keys, signatures and certificates in openssl. */
export function oursInOpenssl(keys: number): Agreement {
  return withFolder({}, (run, folder) => {
    const put = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes)
    const roots: string[] = []
    for (const i of range(keys)) {
      const [ca, leaf] = [generateSm2(), generateSm2()]
      const message = randomBytes(1 + (i % 300))
      put(`${i}.msg`, message)
      put(`${i}.other`, Buffer.concat([message, Buffer.of(0)]))
      put(`${i}.pub`, leaf.publicKey.export({ type: 'spki', format: 'pem' }))
      put(`${i}.sig`, signSm2(leaf.privateKey, message))
      const issuer = new Certificate(
        issueCertificate({ subject: [['CN', `CA ${i}`]], issuer: { self: ca.privateKey }, publicKey: ca.publicKey, ...dates, profile: 'root' }),
      )
      roots.push(pem(issuer.der))
      const subject = [['CN', `Leaf ${i}`]] as const
      put(
        `${i}.pem`,
        pem(
          issueCertificate({
            subject,
            issuer: { certificate: issuer, privateKey: ca.privateKey },
            publicKey: leaf.publicKey,
            ...dates,
            profile: 'sign',
          }),
        ),
      )
    }
    put('roots.pem', roots.join(''))
    const check = (file: string) => (i: string) => `openssl dgst -sm3 -verify ${i}.pub -signature ${i}.sig -sigopt ${ID} ${i}.${file}`
    const verified = run('verify', '-vfyopt', ID, '-CAfile', 'roots.pem', ...range(keys).map(i => `${i}.pem`))
    return {
      keys,
      signatures: succeeding(folder, keys, check('msg')).length,
      certificates: verified.out.split('\n').filter(line => /^\d+\.pem: OK$/.test(line)).length,
      forgeries: succeeding(folder, Math.min(keys, 50), check('other')).length,
    }
  })
}

/** Keys, signatures and certificates of openssl with us. */
export async function opensslInOurs(keys: number): Promise<Agreement> {
  const made = withFolder({}, (_, folder) => {
    for (const i of range(keys)) writeFileSync(join(folder, `${i}.msg`), randomBytes(1 + (i % 300)))
    succeeding(
      folder,
      keys,
      i =>
        `openssl genpkey -algorithm SM2 -out ${i}.key && openssl dgst -sm3 -sign ${i}.key -sigopt ${ID} -out ${i}.sig ${i}.msg && ` +
        `openssl req -x509 -new -key ${i}.key -sm3 -sigopt ${ID} -subj /CN=${i} -days 100 -out ${i}.pem`,
    )
    return range(keys).map(i => ['key', 'msg', 'sig', 'pem'].map(ending => readFileSync(join(folder, `${i}.${ending}`))))
  })
  const found: Agreement = { keys, signatures: 0, certificates: 0, forgeries: 0 }
  for (const [key, message, signature, certificate] of made) {
    if (key === undefined || message === undefined || signature === undefined || certificate === undefined) continue
    const read = readCertificate(certificate)
    if (verifySm2(read.publicKey, message, signature)) found.signatures++
    if (verifySm2(read.publicKey, Buffer.concat([message, Buffer.of(0)]), signature)) found.forgeries++
    // the certificate signed itself, and holds the public half of the key file
    const own = await readPrivateKey(key)
    if (isSelfSigned(read) && verifySm2(read.publicKey, message, signSm2(own, message))) found.certificates++
  }
  return found
}
