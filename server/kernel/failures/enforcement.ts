import { row } from './row.ts'

/** What can be refused because of a measure of joint punishment, and about measures. The rules are those of ../failures.ts. */
export const enforcementFailures = {
  login_refused_by_measure: row(
    403,
    'clerk',
    '这家企业受到惩戒措施限制，现在不能登录这个交易中心。请在企业工作台“惩戒措施”查看是哪一项、到什么时候，并联系认定单位办理修复。',
    'A measure in force keeps this company from logging in to this center. See in the workbench which one and until when, and ask who recognised it for a repair.',
  ),
  act_refused_by_measure: row(
    403,
    'clerk',
    '这家企业受到惩戒措施限制，现在不能办理这件事。请在企业工作台“惩戒措施”查看是哪一项、到什么时候，并联系认定单位办理修复。',
    'A measure in force keeps this company from doing this. See in the workbench which one and until when, and ask who recognised it for a repair.',
  ),
  measure_unknown: row(
    404,
    'center',
    '没有这项惩戒措施，或它不是您认定的。请核对编号。',
    'There is no such measure, or it is not yours. Check its number.',
  ),
  measure_invalid: row(
    422,
    'center',
    '惩戒措施填写有误，没有收录。请按接口说明核对依据、范围、效果和期限。',
    'The measure does not fit and was not taken in. Check its basis, scope, effect and period against the guide.',
  ),
  measure_conflict: row(
    409,
    'center',
    '同一编号以前报送过不同的内容，没有收录。更正请先解除原措施，再用新编号报送。',
    'Another measure came under this number before; this one was not taken in. To correct it, lift the first and send it under a new number.',
  ),
  measure_wrong_state: row(
    409,
    'center',
    '这项惩戒措施已经修复或解除，没有再办。请刷新后查看。',
    'The measure was repaired or lifted before; nothing was done again. Look at it once more.',
  ),
  measure_not_yours: row(
    403,
    'center',
    '交易中心只能限定在本中心生效的措施；跨中心或按地区的措施由有权机关报送。请改为本中心，或联系平台管理员。',
    'A center names measures for its own place alone; for other centers or regions an authority does. Name your own center, or ask the operator.',
  ),
} as const
