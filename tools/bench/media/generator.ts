import { setTimeout as sleep } from 'node:timers/promises';
import { Histogram } from './histogram.js';
import { openCall, tellEnd, type OpenCall } from './open-call.js';
import type { Figures, FromGenerator, GeneratorPlan } from './plan.js';

const FRAME_MS = 20;
/** What is on its way when the measuring ends. */
const DRAIN_MS = 1_000;
const ARRIVAL_LASTS_MS = 1_000;
/** The newest send times of a call, by frame number: ten seconds. */
const KEPT = 512;
const PAYLOAD = '"payload":"';

/** One call's frames: its number is in the first bytes of each, so that each is known when it comes back. */
class PacedCall {
  next = 0;
  private readonly frame = Buffer.alloc(160, 0x55);
  private readonly sentAt = new Float64Array(KEPT);
  private lastBackAt = 0;
  private readonly tail: string;

  constructor(
    private readonly call: OpenCall,
    private readonly bench: Generator,
    readonly startedAt: number,
    private readonly onFirst: () => void,
  ) {
    this.tail = `"},"streamSid":"${call.streamSid}"}`;
    call.socket.on('message', (data: Buffer) => this.receive(data.toString('latin1')));
    call.socket.on('error', () => undefined);
  }

  /** Sends what is due. */
  turn(now: number): void {
    for (; this.startedAt + this.next * FRAME_MS <= now; this.next += 1) {
      const due = this.startedAt + this.next * FRAME_MS;
      this.frame.writeUInt32BE(this.next, 0);
      const { next } = this;
      const timestamp = 100 + next * FRAME_MS;
      this.call.socket.send(
        `{"event":"media","sequenceNumber":"${next + 2}","media":{"track":"inbound","chunk":"${next + 1}","timestamp":"${timestamp}","payload":"${this.frame.toString('base64')}${this.tail}`,
      );
      this.sentAt[next % KEPT] = now;
      if (this.bench.measuring) {
        this.bench.sent += 1;
        this.bench.lateness.add(now - due);
      }
    }
  }

  async end(plan: GeneratorPlan): Promise<void> {
    this.close();
    await tellEnd(plan, this.call);
  }

  close(): void {
    const { socket, streamSid } = this.call;
    socket.send(`{"event":"stop","streamSid":"${streamSid}","stop":{}}`);
    socket.close();
  }

  private receive(text: string): void {
    const now = performance.now();
    const at = text.indexOf(PAYLOAD);
    if (at < 0) {
      this.returnMark(text);
      return;
    }
    const start = at + PAYLOAD.length;
    const number = Buffer.from(text.slice(start, start + 8), 'base64').readUInt32BE(0);
    if (number === 0) this.onFirst();
    const sentAt = this.sentAt[number % KEPT] as number;
    if (this.bench.measuring || (this.bench.draining && sentAt < this.bench.endedAt)) {
      if (sentAt >= this.bench.beganAt) {
        this.bench.back += 1;
        this.bench.roundTrip.add(now - sentAt);
      }
      if (this.bench.measuring && this.lastBackAt > this.bench.beganAt) {
        this.bench.gap.add(now - this.lastBackAt);
      }
    }
    this.lastBackAt = now;
  }

  /** As if it had been played at once; how the carrier plays is not what is measured. */
  private returnMark(text: string): void {
    if (!text.includes('"event":"mark"')) return;
    this.call.socket.send(text);
  }
}

class Generator {
  readonly gap = new Histogram();
  readonly roundTrip = new Histogram();
  readonly lateness = new Histogram();
  readonly setUp = new Histogram();
  readonly arrivalSetUp = new Histogram();
  sent = 0;
  back = 0;
  measuring = false;
  draining = false;
  beganAt = 0;
  endedAt = 0;
  private readonly calls = new Set<PacedCall>();
  private rejected = 0;
  private failed = 0;
  private opened = 0;
  private arrivals = 0;
  private arrivalsFailed = 0;

  constructor(private readonly plan: GeneratorPlan) {}

  async run(tell: (message: FromGenerator) => void): Promise<void> {
    const pace = setInterval(() => this.turn(), 1);
    await this.openAll();
    await sleep(1_000);
    tell({ kind: 'measuring' });
    const cpu = process.cpuUsage();
    this.beganAt = performance.now();
    this.measuring = true;
    const arriving = this.arrive();
    await sleep(this.plan.seconds * 1_000);
    this.endedAt = performance.now();
    this.measuring = false;
    this.draining = true;
    const { user, system } = process.cpuUsage(cpu);
    tell({ kind: 'measured' });
    await sleep(DRAIN_MS);
    await arriving;
    clearInterval(pace);
    for (const call of this.calls) call.close();
    const figures: Figures = {
      framesSent: this.sent,
      framesBack: this.back,
      gap: this.gap.toJSON(),
      roundTrip: this.roundTrip.toJSON(),
      setUp: this.setUp.toJSON(),
      lateness: this.lateness.toJSON(),
      opened: this.opened,
      rejected: this.rejected,
      failed: this.failed,
      arrivals: this.arrivals,
      arrivalsFailed: this.arrivalsFailed,
      arrivalSetUp: this.arrivalSetUp.toJSON(),
      generatorCpu: (user + system) / 1_000 / (this.endedAt - this.beganAt),
    };
    tell({ kind: 'done', figures });
  }

  private turn(): void {
    const now = performance.now();
    for (const call of this.calls) call.turn(now);
  }

  private async openAll(): Promise<void> {
    const { calls, callsPerSecond } = this.plan;
    const begun = performance.now();
    const opening: Array<Promise<void>> = [];
    for (let n = 0; n < calls; n += 1) {
      await sleep(Math.max(0, begun + (n * 1_000) / callsPerSecond - performance.now()));
      opening.push(this.openOne(this.setUp).then(() => undefined));
    }
    await Promise.all(opening);
  }

  private async openOne(setUp: Histogram): Promise<PacedCall | null> {
    const begun = performance.now();
    const result = await openCall(this.plan);
    if (result === 'rejected') this.rejected += 1;
    else if (result === 'failed') this.failed += 1;
    else {
      this.opened += 1;
      // A phase of its own, so that no two calls beat together.
      const startedAt = performance.now() + Math.random() * FRAME_MS;
      const call = new PacedCall(result, this, startedAt, () =>
        setUp.add(performance.now() - begun),
      );
      this.calls.add(call);
      return call;
    }
    return null;
  }

  /** New calls at a steady rate beside those that go on. */
  private async arrive(): Promise<void> {
    const { arrivals, seconds } = this.plan;
    const begun = performance.now();
    const lives: Array<Promise<void>> = [];
    for (let n = 0; n < arrivals * seconds; n += 1) {
      await sleep(Math.max(0, begun + (n * 1_000) / arrivals - performance.now()));
      lives.push(this.shortCall());
    }
    await Promise.all(lives);
  }

  private async shortCall(): Promise<void> {
    this.arrivals += 1;
    const call = await this.openOne(this.arrivalSetUp);
    if (!call) {
      this.arrivalsFailed += 1;
      return;
    }
    await sleep(ARRIVAL_LASTS_MS);
    this.calls.delete(call);
    await call.end(this.plan);
  }
}

const send = (message: FromGenerator): void => {
  process.send?.(message);
};
process.on('message', (plan: GeneratorPlan) => {
  void new Generator(plan).run(send).then(() => setTimeout(() => process.exit(0), 500));
});
process.on('disconnect', () => process.exit(0));
send({ kind: 'ready' });
