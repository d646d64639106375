import base from '../../jest.config.js';

/** The tests in a real browser, by `npm run test:browser`: where no Chromium is found they are skipped. */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/browser/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 240_000,
};
