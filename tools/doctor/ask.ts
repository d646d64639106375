import type { messageJson } from '../../src/doctor/alerts/alerts-json.js';
import type { checkJson, diagnosisJson } from '../../src/doctor/diagnosis-json.js';

export type CheckJson = ReturnType<typeof checkJson>;
export type AlertJson = ReturnType<typeof messageJson>;
export type DiagnosisJson = ReturnType<typeof diagnosisJson>;

/** An event of a full run. */
export type RunEvent =
  | { state: 'started'; name: string; title: string }
  | { state: 'progress'; name: string; note: string }
  | ({ state: 'finished' } & CheckJson);

/** What became of one number. */
export interface RepairJson {
  number_ends_with: string;
  was: string;
  repaired: boolean;
  reason: string | null;
}

/** The gateway could not be asked; the message says why, and what to do. */
export class AskError extends Error {}

/** A gateway answers, but it cannot be asked at the moment, or not with this key. */
export class RefusedError extends AskError {}

/** Nothing answers; `hangs` tells whether something takes the question. */
export class SilentError extends AskError {
  constructor(
    message: string,
    readonly hangs: boolean,
  ) {
    super(message);
  }
}

const PATH = '/api/v1/telephony/diagnostics';
/** The quick checks end within two minutes, whatever hangs. */
const REPLY_MS = 150_000;
/** A full run says something every few seconds, until its last check is given up. */
const SILENCE_MS = 150_000;

export interface Asked {
  url: string;
  key: string;
}

export async function askQuick(asked: Asked): Promise<DiagnosisJson> {
  const response = await request(asked, 'GET', PATH);
  return (await response.json()) as DiagnosisJson;
}

/** Numbers that need no repair are not in the result. */
export async function askRepair(asked: Asked): Promise<RepairJson[]> {
  const response = await request(asked, 'POST', `${PATH}/repairs/numbers`);
  return ((await response.json()) as { data: RepairJson[] }).data;
}

/** Sends a test message to those who are told of alerts. */
export async function askAlertTest(asked: Asked): Promise<AlertJson> {
  const response = await request(asked, 'POST', '/api/v1/alerts/test');
  return (await response.json()) as AlertJson;
}

/** Calls `onEvent` for every event and resolves at the end of the run. */
export async function askFull(
  asked: Asked,
  idleSeconds: number | null,
  onEvent: (event: RunEvent) => void,
): Promise<DiagnosisJson> {
  const query = idleSeconds === null ? '' : `?idle_seconds=${idleSeconds}`;
  const silent = new AbortController();
  const silence = setTimeout(() => silent.abort(), SILENCE_MS);
  try {
    const response = await request(asked, 'POST', `${PATH}${query}`, silent.signal);
    for await (const { event, data } of events(response)) {
      silence.refresh();
      if (event === 'done') return data as DiagnosisJson;
      if (event === 'check') onEvent(data as RunEvent);
    }
  } catch (error) {
    if (error instanceof AskError) throw error;
    // The error below says so.
  } finally {
    clearTimeout(silence);
  }
  throw new AskError('The gateway ended the run early: look at its log.');
}

async function request(
  { url, key }: Asked,
  method: string,
  path: string,
  signal: AbortSignal = AbortSignal.timeout(REPLY_MS),
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      signal,
    });
  } catch {
    if (signal.aborted) {
      throw new SilentError(
        `${url} takes the question and gives no answer: the gateway hangs. Look at its log, and restart it.`,
        true,
      );
    }
    throw new SilentError(
      `No gateway answers at ${url}. Start it with \`npm start\`, or say where it listens: PORT and HOST in the environment or .env, or --url.`,
      false,
    );
  }
  if (response.ok) return response;
  const detail = await detailOf(response);
  switch (response.status) {
    case 401:
    case 404:
      throw new RefusedError(
        `${url} does not take the key: it must be user 1's (API_KEY, or the file api-key in DATA_DIR).`,
      );
    case 409:
      throw new AskError(detail ?? 'The same is under way already: wait for its end.');
    default:
      throw new RefusedError(
        `${url} answers with HTTP ${response.status}: ${detail ?? 'look at its log.'}`,
      );
  }
}

/** The `detail` of a problem document, for people. Null if the reply is not from a gateway. */
async function detailOf(response: Response): Promise<string | null> {
  try {
    const { detail } = Object(await response.json()) as { detail?: unknown };
    return typeof detail === 'string' ? detail : null;
  } catch {
    return null;
  }
}

/** Reads server-sent events with one data line each, as the gateway writes them. */
async function* events(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event] = /^event: (.+)$/m.exec(block) ?? [];
      const [, data] = /^data: (.+)$/m.exec(block) ?? [];
      if (event && data) yield { event, data: JSON.parse(data) as unknown };
    }
  }
}
