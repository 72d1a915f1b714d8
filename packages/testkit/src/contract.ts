import type { describe, expect, it } from '@jest/globals'

/** jest's functions, handed in: this package is also loaded by programs that are not tests. */
export interface TestApi {
  readonly describe: typeof describe
  readonly it: typeof it
  readonly expect: typeof expect
}

/** Polls until `check` stops throwing; then returns. Throws its last error after `ms`. */
export async function eventually(check: () => void, ms = 5_000): Promise<void> {
  const end = performance.now() + ms
  for (;;) {
    try {
      check()
      return
    } catch (error) {
      if (performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
