import base from '../../jest.config.js';

/**
 * Everything that the pages print is done as it is printed, by `npm run test:docs`. What can be
 * said of a block without running it is in `npm test` too (printed-blocks.spec.ts).
 */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/docs/docs.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Blocks of a page follow one another: what fails early is named first.
  testTimeout: 180_000,
};
