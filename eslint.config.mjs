import js from '@eslint/js'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['**/dist/', '**/generated/', '**/node_modules/', '**/.turbo/', 'charts/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-properties': [
        'error',
        { property: '$queryRawUnsafe', message: 'I06: text never becomes SQL. Use $queryRaw with a tagged template.' },
        {
          property: '$executeRawUnsafe',
          message: 'I06: text never becomes SQL. Use $executeRaw with a tagged template.',
        },
      ],
      'max-params': ['error', 3],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: [
      'services/*/src/config.ts',
      'services/*/src/main.ts',
      'deploy/**',
      'tests/**',
      'bench/**',
      'packages/testkit/**',
      'packages/service-kit/src/config*.ts',
      '**/*.test.ts',
      '**/prisma.config.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' },
        { property: '$queryRawUnsafe' },
        { property: '$executeRawUnsafe' },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        WebAssembly: 'readonly',
        crypto: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
)
