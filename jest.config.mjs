// Three kinds of suite: `unit` lives beside the code and uses fakes; the folders under tests/ drive real processes.
const common = {
  rootDir: import.meta.dirname,
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' }],
  },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@tillit/(oauth|events|service-kit|testkit)$': '<rootDir>/packages/$1/src/index.ts',
    '^@tillit/deploy-(local|nats)$': '<rootDir>/deploy/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/'],
  testEnvironment: 'node',
}
const suite = (name) => ({ ...common, displayName: name, testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`] })
/** Suites against one running constellation, started once. */
const shared = {
  ...suite('constellation'),
  testMatch: ['<rootDir>/tests/constellation/**/*.test.ts', '<rootDir>/tests/conformance/**/*.test.ts'],
  globalSetup: '<rootDir>/tests/support/shared-setup.mjs',
  globalTeardown: '<rootDir>/tests/support/shared-teardown.mjs',
}

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/packages/*/src/**/*.test.ts',
        '<rootDir>/services/*/src/**/*.test.ts',
        '<rootDir>/deploy/*/src/**/*.test.ts',
        '<rootDir>/tests/unit/**/*.test.ts',
      ],
    },
    shared,
    suite('faults'),
    suite('system'),
  ],
}
