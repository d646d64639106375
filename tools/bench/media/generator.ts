// One process of calls: opens them, paces their frames, measures what comes
// back, and how well it keeps its own times.
import { setTimeout as sleep } from 'node:timers/promises';
import { Dialled } from './dialled.js';
import { openCall, tellCompleted, type OpenCall } from './open-call.js';
import { Opening } from './opening.js';
import { EchoCall } from './echo-call.js';
import type { PacedCall } from './paced-call.js';
import type { Figures, FromGenerator, GeneratorPlan, SpanName } from './plan.js';
import { Span } from './span.js';
import { CallerFrames } from './working/caller-frames.js';
import { WorkingCall } from './working/working-call.js';

/** The pause between the last opening and the measurement. */
const SETTLE_MS = 1_500;
/** Frames that are late when the measurement ends are waited for this long; then they count as lost. */
const DRAIN_MS = 5_000;
/** What an agent said ahead is heard within this time. */
const PLAYOUT_MS = 2_000;
/** Long enough for a call's first audio, so that the run measures the set-up. */
const ARRIVAL_LASTS_MS = 500;
/** The time in which all calls end. */
const CLOSE_MS = 500;

class Generator {
  private readonly calls = new Set<PacedCall>();
  private readonly spans: Span[] = [];
  private readonly frames: CallerFrames | null;
  private dropped = 0;

  constructor(
    private readonly plan: GeneratorPlan,
    private readonly tell: (message: FromGenerator) => void,
  ) {
    this.frames = plan.working ? new CallerFrames() : null;
  }

  async run(): Promise<void> {
    const pace = setInterval(() => this.turn(), 1);
    const opening = new Opening();
    await this.openAll(opening);
    await sleep(SETTLE_MS);
    const steady = await this.measure('steady', () => sleep(this.plan.seconds * 1_000));
    const arrivals = await this.arrive();
    await this.drained();
    clearInterval(pace);
    if (this.frames) await sleep(PLAYOUT_MS);
    for (const call of this.calls) {
      call.settle();
      call.close();
    }
    await sleep(CLOSE_MS);
    const figures: Figures = {
      steady: steady.figures(),
      opening: opening.figures(),
      dropped: this.dropped,
      arrivals: arrivals && {
        standing: arrivals.standing.figures(),
        opening: arrivals.opening.figures(),
      },
    };
    this.tell({ kind: 'done', figures });
  }

  private turn(): void {
    for (const call of this.calls) call.turn();
  }

  private async measure(name: SpanName, work: () => Promise<unknown>): Promise<Span> {
    this.tell({ kind: 'span', span: name, edge: 'begin' });
    const span = new Span();
    this.spans.push(span);
    await work();
    span.end();
    this.tell({ kind: 'span', span: name, edge: 'end' });
    return span;
  }

  private async drained(): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    while (this.spans.some(({ sent, back }) => back < sent) && performance.now() < until) {
      await sleep(50);
    }
  }

  private async openAll(opening: Opening): Promise<void> {
    const { calls, callsPerSecond } = this.plan;
    await evenly(calls, callsPerSecond, async () => {
      await this.open(opening, this.spans);
    });
  }

  private async arrive(): Promise<{ standing: Span; opening: Opening } | null> {
    const { arrivals, dials } = this.plan;
    if (!arrivals) return null;
    const dialled = dials ? await Dialled.start(this.plan.port, dials) : null;
    const opening = new Opening();
    const lives: Array<Promise<void>> = [];
    const standing = await this.measure('arrivals', async () => {
      const begun = performance.now();
      let nth = 0;
      await evenly(arrivals.perSecond * arrivals.seconds, arrivals.perSecond, () => {
        lives.push(this.shortCall(opening, nth++ % 2 === 0 ? null : dialled));
        return Promise.resolve();
      });
      await sleep(Math.max(0, begun + arrivals.seconds * 1_000 - performance.now()));
    });
    await Promise.all(lives);
    dialled?.stop();
    return { standing, opening };
  }

  private async shortCall(opening: Opening, dialled: Dialled | null): Promise<void> {
    const call = await this.open(opening, [], dialled);
    if (!call) return;
    await sleep(ARRIVAL_LASTS_MS);
    this.calls.delete(call);
    call.close();
    await tellCompleted(this.plan, call.call);
  }

  private async open(
    opening: Opening,
    spans: readonly Span[],
    dialled: Dialled | null = null,
  ): Promise<PacedCall | null> {
    const begunAt = performance.now();
    const leg = dialled ? await dialled.place() : undefined;
    const result = leg === null ? 'failed' : await openCall(this.plan, opening, leg);
    if (result === 'rejected') opening.rejected += 1;
    else if (result === 'failed') opening.failed += 1;
    else {
      opening.opened += 1;
      const call = this.paced(result, opening, spans, begunAt);
      this.calls.add(call);
      return call;
    }
    return null;
  }

  private paced(
    call: OpenCall,
    opening: Opening,
    spans: readonly Span[],
    begunAt: number,
  ): PacedCall {
    const options = { opening, spans, begunAt, onDropped: () => (this.dropped += 1) };
    const { frames, plan } = this;
    if (!frames || !plan.working) return new EchoCall(call, options);
    return new WorkingCall(call, { ...options, frames, ...plan.working });
  }
}

/** Begins work at even intervals, whether or not earlier work is done. Returns when all work is done. */
async function evenly(times: number, perSecond: number, begin: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  const all: Array<Promise<void>> = [];
  for (let n = 0; n < times; n += 1) {
    const wait = begun + (n * 1_000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    all.push(begin());
  }
  await Promise.all(all);
}

const send = (message: FromGenerator): void => {
  process.send?.(message);
};
process.on('message', (plan: GeneratorPlan) => void new Generator(plan, send).run());
// The parent process is gone, or has all the results.
process.on('disconnect', () => process.exit(0));
send({ kind: 'ready' });
