/** Owns the known answers that are asked for before a bid is encrypted, as the platform asks itself: a browser that computes wrongly must not make a bid that never opens. */
import { BidFailure } from './failure.js'
import { fromHex, hex, utf8 } from './octets.js'
import { encryptSm2 } from './sm2.js'
import { Sm3 } from './sm3.js'
import { Sm4Ctr } from './sm4.js'

const ANSWERS = {
  /** GB/T 32905-2016, A.1 */
  SM3: () => hex(new Sm3().update(utf8('abc')).digest()) === '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
  /** GB/T 32907-2016, A.1 */
  SM4: () =>
    hex(new Sm4Ctr(fromHex('0123456789abcdeffedcba9876543210')).block([0x01234567, 0x89abcdef, 0xfedcba98, 0x76543210])) ===
    '681edf34d206965e86b3e94f536e4246',
  /** GB/T 32918.5-2017, C.2, in the form of GM/T 0009 */
  SM2: () => {
    const point = fromHex(
      '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
    )
    const k = fromHex('59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21')
    return hex(encryptSm2(point, utf8('encryption standard'), () => k)) === SM2_CIPHER
  },
}
const SM2_CIPHER =
  '307c022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73022100e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0' +
  '042059983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766041321886ca989ca9c7d58087307ca93092d651efa'

/** @throws BidFailure `self_test_failed` */
export function selfTest() {
  for (const [algorithm, holds] of Object.entries(ANSWERS)) if (!holds()) throw new BidFailure('self_test_failed', algorithm)
}
