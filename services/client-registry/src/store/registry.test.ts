import { FakeRegistry } from './registry.fake.js'
import { registrySuite } from './registry.suite.js'

registrySuite('in memory', () => {
  const fake = new FakeRegistry(Date.now)
  return Promise.resolve({ store: fake, outbox: fake, close: () => Promise.resolve() })
})
