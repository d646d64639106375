import base from '../../jest.config.js';

/**
 * Calls of the whole service at the simulators of carriers that have a protocol of their own, by `npm run test:carriers`. What
 * every carrier must do is in `npm test`, by the kit.
 */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/carriers/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
