// Read by the Prisma CLI only: `generate` needs no database, migrations get the owner role's URL.
export default {
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.MIGRATION_DATABASE_URL ? { datasource: { url: process.env.MIGRATION_DATABASE_URL } } : {}),
}
