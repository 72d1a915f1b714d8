import { expect } from '@jest/globals'
import type { Answer } from '@tillit/testkit'

/** An OAuth error in JSON: status, code, and a text that says something. */
export function expectError(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.body['error']]).toEqual([status, code])
  expect(String(answer.body['error_description']).length).toBeGreaterThan(15)
  expect(answer.body['access_token']).toBeUndefined()
}

/** The same, with what the description must name. */
export function expectErrorNaming(answer: Answer, [status, code]: readonly [number, string], text: string): void {
  expectError(answer, status, code)
  expect(answer.body['error_description']).toContain(text)
}
