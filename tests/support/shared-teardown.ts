/** Jest's global teardown of a project: ends what `shared-setup` started. */
export default async function teardown(): Promise<void> {
  await ((globalThis as Record<string, unknown>)['stopSharedConstellation'] as (() => Promise<void>) | undefined)?.()
}
