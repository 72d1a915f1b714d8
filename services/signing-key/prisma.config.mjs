// A plain object: `prisma` itself is a dependency of deploy/prisma only.
const url = process.env.DATABASE_URL

export default {
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url && { datasource: { url } }),
}
