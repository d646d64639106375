// The program of the bench: a test says over IPC what is to be tried.
import { EarBench } from './ear-bench.js';
import type { FromEarBench, ToEarBench } from './plan.js';

let bench: EarBench | null = null;

const tell = (message: FromEarBench): void => void process.send?.(message);

async function take(message: ToEarBench): Promise<void> {
  switch (message.kind) {
    case 'start':
      bench = await EarBench.start(message);
      tell({ kind: 'started' });
      return;
    case 'run':
      if (!bench) throw new Error('it was not started');
      tell({ kind: 'seen', outcome: await bench.run(message.calls, message.atOnce) });
      return;
    default:
      message satisfies never;
  }
}

process.on('message', (message: ToEarBench) => {
  take(message).catch((error: unknown) => tell({ kind: 'failed', message: String(error) }));
});
// Ends what it started, too: whoever asked is gone or has all it wants.
process.on('disconnect', () => {
  void Promise.resolve(bench?.stop()).finally(() => process.exit(0));
});
