import type { ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import { LATE, within } from '../../../src/shared/within.js';
import { endChild, startChild } from '../children.js';
import { pin } from '../pin.js';
import type { Figures, FromGenerator, GeneratorPlan, SpanName } from './plan.js';

/** Time beyond what the plan itself takes. */
const PATIENCE_MS = 60_000;

/** Called at the beginning and the end of each span. */
export type SpanListener = (span: SpanName, edge: 'begin' | 'end') => void;

const ignored: SpanListener = () => undefined;

/** Runs a plan in all processes, each with its share of the calls. */
export type Generate = (plan: GeneratorPlan, listener?: SpanListener) => Promise<Figures[]>;

/** Runs one plan in `shards` processes. */
export function generate(
  plan: GeneratorPlan,
  shards: number,
  listener?: SpanListener,
): Promise<Figures[]> {
  return withGenerators(shards, (run) => run(plan, listener));
}

/**
 * Has `shards` processes for as long as `work` takes. They run one plan after another, so that in the
 * later ones their own code is compiled too.
 */
export async function withGenerators<T>(
  shards: number,
  work: (generate: Generate) => Promise<T>,
): Promise<T> {
  const generators = await Promise.all(Array.from({ length: shards }, startGenerator));
  try {
    return await work((plan, listener = ignored) =>
      Promise.all(
        generators.map((generator, shard) =>
          // The shards run in step, so one of them reports for all.
          runShard(generator, shareOf(plan, shards, shard), shard === 0 ? listener : ignored),
        ),
      ),
    );
  } finally {
    // The generators' calls have ended; what they still send does not matter.
    await Promise.all(generators.map(endChild));
  }
}

async function startGenerator(): Promise<ChildProcess> {
  const generator = startChild(new URL('./generator.js', import.meta.url));
  for await (const { kind } of told(generator)) if (kind === 'ready') break;
  pin(generator.pid ?? 0, 'generator');
  return generator;
}

async function runShard(
  generator: ChildProcess,
  plan: GeneratorPlan,
  listener: SpanListener,
): Promise<Figures> {
  const figures = figuresOf(generator, listener);
  generator.send(plan);
  const seconds = plan.calls / plan.callsPerSecond + plan.seconds + (plan.arrivals?.seconds ?? 0);
  const ended = await within(seconds * 1_000 + PATIENCE_MS, figures);
  if (ended === LATE) throw new Error('a generator did not come to an end');
  return ended;
}

async function figuresOf(generator: ChildProcess, listener: SpanListener): Promise<Figures> {
  for await (const message of told(generator)) {
    if (message.kind === 'span') listener(message.span, message.edge);
    if (message.kind === 'done') return message.figures;
  }
  throw new Error('a generator told no figures');
}

/** @throws Error when the process ends */
async function* told(generator: ChildProcess): AsyncGenerator<FromGenerator> {
  for await (const [message] of on(generator, 'message', { close: ['exit'] })) {
    yield message as FromGenerator;
  }
  throw new Error(`a generator ended with ${generator.exitCode ?? generator.signalCode}`);
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
