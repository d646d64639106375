import { LATE, within } from '../../../src/shared/within.js';
import { endChild, startChild } from '../children.js';
import { pin } from '../pin.js';
import type { Figures, FromGenerator, GeneratorPlan, SpanName } from './plan.js';

/** Time beyond what the plan itself takes. */
const PATIENCE_MS = 60_000;

/** Called at the beginning and the end of each span. */
export type SpanListener = (span: SpanName, edge: 'begin' | 'end') => void;

/** Runs a plan in `shards` processes, each with its share of the calls. */
export async function generate(
  plan: GeneratorPlan,
  shards: number,
  listener: SpanListener = () => undefined,
): Promise<Figures[]> {
  const all = Array.from({ length: shards }, (_, shard) => runShard(plan, shards, shard, listener));
  return Promise.all(all);
}

async function runShard(
  plan: GeneratorPlan,
  shards: number,
  shard: number,
  listener: SpanListener,
): Promise<Figures> {
  const child = startChild(new URL('./generator.js', import.meta.url));
  const figures = new Promise<Figures>((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`a generator ended with ${code}`)));
    child.on('message', (message: FromGenerator) => {
      switch (message.kind) {
        case 'ready':
          pin(child.pid ?? 0, 'generator');
          child.send(shareOf(plan, shards, shard));
          return;
        case 'span':
          // The shards run in step, so one of them reports for all.
          if (shard === 0) listener(message.span, message.edge);
          return;
        case 'done':
          resolve(message.figures);
          return;
        default:
          message satisfies never;
      }
    });
  });
  const seconds = plan.calls / plan.callsPerSecond + plan.seconds + (plan.arrivals?.seconds ?? 0);
  try {
    const told = await within(seconds * 1_000 + PATIENCE_MS, figures);
    if (told === LATE) throw new Error('a generator did not come to an end');
    return told;
  } finally {
    // The generator's calls have ended; what they still send does not matter.
    await endChild(child);
  }
}

function shareOf(plan: GeneratorPlan, shards: number, shard: number): GeneratorPlan {
  const { calls, callsPerSecond, arrivals } = plan;
  return {
    ...plan,
    calls: Math.floor(calls / shards) + (shard < calls % shards ? 1 : 0),
    callsPerSecond: callsPerSecond / shards,
    arrivals: arrivals && { ...arrivals, perSecond: arrivals.perSecond / shards },
  };
}
