import { row } from './failures-row.ts'

/** What can be refused about messages between banks and the platform. */
export const channelFailures = {
  channel_version: row(
    400,
    'bank',
    '不支持这个报文版本，没有接收。请按接口文档的版本重新生成。',
    'This version of the message is not supported and nothing was taken in. Make it anew in the version of the interface.',
  ),
  channel_malformed: row(
    400,
    'bank',
    '报文头缺项或格式不对，没有接收。请按接口文档补齐后用同一报文号重发。',
    'A header of the message is missing or malformed and nothing was taken in. Complete it as the interface says and send it again under the same id.',
  ),
  channel_unsigned: row(
    401,
    'bank',
    '报文没有签名，没有接收。请用登记的签名密钥签名后重发。',
    'The message is not signed and nothing was taken in. Sign it with a registered key and send it again.',
  ),
  channel_signature_invalid: row(
    401,
    'bank',
    '报文签名验证不通过，没有接收。请核对待签文本与签名密钥后重发。',
    'The signature of the message does not verify and nothing was taken in. Check the signed text and the key, and send it again.',
  ),
  channel_key_unknown: row(
    401,
    'bank',
    '报文的发送方或密钥没有登记，没有接收。请先在平台登记密钥，再用同一报文号重发。',
    'The sender or key of the message is not registered and nothing was taken in. Register the key first, then send it again under the same id.',
  ),
  channel_key_not_in_force: row(
    401,
    'bank',
    '报文所用密钥未启用、已停用或已吊销，没有接收。请换用在用密钥重新签名后重发。',
    'The key of the message is not yet, or no longer, in force and nothing was taken in. Sign with a key in force and send it again.',
  ),
  channel_downgraded: row(
    401,
    'bank',
    '报文用了低于约定的方式，没有接收。请按登记的算法签名，保密内容须加密。',
    'The message is protected less than was agreed and nothing was taken in. Sign by a registered algorithm, and encrypt what is confidential.',
  ),
  channel_digest_mismatch: row(
    422,
    'bank',
    '报文正文与签名的摘要不一致，没有接收。请核对途中是否被改写后重发。',
    'The body is not the one that was signed and nothing was taken in. Check whether it is rewritten on the way, and send it again.',
  ),
  channel_misdirected: row(
    421,
    'bank',
    '报文不是发给本平台或这个地址的，没有接收。请核对接收方与地址。',
    'The message is for another receiver or address and nothing was taken in. Check both.',
  ),
  channel_stale: row(
    408,
    'bank',
    '报文发出时间太早，没有接收。请更新发送时间与随机数，用同一报文号重发。',
    'The attempt is too old and nothing was taken in. Renew its time and nonce and send it again under the same id.',
  ),
  channel_future: row(
    408,
    'bank',
    '报文发出时间晚于平台时间，没有接收。请校准系统时钟后用同一报文号重发。',
    'The attempt comes from the future and nothing was taken in. Set the clock right and send it again under the same id.',
  ),
  channel_replayed: row(
    409,
    'bank',
    '这次发送已经收到过，没有再次处理。确需重发时请更新发送时间与随机数。',
    'This very attempt was received before and nothing was done again. To send again, renew its time and nonce.',
  ),
  channel_key_reused: row(
    422,
    'bank',
    '同一报文号或业务键已用于不同内容，没有接收。原先的报文不变；内容不同请用新的报文号和业务键。',
    'The id or idempotency key stands for another content already and nothing was taken in. What was received stays; give other content an id and key of its own.',
  ),
  channel_type_unknown: row(
    422,
    'bank',
    '平台没有这种报文或这个版本，没有接收。请核对报文类型与版本。',
    'There is no such type of message, or no such version of it, and nothing was taken in. Check both.',
  ),
  channel_content_invalid: row(
    422,
    'bank',
    '报文正文不符合这种报文的格式，没有接收。请按公布的格式改正后，用新的报文号发送。',
    'The body does not fit the schema of its type and nothing was taken in. Correct it and send it under a new id.',
  ),
  channel_undecryptable: row(
    422,
    'bank',
    '报文的保密内容无法解开，没有接收。请用平台在用的加密密钥重新加密后重发。',
    'The confidential part does not open and nothing was taken in. Encrypt it to our key in force and send it again.',
  ),
  channel_refused_by_bank: row(
    502,
    'bank',
    '银行没有接收这份报文。请按银行答复的原因处理后重发。',
    'The bank did not take the message. Mend what its answer names and send it again.',
  ),
  channel_not_dead: row(
    409,
    'operator',
    '这份报文没有被放弃，还不需要人工处理。请刷新列表后再看。',
    'This message was not given up and needs nobody yet. Look at the list again.',
  ),
  channel_party_unknown: row(
    404,
    'operator',
    '数据通道里没有这一方。请核对名称；银行先在配置文件的 channelParties 里登记。',
    'The data channel has no party of this name. Check it; a bank is registered under channelParties of the configuration file first.',
  ),
  channel_key_unfit: row(
    422,
    'operator',
    '这份证书不能用来加密，没有登记。请向银行索取有效的加密证书。',
    'Nothing can be encrypted to this certificate, and it was not registered. Ask the bank for an encryption certificate that is valid.',
  ),
  channel_key_known: row(
    409,
    'operator',
    '这个密钥已经登记过，或者刚被别人改动。请先列出密钥再看。',
    'This key is registered already, or somebody else has just changed it. List the keys and look again.',
  ),
  channel_key_in_file: row(
    409,
    'operator',
    '这个密钥写在配置文件里，命令不能停用。请在配置文件里写明它的终止时间，再重启。',
    'This key stands in the configuration file and no command ends it. Write its end there and start again.',
  ),
  channel_key_last: row(
    409,
    'operator',
    '停用以后银行就没有可用的加密密钥，或者新旧密钥没有重叠一天。请先登记新密钥，满一天再停用旧密钥。',
    'It would leave the bank without an encryption key, or without a day in which old and new both count. Add the new one first, and retire the old one a day later.',
  ),
  channel_answer_unbound: row(
    502,
    'bank',
    '对方的答复不是针对这份报文的，未予采信。平台会自动重发；反复出现请联系对方。',
    'The answer belongs to another message and was not believed. It is sent again by itself; if it stays, ask the other side.',
  ),
} as const
