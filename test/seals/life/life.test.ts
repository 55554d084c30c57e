import { openTestStores } from '../../suites/memory-stores.ts'
import { lifeSuite } from './suite.ts'

lifeSuite('PGlite', clock => openTestStores({ clock }))
