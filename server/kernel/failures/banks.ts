import { row } from './row.ts'

/** What can be refused about what banks answer. The rules are those of ../failures.ts. */
export const banksFailures = {
  bank_unreachable: row(
    503,
    'bank',
    '暂时连不上银行。请稍后重试，或改用另一家银行登录。',
    'The bank cannot be reached. Try again shortly, or log in through another bank.',
  ),
  bank_refused: row(
    403,
    'bank',
    '银行没有通过这次登录。请按银行页面提示处理后重试。',
    'The bank refused this login. Follow the bank’s instructions and try again.',
  ),
  bank_cancelled: row(
    403,
    'clerk',
    '在银行页面上没有完成登录：您取消了，或银行没有放行。可以再试一次，或换一家银行。',
    'The login was not finished at the bank: you cancelled, or the bank did not let it through. Try again, or choose another bank.',
  ),
  bank_wrong_issuer: row(
    403,
    'bank',
    '银行返回的身份信息来源不对，已拒绝。请联系平台客服。',
    'The bank’s answer names another issuer and was refused. Contact support.',
  ),
  bank_wrong_audience: row(
    403,
    'bank',
    '银行返回的身份信息不是给本平台的，已拒绝。',
    'The bank’s answer was meant for somebody else and was refused.',
  ),
  bank_wrong_nonce: row(
    403,
    'bank',
    '银行返回的信息与本次登录对不上，已拒绝。请重新登录。',
    'The bank’s answer does not belong to this login and was refused. Log in again.',
  ),
  bank_proof_old: row(
    403,
    'bank',
    '交易中心要求重新验证身份，银行却沿用了以前的登录。请在银行退出登录后重试。',
    'The center asked for a new proof and the bank answered from an earlier login. Log out at the bank and try again.',
  ),
  bank_answer_expired: row(403, 'bank', '银行返回的信息已过期。请重新登录。', 'The bank’s answer has expired. Log in again.'),
  bank_wrong_key: row(
    403,
    'bank',
    '银行返回信息的签名密钥不对，已拒绝。请联系平台客服。',
    'The bank’s answer is signed with a key we do not know and was refused. Contact support.',
  ),
  bank_unsigned: row(403, 'bank', '银行返回的信息没有签名，已拒绝。', 'The bank’s answer is not signed and was refused.'),
  bank_wrapped: row(
    403,
    'bank',
    '银行返回的信息结构异常，已拒绝。请联系平台客服。',
    'The bank’s answer is built to mislead and was refused. Contact support.',
  ),
  bank_replayed: row(409, 'bank', '银行返回的信息已经用过，已拒绝。请重新登录。', 'The bank’s answer was already used. Log in again.'),
  bank_mixed_up: row(
    403,
    'bank',
    '应答的银行不是您选择的银行，已拒绝。请重新登录。',
    'Another bank answered than the one you chose; refused. Log in again.',
  ),
  bank_answer_malformed: row(
    400,
    'bank',
    '银行返回的信息无法识别。请稍后重试或联系客服。',
    'The bank’s answer cannot be read. Try again shortly or contact support.',
  ),
  bank_identity_mismatch: row(
    403,
    'bank',
    '银行所说的企业与盾证书里的企业不一致，已拒绝。请联系开户银行。',
    'The company the bank names is not the one in the shield’s certificate; refused. Contact your bank.',
  ),
}
