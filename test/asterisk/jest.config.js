import base from '../../jest.config.js';

/**
 * The tests with a real Asterisk and real phones, by `npm run test:asterisk`: where they cannot be
 * installed they are skipped.
 */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/asterisk/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
