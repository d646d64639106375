import 'reflect-metadata';
import { onOrderToStop } from '../../src/shared/stop-orders.js';
import { CannotInstall } from '../asterisk/layout.js';
import { AsteriskDemo } from './asterisk-demo.js';
import { PLIVO_FACE, VOBIZ_FACE } from '../carrier/plivo/faces.js';
import { Demo } from './demo.js';
import { exotel } from './exotel-face.js';
import { Narrator } from './narrator.js';
import { plivo } from './plivo-face.js';
import { cloudonix } from './cloudonix-face.js';
import { FaceDemo } from './face-demo.js';
import { callControl, texml } from './faces.js';
import { vonage } from './vonage-face.js';

const EXIT_USAGE = 2;
/** What the demo wants cannot be had on this machine. */
const EXIT_CANNOT = 75;
const EXIT_INTERRUPTED = 130;

/** A gateway and a carrier beside it, and one call between them. */
interface OneCall {
  start(): Promise<void>;
  /** True when everything was right. */
  call(): Promise<boolean>;
  /** Prints what a person needs to continue on their own. */
  invite(): void;
  /** Stops everything. Safe to call at any moment. */
  stop(): Promise<void>;
}

/** `--carrier` without a name of these is an error. */
const CARRIERS: Readonly<Record<string, (say: Narrator) => OneCall>> = {
  simulated: (say) => new Demo(say),
  asterisk: (say) => new AsteriskDemo(say),
  plivo: (say) => new FaceDemo(say, plivo(PLIVO_FACE)),
  vobiz: (say) => new FaceDemo(say, plivo(VOBIZ_FACE)),
  telnyx: (say) => new FaceDemo(say, callControl),
  'telnyx-texml': (say) => new FaceDemo(say, texml),
  exotel: (say) => new FaceDemo(say, exotel),
  cloudonix: (say) => new FaceDemo(say, cloudonix),
  vonage: (say) => new FaceDemo(say, vonage),
};

function demoOf(args: readonly string[], say: Narrator): OneCall | null {
  const at = args.indexOf('--carrier');
  const name = at < 0 ? 'simulated' : (args[at + 1] ?? '');
  return Object.hasOwn(CARRIERS, name) ? (CARRIERS[name]?.(say) ?? null) : null;
}

async function main(): Promise<void> {
  const stay = process.argv.includes('--stay');
  const say = new Narrator();
  const demo = demoOf(process.argv, say);
  if (demo === null) {
    say.plain(`--carrier is one of ${Object.keys(CARRIERS).join(', ')}`);
    process.exit(EXIT_USAGE);
  }
  let cannot = false;
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
    cannot = error instanceof CannotInstall;
    if (!interrupted) say.check(false, error instanceof Error ? error.message : String(error));
  }
  // After an interrupt the program waits for the end and exits.
  if (interrupted) return;
  if (stay && passed) {
    demo.invite();
    return;
  }
  await demo.stop();
  process.exit(passed ? 0 : cannot ? EXIT_CANNOT : 1);
}

await main();
