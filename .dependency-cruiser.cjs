// The import rule of docs/architecture.md: main -> app -> {routes, store, events} -> domain -> packages/oauth.
const SERVICE = '^services/([^/]+)/src'
const room = (name) => `${SERVICE}/${name}/`
// Tests and what serves them only: fixtures, fakes and suites.
const test = '\\.(test|fixture|fake|suite)\\.ts$'
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-service-imports-another',
      severity: 'error',
      from: { path: SERVICE },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'rooms-do-not-import-one-another',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/(routes|store|events)/', pathNot: test },
      to: { path: '^services/$1/src/(routes|store|events|app|main|config)', pathNot: '^services/$1/src/$2/' },
    },
    {
      name: 'domain-imports-only-domain-and-oauth',
      severity: 'error',
      from: { path: room('domain'), pathNot: test },
      to: {
        pathNot: [
          '^services/$1/src/domain/',
          '^packages/oauth/',
          '^node:',
          '^(crypto|buffer)$',
          'node_modules/(typebox|jose)',
        ],
      },
    },
    {
      name: 'only-app-imports-the-rooms',
      severity: 'error',
      from: { path: `${SERVICE}/(main|config)\\.ts$` },
      to: { path: '^services/[^/]+/src/(routes|store|events|domain)/' },
    },
    {
      name: 'only-tests-use-fixtures',
      severity: 'error',
      from: { path: '^(services|packages)/', pathNot: [test, '^packages/testkit/'] },
      to: { path: '\\.(fixture|fake|suite)\\.ts$' },
    },
    {
      name: 'oauth-is-pure',
      severity: 'error',
      from: { path: '^packages/oauth/src', pathNot: test },
      to: { pathNot: ['^packages/oauth/', '^(node:)?crypto$', 'node_modules/.*(typebox|jose)'] },
    },
    {
      name: 'events-is-data',
      severity: 'error',
      from: { path: '^packages/events/src', pathNot: test },
      to: { pathNot: ['^packages/events/', 'node_modules/.*typebox'] },
    },
    {
      name: 'domain-and-store-know-no-subjects',
      severity: 'error',
      from: { path: '^services/[^/]+/src/(domain|store|routes)/', pathNot: test },
      to: { path: '^packages/events/' },
    },
    {
      name: 'testkit-is-for-tests',
      severity: 'error',
      from: { path: '^(services|packages)/', pathNot: ['^packages/testkit/', test] },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'prisma-stays-in-the-store',
      severity: 'error',
      from: { path: '^services/', pathNot: '^services/[^/]+/src/store/' },
      to: { path: ['src/store/generated', '@prisma/client'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: ['/dist/', 'src/store/generated/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
}
