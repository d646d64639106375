import 'reflect-metadata';
import { onOrderToStop } from '../../src/shared/stop-orders.js';
import { Demo } from './demo.js';
import { Narrator } from './narrator.js';

const EXIT_INTERRUPTED = 130;

async function main(): Promise<void> {
  const stay = process.argv.includes('--stay');
  const say = new Narrator();
  const demo = new Demo(say);
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    say.plain('Ending: what is in progress is cut, the store removed. Ctrl-C again stops at once.');
    void demo.stop().finally(() => process.exit(EXIT_INTERRUPTED));
  };
  onOrderToStop(['SIGINT', 'SIGTERM', 'SIGHUP'], interrupt, () => process.exit(EXIT_INTERRUPTED));
  let passed = false;
  try {
    say.title('Patchbay: one phone call, end to end, on this machine');
    await demo.start();
    passed = await demo.call();
  } catch (error) {
    if (!interrupted) say.check(false, error instanceof Error ? error.message : String(error));
  }
  // After an interrupt the program waits for the end and exits.
  if (interrupted) return;
  if (stay && passed) {
    demo.invite();
    return;
  }
  await demo.stop();
  process.exit(passed ? 0 : 1);
}

await main();
