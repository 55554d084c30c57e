/**
 * What the agent needs of a kind of shield, in words neutral to how it is reached: a folder of files today (software-driver.ts), SKF (GM/T 0016) and
 * PKCS#11 libraries the same way. The counting of wrong PINs is the shield's, never the agent's: a driver reports what the device says.
 *
 * | here | GM/T 0016 (SKF) | PKCS#11 |
 * |---|---|---|
 * | `list` | EnumDev, ConnectDev, EnumApplication, EnumContainer, ExportCertificate | C_GetSlotList, C_FindObjects |
 * | `open` | OpenApplication, VerifyPIN (retry count) | C_OpenSession, C_Login, CKF_USER_PIN_FINAL_TRY |
 * | `sign`, `decrypt` | ECCSignData, RSASignData, the container's decryption | C_Sign, C_Decrypt |
 * | `changePin` | ChangePIN | C_SetPIN |
 * | `watch` | WaitForDevEvent | C_WaitForSlotEvent |
 */
export interface ShieldDriver {
  readonly name: string
  /** Whether shields can be reached at all, for the live status: a missing library or folder is `unavailable`, no shield plugged in is not. */
  state(): 'ready' | 'unavailable'
  list(): Promise<Shield[]>
  /** @throws BrokerError `shield_absent` */
  open(id: string, pin: string): Promise<Opened>
  /** @throws BrokerError `shield_absent` · `shield_pin_unfit` */
  changePin(id: string, oldPin: string, newPin: string): Promise<PinAnswer>
  /** Calls back after a shield was plugged in, unplugged or changed its certificates; answers how to stop. */
  watch(changed: () => void): () => void
  close(): void
}

/** A shield that is plugged in; everything here is readable without a PIN. */
export interface Shield {
  /** stable while plugged in and across re-plugging; letters, digits, - and _ */
  id: string
  label: string
  algorithm: 'SM2' | 'RSA'
  /** DER */
  signCertificate: Buffer
  encryptCertificate?: Buffer
  triesLeft: number
}

export type PinAnswer = { outcome: 'ok' } | { outcome: 'wrong-pin'; triesLeft: number } | { outcome: 'locked' }
export type Opened = { outcome: 'open'; session: ShieldSession } | Exclude<PinAnswer, { outcome: 'ok' }>

/** An opened shield. Every call fails with `shield_absent` once it was unplugged, and with `shield_closed` after `close`. */
export interface ShieldSession {
  /** SM2 with SM3 and the standard signer id: DER SEQUENCE{r, s}; RSA: PKCS#1 v1.5 with SHA-256. */
  sign(data: Uint8Array): Promise<Buffer>
  /** SignedData of GB/T 35275 (PKCS#7 for RSA) with the content and the signing certificate inside */
  signP7(content: Uint8Array): Promise<Buffer>
  /** With the encryption key where there is one. SM2: DER SM2Cipher of GM/T 0009; RSA: PKCS#1 v1.5, or OAEP with SHA-256 for both. @throws BrokerError `signature_invalid` when it is not for this key */
  decrypt(ciphertext: Uint8Array, padding?: 'pkcs1' | 'oaep-sha256'): Promise<Buffer>
  close(): void
}
