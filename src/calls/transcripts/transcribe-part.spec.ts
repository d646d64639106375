import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  TRANSCRIPTION_KEY,
  TranscriptionDouble,
} from '../../../test/support/transcription-double.js';
import { TranscriptionSettings } from '../../config/settings.js';
import { PartTranscriber } from './transcribe-part.js';
import { TranscriptionServer } from './transcription-server.js';

let server: TranscriptionDouble;
let url: string;

beforeEach(async () => {
  server = new TranscriptionDouble();
  url = await server.start();
});
afterEach(async () => {
  await server.stop();
  expect(server.mistakes).toEqual([]);
});

const transcriber = (patienceMs?: number, at = url) => {
  const settings = new TranscriptionSettings({ url: at, apiKey: TRANSCRIPTION_KEY, model: 'w-1' });
  return new PartTranscriber(new TranscriptionServer(settings, patienceMs));
};
/** Tones at these seconds, in so many seconds of silence. */
const audio = (seconds: number, ...tones: Array<[from: number, to: number]>) => {
  const samples = Int16Array.from({ length: seconds * 8_000 }, (_, at) => {
    const isLoud = tones.some(([from, to]) => at >= from * 8_000 && at < to * 8_000);
    return isLoud ? 3_000 * Math.sin(at / 3) : (at % 7) - 3;
  });
  return { speaker: 'caller' as const, atMs: 0, samples };
};
const { signal } = new AbortController();

it('sends from the first to the last that is to be heard, and takes the times of the segments', async () => {
  const part = audio(10, [2, 3], [5, 7]);
  const { result, requests, seconds } = await transcriber().transcribe(part, signal);
  const [sent] = server.requests;
  expect(sent).toMatchObject({ model: 'w-1', format: 'verbose_json' });
  expect(sent?.samples).toEqual(part.samples.subarray(1.8 * 8_000, 7.2 * 8_000));
  expect([requests, seconds]).toEqual([1, 5.4]);
  const at = (atMs: number, untilMs: number, n: number) => ({
    atMs,
    untilMs,
    text: ` second ${n}`,
  });
  expect(result).toEqual({
    kind: 'done',
    segments: [
      at(1_800, 2_800, 0),
      at(2_800, 3_800, 1),
      at(3_800, 4_800, 2),
      at(4_800, 5_800, 3),
      at(5_800, 6_800, 4),
      at(6_800, 7_200, 5),
    ],
  });
});

it('sends nothing of silence', async () => {
  const { result, requests } = await transcriber().transcribe(audio(60), signal);
  expect([result, requests]).toEqual([{ kind: 'done', segments: [] }, 0]);
});

it('of a server without times it asks for each thing that was said, and asks for times no more', async () => {
  server.answer = ({ format, samples }) =>
    format === 'verbose_json'
      ? { status: 400, body: { error: { message: 'response_format is not compatible' } } }
      : { body: { text: `heard ${samples.length / 8}` } };
  const parts = transcriber();
  const part = audio(60, [1, 2], [2.5, 3], [10, 50]);
  const { result, requests } = await parts.transcribe(part, signal);
  const said = { untilMs: expect.any(Number), text: expect.any(String) };
  expect(result).toEqual({
    kind: 'done',
    segments: [
      { atMs: 800, untilMs: 3_200, text: 'heard 2400' },
      { ...said, atMs: 9_800 },
      { ...said, atMs: 39_800 },
    ],
  });
  expect(requests).toBe(4);
  await parts.transcribe(audio(5, [1, 2]), signal);
  expect(server.requests.at(-1)?.format).toBe('json');
});

it.each<[number, Record<string, string>, object]>([
  [429, { 'retry-after': '7' }, { kind: 'again', reason: 'http_429', afterMs: 7_000 }],
  [503, {}, { kind: 'again', reason: 'http_503', afterMs: null }],
  [401, {}, { kind: 'again', reason: 'http_401', afterMs: null }],
  [413, {}, { kind: 'refused', reason: 'http_413' }],
  [
    302,
    { location: 'http://127.0.0.1:1/' },
    { kind: 'again', reason: 'unreachable', afterMs: null },
  ],
])('a reply of %i', async (status, headers, result) => {
  server.answer = () => ({ status, headers });
  expect((await transcriber().transcribe(audio(5, [1, 2]), signal)).result).toEqual(result);
});

it.each([
  ['no JSON', 'text'],
  ['no text', { segments: [] }],
  ['no end', { text: 'x'.repeat(5_000_000) }],
])('a reply with %s is asked for again', async (_what, body) => {
  server.answer = () => ({ body });
  const { result } = await transcriber().transcribe(audio(5, [1, 2]), signal);
  expect(result).toEqual({ kind: 'again', reason: 'no_text', afterMs: null });
});

it('odd segments are left out, and without any the text stands at its beginning', async () => {
  const parts = transcriber();
  const segments = [
    { start: 'x', text: 'a' },
    null,
    { start: 1, text: 'b' },
    { start: 99, text: 'c' },
  ];
  server.answer = () => ({ body: { text: 'all', segments } });
  const part = audio(5, [1, 2]);
  const only = (atMs: number, text: string) => ({ atMs, untilMs: 2_200, text });
  expect((await parts.transcribe(part, signal)).result).toMatchObject({
    segments: [only(1_800, 'b')],
  });
  server.answer = () => ({ body: { text: 'all', segments: [] } });
  expect((await parts.transcribe(part, signal)).result).toMatchObject({
    segments: [only(800, 'all')],
  });
});

it('a server that never answers, or is not there, is asked again; our own stop cuts it off', async () => {
  server.answer = () => new Promise(() => undefined);
  const part = audio(5, [1, 2]);
  const { result } = await transcriber(50).transcribe(part, signal);
  expect(result).toEqual({ kind: 'again', reason: 'timeout', afterMs: null });
  const { result: refused } = await transcriber(50, 'http://127.0.0.1:9/v1').transcribe(
    part,
    signal,
  );
  expect(refused).toMatchObject({ reason: 'unreachable' });
  const stop = new AbortController();
  const cut = transcriber().transcribe(part, stop.signal);
  stop.abort();
  expect((await cut).result).toMatchObject({ kind: 'again' });
});
