import { fakeStore } from './store.fake.js'
import { auditStoreSuite } from './store.suite.js'

const store = fakeStore()
auditStoreSuite('the fake store', () => Promise.resolve(store))
