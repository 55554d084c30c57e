import { openTestStores } from '../suites/memory-stores.ts'
import { mandateLoginSuite } from './login-suite.ts'

mandateLoginSuite('PGlite', clock => openTestStores({ clock }))
