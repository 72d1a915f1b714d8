/**
 * The CLI puts the connection string on the engine's command line, where every user of the machine can read it. So the
 * password travels in PGPASSWORD, which pg reads when the string has none.
 * @param {string} url
 * @returns {Record<string, string>} environment for the Prisma CLI
 */
export function withoutPassword(url) {
  const bare = new URL(url)
  if (bare.password === '') return { MIGRATION_DATABASE_URL: url, DATABASE_URL: url }
  const password = decodeURIComponent(bare.password)
  bare.password = ''
  return { MIGRATION_DATABASE_URL: bare.href, DATABASE_URL: bare.href, PGPASSWORD: password }
}
