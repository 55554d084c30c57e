import { openTestStores } from '../suites/memory-stores.ts'
import { mandateSuite } from './suite.ts'

mandateSuite('PGlite', clock => openTestStores({ clock }))
