/** Jest's global teardown of a project: ends what `shared-setup` started. */
export default async function teardown() {
  await globalThis.stopSharedConstellation?.()
}
