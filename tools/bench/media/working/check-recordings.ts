import { setTimeout as sleep } from 'node:timers/promises';
import { openWav, WAV_HEADER_BYTES } from '../../../../src/audio/wav.js';
import { CLICK_EVERY_MS, CLICK_LEVEL } from './caller-frames.js';

/** So many recordings are looked at. */
const LOOKED_AT = 20;
const ATTEMPTS = 100;
const PAUSE_MS = 200;
/** From one click to the next place where one is looked for. */
const APART_MS = 1_000;
const IN_TIME_MS = 40;
const DRIFT_MS = 20;

export interface RecordingsResult {
  looked: number;
  /** Those in which no click is missing up to the end. */
  whole: number;
  /** Those whose clicks are all within 40 ms of their place, the last within 20 ms of the first. */
  inTime: number;
  worstMs: number;
  worstDriftMs: number;
}

/** Looks for the callers' clicks in recordings of calls that have ended. */
export async function checkRecordings(port: number, apiKey: string): Promise<RecordingsResult> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const url = `http://127.0.0.1:${port}/api/v1/telephony/calls`;
  const list = await fetch(`${url}?limit=${LOOKED_AT}`, { headers });
  const { data } = (await list.json()) as { data: Array<{ workflow_run_id: number }> };
  const result = { looked: 0, whole: 0, inTime: 0, worstMs: 0, worstDriftMs: 0 };
  for (const { workflow_run_id: id } of data) {
    const { whole, offMs, driftMs } = judge(await recording(`${url}/${id}/recording`, headers));
    result.looked += 1;
    if (whole) result.whole += 1;
    if (offMs <= IN_TIME_MS && driftMs <= DRIFT_MS) result.inTime += 1;
    result.worstMs = Math.max(result.worstMs, offMs);
    result.worstDriftMs = Math.max(result.worstDriftMs, driftMs);
  }
  return result;
}

/** The last seconds of a call are stored soon after its end. */
async function recording(url: string, headers: Record<string, string>): Promise<Buffer> {
  let length = -1;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const reply = await fetch(url, { headers });
    const file = Buffer.from(await reply.arrayBuffer());
    if (reply.status === 200 && file.length === length) return file;
    length = reply.status === 200 ? file.length : -1;
    await sleep(PAUSE_MS);
  }
  throw new Error('a recording of the bench was not stored');
}

function judge(file: Buffer): { whole: boolean; offMs: number; driftMs: number } {
  const wav = openWav(file);
  if ('problem' in wav) throw new Error(`a recording of the bench is ${wav.problem}`);
  const clicks = clicksOf(file, wav.sampleRate);
  const [first = 0] = clicks;
  const off = clicks.map((ms, index) => Math.abs(ms - first - index * CLICK_EVERY_MS));
  const restMs = (wav.length / wav.sampleRate) * 1_000 - (clicks.at(-1) ?? 0);
  return {
    whole: clicks.length > 0 && restMs < CLICK_EVERY_MS + APART_MS && first < CLICK_EVERY_MS,
    offMs: Math.max(0, ...off),
    driftMs: off.at(-1) ?? 0,
  };
}

/** When they are, in milliseconds: the first loud sample of each on the left, which is the caller's. */
function clicksOf(file: Buffer, sampleRate: number): number[] {
  const samples = new Int16Array(file.buffer.slice(file.byteOffset + WAV_HEADER_BYTES));
  const clicks: number[] = [];
  for (let at = 0; at * 2 < samples.length; at += 1) {
    if (Math.abs(samples[at * 2] as number) < CLICK_LEVEL) continue;
    clicks.push((at / sampleRate) * 1_000);
    at += (sampleRate * APART_MS) / 1_000;
  }
  return clicks;
}
