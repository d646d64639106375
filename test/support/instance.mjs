// The compiled service as its program runs it, as one of several instances on one PostgreSQL
// database: in place of the instance lock there is one that admits every instance.
import 'reflect-metadata';
import { loadSettings } from '../../dist/src/load-settings.js';
import { startService } from '../../dist/src/service.js';
import { onOrderToStop } from '../../dist/src/shared/stop-orders.js';
import { EVERYBODY } from './shared-lock.mjs';

// It ends with its standard input, and so with the test's process, however that ends.
process.stdin.resume().once('end', () => process.exit(1));
const asked = new Promise((resolve) => {
  onOrderToStop(['SIGTERM', 'SIGINT'], resolve, () => process.exit(1));
});
const service = await startService(loadSettings(), { lock: EVERYBODY });
await asked;
await service.stop();
process.exit(0);
