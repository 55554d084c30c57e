import { row } from './row.ts'

/** What can be refused about certificates, signatures, time stamps, key files, and the shield with the program that reaches it. The rules are those of ../failures.ts. */
export const certificatesFailures = {
  // certificates and signatures
  certificate_malformed: row(
    422,
    'bank',
    '证书内容无法识别。请更换盾或联系发证银行。',
    'The certificate cannot be read. Use another shield or contact the bank.',
  ),
  certificate_untrusted: row(
    403,
    'bank',
    '这张证书不是本平台认可的银行签发的。请换用已接入银行的盾。',
    'This certificate was not issued by a bank we recognise. Use the shield of a connected bank.',
  ),
  certificate_expired: row(
    403,
    'clerk',
    '盾里的证书已过期。请到开户银行办理续期后再登录。',
    'The certificate in the shield has expired. Renew it at your bank, then log in again.',
  ),
  certificate_not_yet_valid: row(
    403,
    'bank',
    '证书还没有到生效时间。请核对电脑时间或联系银行。',
    'The certificate is not valid yet. Check the clock or contact the bank.',
  ),
  certificate_revoked: row(
    403,
    'clerk',
    '这张证书已被银行吊销。请到开户银行换领新盾。',
    'The bank has revoked this certificate. Get a new shield from your bank.',
  ),
  certificate_wrong_use: row(
    403,
    'clerk',
    '这张证书不能用于登录签名。请选择盾里的签名证书。',
    'This certificate is not for signing. Choose the signing certificate in the shield.',
  ),
  certificate_chain_invalid: row(
    403,
    'bank',
    '证书链不符合要求。请联系发证银行。',
    'The certificate chain breaks the rules. Contact the issuing bank.',
  ),
  revocation_unknown: row(
    503,
    'bank',
    '暂时查不到证书是否被吊销，为安全起见没有放行。请稍后重试。',
    'We cannot learn whether the certificate was revoked, so it was not let in. Try again shortly.',
  ),
  algorithm_refused: row(
    422,
    'bank',
    '使用了不被接受的密码算法。请联系银行更换盾。',
    'An algorithm we do not accept was used. Ask your bank for a new shield.',
  ),
  signature_invalid: row(
    403,
    'clerk',
    '签名验证不通过。请重新插盾再试一次。',
    'The signature does not verify. Reinsert the shield and try once more.',
  ),
  message_malformed: row(
    422,
    'center',
    '报文无法识别：格式不对、不完整或超出限制。请让发送方重新生成后再发来。',
    'The message cannot be read: malformed, incomplete or beyond the limits. Ask the sender to make and send it again.',
  ),
  decryption_failed: row(
    403,
    'clerk',
    '无法解密。请确认这份文件是发给您这张加密证书的，并且没有被改动；仍不行时请发送方重新加密。',
    'It cannot be decrypted. Make sure it was encrypted to your encryption certificate and was not changed; otherwise ask the sender to encrypt it again.',
  ),
  shield_key_mismatch: row(403, 'bank', '盾里的证书与密钥不匹配。请联系银行。', 'Certificate and key in the shield do not match. Contact the bank.'),

  // time stamps and key files
  timestamp_malformed: row(422, 'center', '时间戳内容无法识别。请重新申请时间戳。', 'The time stamp cannot be read. Ask for a new one.'),
  timestamp_invalid: row(
    403,
    'center',
    '时间戳验证不通过，不能证明该时间。请重新申请时间戳。',
    'The time stamp does not verify and proves no time. Ask for a new one.',
  ),
  timestamp_refused: row(
    502,
    'operator',
    '时间戳服务拒绝了申请，没有加盖时间戳。请联系平台管理员。',
    'The time-stamp authority refused the request; nothing was stamped. Tell the platform operator.',
  ),
  timestamp_unreachable: row(
    503,
    'operator',
    '暂时连不上时间戳服务，没有加盖时间戳。请稍后重试。',
    'The time-stamp authority cannot be reached; nothing was stamped. Try again shortly.',
  ),
  key_file_malformed: row(
    422,
    'clerk',
    '密钥文件无法识别。请选择 PFX、SM2 或 PEM 格式的密钥文件。',
    'The key file cannot be read. Choose a PFX, SM2 or PEM key file.',
  ),
  key_password_wrong: row(
    403,
    'clerk',
    '密码不正确，或密钥文件已损坏。请核对密码后重试。',
    'The password is wrong, or the key file is damaged. Check the password and try again.',
  ),

  // the shield and the program that reaches it
  shield_file_malformed: row(422, 'bank', '盾文件无法识别。请向开户银行重新领取。', 'The shield file cannot be read. Ask your bank for a new one.'),
  shield_pin_wrong: row(403, 'clerk', 'PIN 码不正确。请核对后再输入。', 'The PIN is wrong. Check it and enter it again.'),
  shield_pin_unfit: row(422, 'clerk', 'PIN 码应为 6 至 16 个字符。', 'A PIN has 6 to 16 characters.'),
  shield_locked: row(
    423,
    'bank',
    'PIN 码连续输错次数过多，盾已锁定。请到开户银行解锁。',
    'Too many wrong PINs: the shield is locked. Have your bank unlock it.',
  ),
  shield_absent: row(
    404,
    'clerk',
    '没有找到这个盾，可能已被拔出。请插入后再试。',
    'This shield is not there; it may have been removed. Insert it and try again.',
  ),
  shield_closed: row(403, 'clerk', '盾还没有打开。请先输入 PIN 码。', 'The shield is not open. Enter its PIN first.'),
  shield_text_refused: row(
    422,
    'center',
    '要签名的内容不是可读的文字，盾助手没有签名。',
    'What was to be signed is not readable text, so the agent did not sign it.',
  ),
  shield_sign_declined: row(
    403,
    'clerk',
    '您没有确认签名，或确认超时，盾没有签名。',
    'You did not confirm, or confirming took too long; nothing was signed.',
  ),
  shield_request_refused: row(400, 'center', '盾助手不支持这个请求。', 'The shield agent does not accept this request.'),
}
