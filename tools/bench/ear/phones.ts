// The program of the phones: they run beside the gateway, by a clock of their own.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Histogram } from '../media/histogram.js';
import { openCall, tellCompleted } from '../media/open-call.js';
import { Opening } from '../media/opening.js';
import { FRAME_MS, Phone, type PhoneParts } from './phone.js';
import type { FromPhones, PhonesPlan, Seen } from './plan.js';

/** Until the gateway has its agents ready, and its voice model. */
const SETTLE_MS = 1_500;
const SOUND = '.s16';

/** Makes a plan's calls. */
class Phones {
  private readonly sounds: PhoneParts['sounds'];
  private readonly gaps = new Histogram();
  private readonly lateness = new Histogram();
  private readonly running = new Set<Phone>();

  constructor(private readonly plan: PhonesPlan) {
    this.sounds = soundsOf(plan.folder);
  }

  async run(): Promise<FromPhones> {
    const { calls, atOnce } = this.plan;
    const seen: Seen[][] = [];
    const first = await Promise.all(calls.slice(0, atOnce).map((_, n) => this.open(n)));
    const startsAt = performance.now() + SETTLE_MS;
    const turns = setInterval(() => this.turn(), 1);
    let next = first.length;
    const follow = async (n: number, phone: Phone): Promise<void> => {
      seen[n] = await this.make(phone, startsAt);
      while (next < calls.length) {
        const at = next;
        next += 1;
        seen[at] = await this.make(await this.open(at), performance.now());
      }
    };
    await Promise.all(first.map((phone, n) => follow(n, phone)));
    clearInterval(turns);
    return { kind: 'done', seen, gapP99Ms: this.gaps.at(0.99), lateP99Ms: this.lateness.at(0.99) };
  }

  private turn(): void {
    for (const phone of this.running) phone.turn();
  }

  private async open(n: number): Promise<Phone> {
    const call = await openCall(this.plan.target, new Opening());
    if (typeof call === 'string') throw new Error(`a call was ${call}`);
    const { sounds, gaps, lateness } = this;
    return new Phone({ call, trials: this.plan.calls[n] ?? [], sounds, gaps, lateness });
  }

  private async make(phone: Phone, startsAt: number): Promise<Seen[]> {
    // Each at another time within a frame.
    phone.startsAt = startsAt + Math.random() * FRAME_MS;
    this.running.add(phone);
    while (!phone.isDone) await sleep(FRAME_MS);
    this.running.delete(phone);
    phone.hangUp();
    await tellCompleted(this.plan.target, phone.call);
    return phone.seen;
  }
}

function soundsOf(folder: string): Map<string, Int16Array> {
  const names = readdirSync(folder).filter((name) => name.endsWith(SOUND));
  return new Map(
    names.map((name) => {
      const { buffer, byteOffset, byteLength } = readFileSync(join(folder, name));
      const samples = new Int16Array(buffer.slice(byteOffset, byteOffset + byteLength));
      return [name.slice(0, -SOUND.length), samples];
    }),
  );
}

const tell = (message: FromPhones): void => void process.send?.(message);
process.on('message', (plan: PhonesPlan) => void new Phones(plan).run().then(tell));
process.on('disconnect', () => process.exit(0));
tell({ kind: 'ready' });
