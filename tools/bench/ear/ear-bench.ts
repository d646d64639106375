import { once } from 'node:events';
import { LATE, within } from '../../../src/shared/within.js';
import { endChild, startChild, throwAway, throwAwayDirectory } from '../children.js';
import { claim, create, newKeys, PRESENT_SERVICE, startPatchbay } from '../media/servers.js';
import type { FromPhones, PhonesOutcome, PhonesPlan, ToEarBench } from './plan.js';
import { AGENT_NAME, writeAgent } from './speaking-agent.js';

/** Beyond what the trials take. */
const PATIENCE_MS = 120_000;
const REST_MS = 1_000;

const PHONES = new URL('./phones.js', import.meta.url);

type EarBenchOptions = Omit<Extract<ToEarBench, { kind: 'start' }>, 'kind'>;

/** A gateway in a process of its own, with calls from phones in another. */
export class EarBench {
  private constructor(
    private readonly directory: string,
    private readonly folder: string,
    private readonly apiKey: string,
    private readonly server: Awaited<ReturnType<typeof startPatchbay>>,
  ) {}

  /**
   * `folder` holds the sounds, `NAME.s16`, and the agent's speeches, `DIGIT.ulaw`; `modelPercent` of a core is the budget
   * of the voice model.
   */
  static async start(options: EarBenchOptions): Promise<EarBench> {
    const { folder, digits, modelPercent } = options;
    const directory = await throwAwayDirectory();
    const keys = newKeys();
    const server = await startPatchbay(PRESENT_SERVICE, keys, {
      MAX_CONCURRENT_CALLS: '1000',
      VOICE_MODEL_CPU_PERCENT: String(modelPercent),
      AGENTS_DIR: writeAgent(directory, folder, digits),
    });
    const bench = new EarBench(directory, folder, keys.apiKey, server);
    try {
      const workflow = await create(server.port, keys, 'workflows', {
        name: 'Bench',
        agent: AGENT_NAME,
        barge_in: true,
      });
      await claim(server.port, keys, (workflow as { workflow_id: number }).workflow_id);
    } catch (error) {
      await bench.stop();
      throw error;
    }
    return bench;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    throwAway(this.directory);
  }

  /** Makes the trials of each call one after another, `atOnce` calls at a time. */
  async run(calls: PhonesPlan['calls'], atOnce: number): Promise<PhonesOutcome> {
    const { port, patchbay } = this.server;
    const plan: PhonesPlan = { target: { port, patchbay }, folder: this.folder, calls, atOnce };
    const lasts = calls.flat().reduce((sum, { ms }) => sum + ms + REST_MS, 0) / atOnce;
    const before = await this.modelFigures();
    const child = startChild(PHONES);
    try {
      await once(child, 'message');
      this.server.beginLag();
      child.send(plan);
      const ended = new Promise<never>((_, reject) => {
        child.once('exit', (code) => reject(new Error(`the phones ended with ${code}`)));
      });
      const done = Promise.race([once(child, 'message') as Promise<[FromPhones]>, ended]);
      const told = await within(lasts + PATIENCE_MS, done);
      const lag = await this.server.endLag();
      if (told === LATE) throw new Error('the phones did not come to an end');
      const [outcome] = told;
      if (outcome.kind !== 'done') throw new Error('the phones began twice');
      const after = await this.modelFigures();
      const { seen, gapP99Ms, lateP99Ms } = outcome;
      return {
        seen,
        gapP99Ms,
        lateP99Ms,
        loopLateP99Ms: lag.p99,
        loopLateMaxMs: lag.max,
        windows: after.windows - before.windows,
        refused: after.refused - before.refused,
      };
    } finally {
      await endChild(child);
    }
  }

  private async modelFigures(): Promise<{ windows: number; refused: number }> {
    const reply = await fetch(`http://127.0.0.1:${this.server.port}/metrics`, {
      headers: { authorization: `Bearer ${this.apiKey}` },
    });
    const text = await reply.text();
    const value = (name: string): number =>
      Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
    return {
      windows: value('patchbay_voice_model_windows_total'),
      refused: value('patchbay_voice_model_refused_total'),
    };
  }
}
