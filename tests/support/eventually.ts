/**
 * Polls until `check` stops throwing and returns something truthy, or fails with its last error.
 * Deadlines here are at least five times the bound that the product promises: tests show that, not how fast.
 */
export async function eventually<T>(
  check: () => Promise<T> | T,
  deadlineMs = 30_000,
): Promise<Exclude<NonNullable<T>, false>> {
  const end = Date.now() + deadlineMs
  for (;;) {
    let problem: unknown
    try {
      const value = await check()
      if (value !== undefined && value !== null && value !== false) return value as Exclude<NonNullable<T>, false>
      problem = new Error(`the state was not reached within ${deadlineMs} ms; last value: ${JSON.stringify(value)}`)
    } catch (error) {
      problem = error
    }
    if (Date.now() > end) throw problem
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
