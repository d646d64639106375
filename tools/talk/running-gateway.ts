import type { Narrator } from '../demo/narrator.js';
import { ApiError } from '../demo/throw-away-gateway.js';
import type { BegunCall, CalledGateway } from './callers-line.js';
import { UsageError } from './options.js';
import { PhonesLine } from './phones-line.js';
import type { ScriptedVoice } from './scripted-voice.js';

const ANSWERS_WITHIN_MS = 10_000;

/**
 * A gateway that runs already: the caller is a phone at its simulated carrier, and takes a call that the workflow
 * makes. The call takes the same path as any other.
 */
export class RunningGateway implements CalledGateway {
  private cookie: string | null = null;
  private line: PhonesLine | null = null;

  /** @param url where it listens, without `/api` */
  constructor(
    private readonly url: string,
    private readonly key: string,
    private readonly voice: ScriptedVoice,
    private readonly say: Narrator,
  ) {}

  async start(): Promise<void> {
    const { simulated } = await this.signIn();
    if (!simulated) {
      throw new UsageError(
        `The calls of ${this.url} are real and would ring real telephones. --url is for a gateway whose carrier is simulated: start it without a carrier's settings, or leave --url out.`,
      );
    }
    this.line = await PhonesLine.open(this.url, this.cookie ?? '', this.voice);
    this.say.step('gateway', `Patchbay at ${this.url}; the caller is a phone at its carrier`);
  }

  async stop(): Promise<void> {
    this.line?.close();
    if (this.cookie === null) return;
    // A session that is left behind ends by itself.
    await this.ask('DELETE', '/console/api/session').catch(() => undefined);
    this.cookie = null;
  }

  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.ask(method, `/api/v1${path}`, body);
    if (!response.ok) throw new ApiError(method, path, response.status, await response.text());
    return (await response.json()) as T;
  }

  async call(workflowId: number): Promise<BegunCall> {
    const { line } = this;
    if (!line) throw new Error('the gateway was not started');
    const body = { workflow_id: workflowId, to: line.number };
    const placed = await this.api<{ workflow_run_id: number }>('POST', '/telephony/calls', body);
    return { line, runId: () => Promise.resolve(placed.workflow_run_id) };
  }

  private async signIn(): Promise<{ simulated: boolean }> {
    const response = await this.ask('POST', '/console/api/session', { key: this.key });
    if (response.status === 401) {
      throw new UsageError(
        `${this.url} does not take the key: set API_KEY to one of its keys, or DATA_DIR to where it keeps its own.`,
      );
    }
    if (!response.ok) {
      throw new UsageError(`${this.url} answers ${response.status}: is Patchbay running there?`);
    }
    const [cookie = ''] = response.headers.getSetCookie();
    this.cookie = cookie.split(';', 1)[0] ?? '';
    return (await response.json()) as { simulated: boolean };
  }

  private async ask(method: string, path: string, body?: unknown): Promise<Response> {
    // The console takes requests of its own pages alone.
    const headers: Record<string, string> = path.startsWith('/console/')
      ? { origin: new URL(this.url).origin, ...(this.cookie && { cookie: this.cookie }) }
      : { authorization: `Bearer ${this.key}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      return await fetch(`${this.url}${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      const why = cause?.code ?? (error instanceof Error ? error.message : String(error));
      throw new UsageError(`${this.url} does not answer (${why}): is Patchbay running there?`);
    }
  }
}
