// The compiled service as its program runs it, with what a test can change: with `CLOCK_SKEW_MS` its
// clock is wrong by so many milliseconds, and with `BALANCER` its public name leads there.
import 'reflect-metadata';
import { Outside } from '../../dist/src/doctor/outside.js';
import { loadSettings } from '../../dist/src/load-settings.js';
import { startService } from '../../dist/src/service.js';
import { Draining } from '../../dist/src/shared/draining.js';
import { onOrderToStop } from '../../dist/src/shared/stop-orders.js';

const skewMs = Number(process.env.CLOCK_SKEW_MS ?? 0);
if (skewMs !== 0) {
  const now = Date.now;
  globalThis.Date = class extends Date {
    constructor(...given) {
      super(...(given.length === 0 ? [now() + skewMs] : given));
    }
    static now() {
      return now() + skewMs;
    }
  };
}

// It ends with its standard input, and so with the test's process, however that ends.
process.stdin.resume().once('end', () => process.exit(1));
const asked = new Promise((resolve) => {
  onOrderToStop(['SIGTERM', 'SIGINT'], resolve, () => process.exit(1));
});
// Where the public name leads from here, `host:port`; a public address, so that the doctor does
// not complain of it.
const { BALANCER: balancer } = process.env;
delete process.env.BALANCER;
const settings = loadSettings();
const outside = new Outside({
  lookup: () => Promise.resolve(['93.184.215.14']),
  connectTo: { [new URL(settings.urls.publicUrl ?? 'https://nowhere').hostname]: balancer },
});
const service = await startService(settings, balancer === undefined ? {} : { outside });
const ordered = new Promise((resolve) => service.app.get(Draining).onOrder(resolve));
await Promise.race([asked, ordered]);
await service.stop();
process.exit(0);
