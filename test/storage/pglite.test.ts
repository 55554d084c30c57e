import { openTestStores } from '../suites/memory-stores.ts'
import { storageSuite } from '../suites/storage.ts'

storageSuite('PGlite', clock => openTestStores({ clock }))
