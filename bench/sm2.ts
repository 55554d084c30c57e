import { decryptSm2, encryptSm2, engine, generateSm2, signSm2, verifySm2 } from '../server/pki/sm2.ts'
import { scalarOf, sm2Key } from '../server/pki/sm2-key.ts'
import { softSign, softVerify } from '../server/pki/sm2-soft.ts'
import { softDecrypt, softEncrypt } from '../server/pki/sm2-soft-cipher.ts'

/** How long each row runs, in milliseconds of one core. */
const ROW = 1500
const TARGET = 25

/** Calls until the time is over, after a short warm-up. @returns calls a second */
function perSecond(call: () => unknown, milliseconds: number): number {
  const count = (limit: number): number => {
    const began = performance.now()
    let calls = 0
    while (performance.now() - began < limit) {
      call()
      calls++
    }
    return (calls * 1000) / (performance.now() - began)
  }
  count(milliseconds / 10)
  return count(milliseconds)
}

/** SM2 with SM3 natively, through every check of server/pki, against sm-crypto, on one core in one run. */
export async function benchSm2({ json }: { json: boolean }): Promise<void> {
  const { publicKey, privateKey } = generateSm2()
  const data = Buffer.from(
    '共享盾 one login, about as long as what a shield signs: origin, center, purpose, time, and a one-time challenge of 32 bytes',
  )
  const signature = signSm2(privateKey, data)
  if (!verifySm2(publicKey, data, signature) || !softVerify(publicKey, data, softSign(privateKey, data)))
    throw new Error('the implementations do not work')

  const key = data.subarray(0, 32)
  const cipher = encryptSm2(publicKey, key)
  const bare = softEncrypt(sm2Key(publicKey).point, key)
  const rows = { verifyNative: 0, verifySoft: 0, signNative: 0, signSoft: 0, encryptNative: 0, encryptSoft: 0, decryptNative: 0, decryptSoft: 0 }
  const calls: Record<keyof typeof rows, () => unknown> = {
    verifyNative: () => verifySm2(publicKey, data, signature),
    verifySoft: () => softVerify(publicKey, data, signature),
    signNative: () => signSm2(privateKey, data),
    signSoft: () => softSign(privateKey, data),
    encryptNative: () => encryptSm2(publicKey, key),
    encryptSoft: () => softEncrypt(sm2Key(publicKey).point, key),
    decryptNative: () => decryptSm2(privateKey, cipher),
    decryptSoft: () => softDecrypt(scalarOf(privateKey), bare),
  }
  for (const row of Object.keys(calls) as (keyof typeof rows)[]) rows[row] = perSecond(calls[row], ROW)

  const ratio = { verify: rows.verifyNative / rows.verifySoft, sign: rows.signNative / rows.signSoft }
  console.log(`SM2 with SM3, one core, native by ${engine()}`)
  console.log(
    `verify  native ${rows.verifyNative.toFixed(0)}/s  sm-crypto ${rows.verifySoft.toFixed(0)}/s  ratio ${ratio.verify.toFixed(1)} (target ${TARGET})`,
  )
  console.log(`sign    native ${rows.signNative.toFixed(0)}/s  sm-crypto ${rows.signSoft.toFixed(0)}/s  ratio ${ratio.sign.toFixed(1)}`)
  for (const what of ['encrypt', 'decrypt'] as const) {
    const [native, soft] = [rows[`${what}Native`], rows[`${what}Soft`]]
    console.log(`${what} native ${native.toFixed(0)}/s  sm-crypto ${soft.toFixed(0)}/s  ratio ${(native / soft).toFixed(1)}`)
  }
  if (json) console.log(JSON.stringify({ bench: 'sm2', ...rows, ratio, target: TARGET, reached: ratio.verify >= TARGET }))
}
