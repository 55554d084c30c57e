import { row } from './row.ts'

/** What can be refused about remote signing of persons. The rules are those of ../failures.ts. */
export const remoteSigningFailures = {
  remote_check_needed: row(
    403,
    'clerk',
    '需要银行刚刚核验过本人。请到银行做本人核验后再继续。',
    'Your bank has to have checked the person behind the shield just now. Have that done at the bank, then go on.',
  ),
  remote_pin_weak: row(
    422,
    'clerk',
    '签名 PIN 太容易被猜到。请用 8 位以上、同时有字母和数字的 PIN。',
    'The signing PIN is too easily guessed. Choose eight characters or more, with letters and digits.',
  ),
  remote_pin_differs: row(422, 'clerk', '两次输入的签名 PIN 不一样。请重新输入。', 'The two signing PINs differ. Enter them again.'),
  remote_factor_wrong: row(
    403,
    'clerk',
    '签名 PIN 或动态口令不正确，没有签名。错满六次就会锁定。',
    'The signing PIN or the one-time code is wrong; nothing was signed. After six wrong tries the key locks.',
  ),
  remote_key_locked: row(
    403,
    'clerk',
    '签名 PIN 错了六次，云签密钥已锁定。请做本人核验后启用新的密钥。',
    'The signing PIN was wrong six times and the key is locked. Have the person check done and activate a new key.',
  ),
  remote_key_needed: row(
    403,
    'clerk',
    '您还没有可用的云签密钥，或它已过期、已停用。请先启用。',
    'You have no remote key that can be used, or it has expired or was taken back. Activate one first.',
  ),
  remote_key_tampered: row(
    403,
    'operator',
    '存储的云签密钥与写入时不一致，没有使用。请联系平台管理员。',
    'The stored key is not as it was written and was not used. Contact the platform operator.',
  ),
  remote_approval_missing: row(
    409,
    'clerk',
    '手机还没有确认这份清单。请先在手机上核对并确认。',
    'The phone has not confirmed this list yet. Check and confirm it on the phone first.',
  ),
  remote_approval_over: row(
    409,
    'clerk',
    '这次确认已过期或已用过，没有签名。请重新开始签名。',
    'This approval has expired or was used; nothing was signed. Begin signing again.',
  ),
  remote_request_unknown: row(
    404,
    'clerk',
    '没有这项签名请求，或它不是请您签的。请核对收到的链接。',
    'There is no such request, or it is not for you. Check the link you were sent.',
  ),
  remote_request_over: row(409, 'clerk', '这项签名请求已结束，不能再办理。', 'This request is over and nothing more can be done with it.'),
  remote_person_unknown: row(
    404,
    'center',
    '没有在本中心登录过的这个人。请让专家先登录一次。',
    'Nobody of that name has logged in at your center. Have the expert log in once.',
  ),
}
