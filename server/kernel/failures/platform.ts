import { row } from './row.ts'

/** What can be refused about the platform itself, and what it starts with. The rules are those of ../failures.ts. */
export const platformFailures = {
  // the platform itself
  internal: row(
    500,
    'operator',
    '平台出现故障，您的操作没有完成。请稍后重试；仍不行时把追踪码告诉客服。',
    'Something broke on our side and nothing was done. Try again shortly; if it stays, give support the trace code.',
  ),
  not_found: row(404, 'clerk', '没有这个页面。请从交易中心重新进入。', 'There is no such page. Please start again from the trading center.'),
  bad_request: row(
    400,
    'center',
    '收到的请求不完整或格式不对。请返回交易中心重新开始。',
    'The request was incomplete or malformed. Go back to the trading center and start again.',
  ),
  too_large: row(413, 'center', '提交的内容过大。请减小后重试。', 'What was sent is too large. Make it smaller and try again.'),
  too_many_requests: row(429, 'clerk', '操作太频繁。请等一分钟再试。', 'Too many requests. Wait a minute and try again.'),
  forbidden: row(
    403,
    'operator',
    '您没有权限做这件事。需要时请联系平台管理员。',
    'You are not allowed to do this. Ask the platform operator if you need it.',
  ),
  cross_site: row(
    403,
    'clerk',
    '这个请求来自别的网站，已拒绝。请从交易中心重新进入。',
    'This request came from another site and was refused. Start again from the trading center.',
  ),
  database_unavailable: row(
    503,
    'operator',
    '平台数据库暂时不可用。请稍后重试。',
    'The platform database is unavailable for the moment. Try again shortly.',
  ),

  // names and codes
  uscc_invalid: row(
    422,
    'bank',
    '统一社会信用代码校验不通过。请联系开户银行核对企业信息。',
    'The unified social credit code does not check out. Ask your bank to correct the company record.',
  ),
  subject_unreadable: row(
    422,
    'bank',
    '无法从证书中读出企业名称和代码。请联系发证银行。',
    'The company cannot be read out of this certificate. Contact the bank that issued it.',
  ),

  // operation
  config_invalid: row(500, 'operator', '配置有误，平台没有启动。', 'The configuration is wrong; the platform did not start.'),
  self_test_failed: row(500, 'operator', '密码模块自检未通过，平台没有启动。', 'The cryptographic self-test failed; the platform did not start.'),
  migration_failed: row(500, 'operator', '数据库升级失败，平台没有启动。', 'The database migration failed; the platform did not start.'),
  outbound_refused: row(500, 'operator', '目标地址不在允许名单内，没有发送。', 'The address is not on the allow-list; nothing was sent.'),
  audit_broken: row(500, 'operator', '审计记录校验不通过，请立即核查。', 'The audit record does not verify; investigate at once.'),
}
