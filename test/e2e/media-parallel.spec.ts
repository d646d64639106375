import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { THEIR_NUMBER } from '../support/gateway.js';
import { LONG } from '../support/patience.js';
import { StreamBench, streamsOf } from '../support/streams.js';

const CALLS = LONG ? 20 : 8;
/** Two seconds. */
const FRAMES = 100;

let bench: StreamBench;

beforeAll(async () => {
  bench = await StreamBench.start({ carrier: { behaviour: {} } });
});
afterAll(() => bench.stop());

it(`${CALLS} calls at once: each hears itself, all of it, and nobody else`, async () => {
  const { carrier } = bench.gateway;
  const placed = await Promise.all(
    Array.from({ length: CALLS }, () => bench.api.place({ to: THEIR_NUMBER })),
  );
  const calls = await Promise.all(
    placed.map((one) => carrier.waitForCall(({ sid }) => sid === one.provider_call_id)),
  );
  await Promise.all(calls.map((call) => call.streamStarted));
  await bench.until(() => calls.every((call) => call.heardAudio.length >= FRAMES * 160));
  for (const call of calls) {
    call.sendDigits('12#');
    call.hangUp();
  }
  await Promise.all(calls.map((call) => call.settled));

  const echoes = calls.map((call) => call.compareEcho());
  const fractions = echoes.map(({ fraction }) => fraction);
  const worst = Math.min(...fractions);
  const frames = echoes.reduce((sum, { echoedFrames }) => sum + echoedFrames, 0);
  console.info(`${CALLS} calls, ${frames} frames echoed, worst echo ${(worst * 100).toFixed(2)} %`);
  for (const fraction of fractions) expect(fraction).toBeGreaterThanOrEqual(0.99);
  for (const { echoedFrames } of echoes) expect(echoedFrames).toBeGreaterThanOrEqual(FRAMES);

  for (const { workflow_run_id: runId } of placed) {
    const final = await bench.api.until(runId, ({ status }) => status === 'completed');
    expect(final.end_reason).toBe('caller_hangup');
    expect(streamsOf(final)).toMatchObject([
      { stream: 'started' },
      { stream: 'ended', cause: 'stop', code: 1000 },
    ]);
  }
  expect(carrier.violations).toEqual([]);
});
