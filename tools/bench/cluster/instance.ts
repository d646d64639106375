// The service as one of several on a PostgreSQL store, where the instance lock lets one in.
import 'reflect-metadata';
import { loadSettings } from '../../../src/load-settings.js';
import { startService } from '../../../src/service.js';
import type { LockProvider } from '../../../src/database/postgres-database.js';

const EVERYBODY: LockProvider = {
  exclusive: false,
  take: () =>
    Promise.resolve({
      direct: true,
      isFresh: true,
      beat: () => Promise.resolve(true),
      release: () => Promise.resolve(),
    }),
};

const service = await startService(loadSettings(), { lock: EVERYBODY });
process.once('SIGTERM', () => void service.stop().then(() => process.exit()));
