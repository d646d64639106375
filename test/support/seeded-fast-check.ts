// What `fast-check` is in the tests (`moduleNameMapper` of jest.config.js): itself, with the run's seed.
import {
  configureGlobal,
  readConfigureGlobal,
} from '../../node_modules/fast-check/lib/fast-check.js';
import { SEED } from './seed.js';

configureGlobal({ ...readConfigureGlobal(), seed: SEED | 0 });

export * from '../../node_modules/fast-check/lib/fast-check.js';
