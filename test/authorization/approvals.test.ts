import { openTestStores } from '../suites/memory-stores.ts'
import { approvalSuite } from './approval-suite.ts'

approvalSuite('PGlite', clock => openTestStores({ clock }))
