import { row } from './row.ts'

/** What can be refused about the trust list. The rules are those of ../failures.ts. */
export const trustFailures = {
  trust_ca_unlisted: row(
    403,
    'operator',
    '颁发这张证书的机构不在信任列表中。请改用列表内机构或开户银行的证书，或联系平台客服。',
    'The issuer of this certificate is not on the trust list. Use a certificate of a listed CA or of your bank, or ask support.',
  ),
  trust_ca_not_in_force: row(
    403,
    'operator',
    '颁发机构在签名时尚未加入或已经退出互认。请改用其他机构的证书。',
    'The issuer had not joined, or had left, at the time of the signature. Use a certificate of another CA.',
  ),
  trust_ca_distrusted: row(
    403,
    'operator',
    '颁发机构的信任已被撤销，证书不再认可。请改用其他机构的证书。',
    'Trust in the issuer was withdrawn and its certificates no longer count. Use a certificate of another CA.',
  ),
  trust_scope: row(
    403,
    'clerk',
    '该机构的证书不被认可用于这项业务。请改用适用的证书。',
    'Certificates of this issuer are not recognised for this purpose. Use one that is.',
  ),
  trust_unqualified: row(
    403,
    'clerk',
    '颁发机构没有电子政务电子认证服务资质，政务用章不认可。请改用有资质机构的证书。',
    'The issuer is not qualified for government affairs, so a seal there does not count. Use a certificate of a qualified CA.',
  ),
  trust_algorithm_over: row(
    403,
    'bank',
    '该机构已切换密码算法，旧算法证书不再认可。请到发证机构换发新证书。',
    'The issuer has switched algorithms and certificates of the old one no longer count. Have yours reissued.',
  ),
  trust_entry_invalid: row(
    422,
    'operator',
    '信任列表条目填写有误。请按提示改正后重新提交。',
    'The entry for the trust list is wrong. Correct it and submit it again.',
  ),
  trust_needs_approval: row(
    403,
    'operator',
    '这项变更会扩大信任，需两人办理：请先提交提案，再由另一人批准。',
    'This change widens trust and takes two persons: propose it, and have another approve it.',
  ),
  trust_proposal_own: row(
    403,
    'operator',
    '提案人不能批准自己的提案。请由另一位管理员批准。',
    'The one who proposed cannot approve. Ask another operator.',
  ),
  trust_proposal_over: row(
    409,
    'operator',
    '提案已处理、已过期，或信任列表已变动。请重新提交提案。',
    'The proposal was decided, has expired, or the list has changed under it. Propose again.',
  ),
  trust_not_found: row(
    404,
    'operator',
    '信任列表中没有这一项。请用 shield trust list 或 trust pending 查看后再试。',
    'The trust list has no such entry or proposal. See shield trust list or trust pending and try again.',
  ),
}
