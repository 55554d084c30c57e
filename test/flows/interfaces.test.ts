import { alertOperations } from '../../server/bonds/api/alert-operations.ts'
import { bondOperations } from '../../server/bonds/api/bond-operations.ts'
import { claimOperations } from '../../server/bonds/api/claim-operations.ts'
import { BASE as BONDS } from '../../server/bonds/api/operation.ts'
import { sectionOperations } from '../../server/bonds/api/section-operations.ts'
import { BASE as MEASURES } from '../../server/enforcement/api/operation.ts'
import { operations as measureOperations } from '../../server/enforcement/api/operations.ts'
import { dealOperations } from '../../server/financing/api/deal-operations.ts'
import { BASE as DEALS } from '../../server/financing/api/operation.ts'
import { describesItself } from '../suites/interface.ts'
import { onEachDatabase } from './sandbox.ts'

const interfaces = [
  {
    base: BONDS,
    operations: [...sectionOperations, ...bondOperations, ...claimOperations, ...alertOperations],
    told: ['bond_unknown', 'bond_before_opening'],
  },
  { base: MEASURES, operations: measureOperations, told: ['measure_invalid', 'measure_unknown'] },
  { base: DEALS, operations: dealOperations, told: ['deal_conflict', 'deal_unknown'] },
]

onEachDatabase('interfaces of the data channel', sandbox => {
  for (const each of interfaces) describe(each.base, () => describesItself(each, () => sandbox().plan.urls.broker))
})
