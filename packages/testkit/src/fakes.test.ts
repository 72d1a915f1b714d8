import { describe, expect, it } from '@jest/globals'
import { fakeNats } from './fake-nats.js'
import { FakeBroker } from './fake-broker.js'
import { fakeProducer } from './fake-producer.js'
import { fakeReadModel } from './fake-read-model.js'
import { natsContract } from './nats-contract.js'
import { producerContract } from './producer-contract.js'
import { readModelContract, type Entry } from './read-model-contract.js'

const settled = (act: () => void): Promise<void> => Promise.resolve().then(act)
const api = { describe, it, expect }

describe('fakeNats', () => {
  const broker = new FakeBroker()
  natsContract(api, () => ({
    connect: async (identity) => {
      const nats = fakeNats({ identity, broker })
      await nats.start?.()
      return nats
    },
  }))
})

describe('fakeProducer', () => {
  producerContract(api, () => {
    const producer = fakeProducer()
    return { producer, sent: () => producer.sent }
  })
})

describe('fakeReadModel', () => {
  let count = 0
  readModelContract(api, () => {
    const model = fakeReadModel<Entry>()
    const prefix = `case${(count += 1)}.`
    return {
      prefix: () => prefix,
      put: (key, entry) => settled(() => model.put(key, entry)),
      remove: (key) => settled(() => model.remove(key)),
      model: () => Promise.resolve(model),
    }
  })

  it('can forget an entry, so that the next get is a load that may fail', async () => {
    const model = fakeReadModel({ a: { revision: 1, name: 'x' } })
    model.forget('a')
    model.setLoads(false)
    expect(model.peek('a')).toBeUndefined()
    await expect(model.get('a')).rejects.toThrow('cannot be loaded')
    model.setLoads(true)
    expect(await model.get('a')).toEqual({ revision: 1, name: 'x' })
    expect(model.peek('a')).toEqual({ revision: 1, name: 'x' })
  })
})
