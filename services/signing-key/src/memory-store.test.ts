import { describe } from '@jest/globals'
import { describeKeyStore, STORE_TIME } from './key-store-suite.fixture.js'
import { MemoryKeyStore } from './memory-store.fixture.js'

describe('keys in memory, the fake of the tests', () => {
  let store = new MemoryKeyStore(() => STORE_TIME)
  describeKeyStore(({ empty }) => {
    if (empty) store = new MemoryKeyStore(() => STORE_TIME)
    return Promise.resolve(store)
  })
})
