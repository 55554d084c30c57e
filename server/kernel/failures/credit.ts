import { row } from './row.ts'

/** What can be refused about consents to give data, and about credit. The rules are those of ../failures.ts. */
export const creditFailures = {
  consent_missing: row(
    403,
    'clerk',
    '这家企业没有把这项数据授权给您用于这个用途和项目，没有提供。请先请企业在企业工作台“数据授权”里授权。',
    'The company has not consented to your seeing these data for this purpose and project; nothing was given. Ask it to consent in its workbench first.',
  ),
  consent_withdrawn: row(
    403,
    'clerk',
    '企业已经撤回这项数据授权，没有提供。仍需要时请企业重新授权。',
    'The company has withdrawn its consent; nothing was given. Ask it to consent anew if you still need the data.',
  ),
  consent_expired: row(
    403,
    'clerk',
    '这项数据授权还没有开始或已经到期，没有提供。请企业重新授权。',
    'The consent has not begun or is over; nothing was given. Ask the company to consent anew.',
  ),
  consent_used_up: row(
    403,
    'clerk',
    '这项数据授权的次数已经用完，没有提供。请企业重新授权。',
    'The consent is used up; nothing was given. Ask the company to consent anew.',
  ),
  consent_tampered: row(
    500,
    'operator',
    '存下的数据授权和企业签名的内容不一致，没有提供数据。请联系平台客服核查。',
    'The stored consent is not the one that was signed; nothing was given. Have platform support look into it.',
  ),
  consent_unknown: row(
    404,
    'clerk',
    '没有这项数据授权，或您不能查看它。请回到“数据授权”列表。',
    'There is no such consent, or it is not yours to see. Go back to the list.',
  ),
  consent_terms_invalid: row(
    422,
    'clerk',
    '数据授权填写有误，没有生效。请核对对方、数据、用途、期限和次数。',
    'The consent is not filled in right and was not given. Check the party, data, purpose, time and number of uses.',
  ),
  consent_taken: row(
    409,
    'clerk',
    '这份数据授权已经办理过或已经撤回，没有再办。请刷新页面查看。',
    'This was done before, or the consent is withdrawn; nothing was done again. Reload the page and look.',
  ),
  credit_fact_unknown: row(
    404,
    'clerk',
    '没有这条信用记录，或您不能查看它。请回到上一页重新选择。',
    'There is no such credit record, or it is not yours to see. Go back and choose again.',
  ),
  credit_fact_invalid: row(
    422,
    'center',
    '这条信用记录不符合要求，没有收录。请按接口说明核对类型、等级、日期和有效期。',
    'The credit record does not fit and was not taken in. Check its type, level, dates and span against the guide.',
  ),
  credit_fact_conflict: row(
    409,
    'center',
    '同一编号以前报送过不同的内容，没有收录。更正请先撤回原记录，再用新编号报送。',
    'Another record came under this number before; this one was not taken in. To correct it, recall the first and send it under a new number.',
  ),
  credit_wrong_state: row(
    409,
    'clerk',
    '这条信用记录现在的状态不能这样办理。请刷新页面查看它的进度。',
    'The credit record is not in a state for this. Reload the page and look how far it is.',
  ),
  credit_repair_early: row(
    409,
    'center',
    '还没有过最短公示期，不能修复（《信用修复管理办法》）。请在可修复日期之后办理。',
    'The shortest time of publication is not over, so the record cannot be repaired yet. Come back after the day it names.',
  ),
  credit_repair_unproven: row(
    422,
    'center',
    '修复需要已纠正失信行为、已履行义务并已公开承诺三项都成立，没有办理。请补齐后重新提交。',
    'A repair takes all three: the wrong corrected, the duties done, the promise made in public. Complete them and send it again.',
  ),
  credit_model_malformed: row(
    422,
    'operator',
    '评分模型文件有误，没有录入。请按说明核对因素、分值和总分。',
    'The formula is wrong and was not entered. Check its factors, points and total against the guide.',
  ),
  credit_report_recalled: row(
    410,
    'center',
    '这份信用报告里有已修复或已撤回的记录，不再提供，也请停止使用。请重新查询。',
    'The report holds a record that was repaired or recalled. It is no longer given, and may no longer be used: query anew.',
  ),
  credit_report_unknown: row(
    404,
    'center',
    '没有这份信用报告，或您不能查看它。请核对报告编号。',
    'There is no such credit report, or it is not yours to see. Check its number.',
  ),
  credit_subject_unsupported: row(
    422,
    'center',
    '这类主体不能出这种信用报告。请核对主体类型和报告类型。',
    'This report is not made for this kind of subject. Check the kind of subject and of report.',
  ),
} as const
