import { describe } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { describeKek } from '../kek-suite.fixture.js'
import { fileKek } from './kek.js'

describe('a KEK from a file', () => {
  const keys = [randomBytes(32), randomBytes(32)] as const
  describeKek(
    () => fileKek(keys[0]),
    () => fileKek(keys[1]),
  )
})
