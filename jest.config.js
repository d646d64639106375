/** Jest runs TypeScript as native ES modules; see CONTRIBUTING.md, "Tests". */
export default {
  // The program is loaded once per worker and not for each file.
  testEnvironment: '<rootDir>/scripts/shared-environment.cjs',
  runtime: '<rootDir>/scripts/shared-runtime.cjs',
  extensionsToTreatAsEsm: ['.ts'],
  // Jest's own place is the directory for temporary files, which is another one in each run.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            verbatimModuleSyntax: true,
          },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // TypeScript's nodenext wants `./file.js`; the file on disk is `./file.ts`.
  moduleNameMapper: {
    '^(\\.{1,2}/.*(?<!\\.json))\\.js$': '$1',
    // Properties are drawn by the run's seed, too.
    '^fast-check$': '<rootDir>/test/support/seeded-fast-check.ts',
  },
  testSequencer: '<rootDir>/scripts/test-sequencer.mjs',
  reporters: ['default', '<rootDir>/scripts/slowest-files.mjs'],
  testMatch: ['<rootDir>/{src,tools,test,console}/**/*.spec.ts'],
  // By themselves: `npm run test:browser`, `test:asterisk`, `test:carriers`, `test:docs`.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/browser/',
    '<rootDir>/test/asterisk/',
    '<rootDir>/test/carriers/',
    '<rootDir>/test/docs/docs.spec.ts',
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Jest frees little of what a file has loaded, and a process that holds much takes longer to end than the half
  // second after which Jest complains of a leak: such workers are replaced in between.
  workerIdleMemoryLimit: '500MB',
  // A net for what hangs; how long things take is no verdict. See CONTRIBUTING.md, "Tests".
  testTimeout: 180_000,
};
