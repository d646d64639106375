import { once } from 'node:events';
import { request, type OutgoingHttpHeaders } from 'node:http';
import { AgentRegistry } from '../../src/agents/agent-registry.js';
import type { AgentCall, AgentSession } from '../../src/agents/agent.js';
import { ScriptedAgent } from '../../src/agents/test-kit/scripted-agent.js';
import { LiveSessions } from '../../src/calls/streams/live-sessions.js';
import { Refusals } from '../../src/calls/refusals.js';
import type { StreamClient } from '../../tools/carrier/media/connect-stream.js';
import { signUpgrade } from '../../tools/carrier/signing/signature.js';
import { Api, type CallJson } from './api.js';
import { PUBLIC_ORIGIN, startGateway, THEIR_NUMBER, type Gateway } from './gateway.js';
import type { GatewayOptions } from './gateway.js';
import { until } from './patience.js';
import { CarrierRequests, streamOf } from './signed-request.js';

export const STREAM_ORIGIN = PUBLIC_ORIGIN.replace('https', 'wss');
export const STREAM_PATH = '/api/v1/telephony/ws';

/** A call whose answer named a stream, and no stream yet. */
export interface AnsweredCall {
  call: CallJson;
  runId: number;
  callSid: string;
  /** Of the stream, public. */
  url: string;
  token: string;
}

/** Values in place of those that a real stream would present. */
export interface Claims {
  token?: string | null;
  callSid?: string;
  accountSid?: string;
  streamSid?: string;
  sendStart?: boolean;
  headers?: Record<string, string>;
}

/** What the ledger records about one stream's beginning or end. */
export interface StreamDetail {
  stream: 'started' | 'ended';
  stream_id: string;
  cause?: string;
  code?: number | null;
  duration_ms?: number;
  frames_in?: number;
  frames_out?: number;
}

/** What a scripted agent does, and when. */
export interface Script {
  answer?: (call: AgentCall) => unknown;
  onAudio?: (call: AgentCall, audio: Buffer) => unknown;
  onDtmf?: (call: AgentCall, digit: string) => unknown;
  onEnd?: (call: AgentCall) => unknown;
}

/** What an agent has seen of its calls, all together. */
export interface Witness {
  answers: number;
  ends: number;
  aborts: number;
  heard: Buffer[];
}

/** An agent that follows `script` and keeps count; it echoes by default. */
export function witnessed(script: Script): {
  witness: Witness;
  answer: (call: AgentCall) => Promise<AgentSession>;
} {
  const witness: Witness = { answers: 0, ends: 0, aborts: 0, heard: [] };
  const answer = async (call: AgentCall): Promise<AgentSession> => {
    witness.answers += 1;
    call.signal.addEventListener('abort', () => (witness.aborts += 1));
    await script.answer?.(call);
    return {
      onAudio: (audio) => {
        witness.heard.push(audio);
        return script.onAudio ? script.onAudio(call, audio) : call.sendAudio(audio);
      },
      onDtmf: (digit) => script.onDtmf?.(call, digit) as undefined,
      onEnd: () => {
        witness.ends += 1;
        return script.onEnd?.(call) as undefined;
      },
    };
  };
  return { witness, answer };
}

/** A gateway whose phones never ring: every webhook and every stream comes from the test. */
export class StreamBench {
  readonly api: Api;
  readonly requests: CarrierRequests;
  private scripted = 0;

  private constructor(readonly gateway: Gateway) {
    this.api = new Api(gateway);
    this.requests = new CarrierRequests(gateway);
  }

  static async start(options: GatewayOptions = {}): Promise<StreamBench> {
    const carrier = { behaviour: { queuedMs: 600_000 }, ...options.carrier };
    return new StreamBench(await startGateway({ ...options, carrier }));
  }

  stop(): Promise<void> {
    return this.gateway.stop();
  }

  async answered(workflowId = 1): Promise<AnsweredCall> {
    const call = await this.api.place({ to: THEIR_NUMBER, workflow_id: workflowId });
    const callSid = call.provider_call_id ?? '';
    return { call, runId: call.workflow_run_id, callSid, ...(await this.ask(call)) };
  }

  /** Asks for instructions as a carrier does; a fresh token each time. */
  async ask(call: CallJson): Promise<{ url: string; token: string }> {
    const fields = this.requests.fieldsOf(call.provider_call_id ?? '', 'in-progress');
    return streamOf(await this.requests.answer(call, fields));
  }

  /** Opens a stream; throws when the upgrade is refused. */
  async open(call: AnsweredCall, claims: Claims = {}): Promise<StreamClient> {
    const { token = call.token, ...rest } = claims;
    const stream = await this.gateway.carrier.connectStream({
      url: call.url,
      callSid: call.callSid,
      customParameters: token === null ? {} : { token },
      ...rest,
    });
    if (stream.kind !== 'open') throw new Error(`refused: ${JSON.stringify(stream)}`);
    return stream.client;
  }

  /** A stream that has been accepted: it echoes. */
  async live(call: AnsweredCall, claims: Claims = {}): Promise<StreamClient> {
    const client = await this.open(call, claims);
    await this.until(() => this.session(call.runId)?.streamId === client.streamSid);
    await this.started(call.runId, client.streamSid);
    return client;
  }

  async started(runId: number, streamSid: string): Promise<void> {
    await this.api.until(runId, (call) =>
      streamsOf(call).some((one) => one.stream_id === streamSid && one.stream === 'started'),
    );
  }

  /** What the ledger records about the call's streams, once `count` have ended. */
  async ended(runId: number, count = 1): Promise<StreamDetail[]> {
    const call = await this.api.until(
      runId,
      (one) => streamsOf(one).filter(({ stream }) => stream === 'ended').length >= count,
    );
    return streamsOf(call);
  }

  session(runId: number) {
    return this.gateway.service.app.get(LiveSessions).find(runId);
  }

  /** How often streams were refused for this reason. */
  refused(reason: string): number {
    const counted = this.gateway.service.app.get(Refusals).counted();
    return (
      counted.find((one) => one.surface === 'media-stream' && one.reason === reason)?.count ?? 0
    );
  }

  /** A new workflow with an agent of its own. */
  async workflow(
    answer: (call: AgentCall) => AgentSession | Promise<AgentSession>,
    more: Record<string, unknown> = {},
  ): Promise<number> {
    this.scripted += 1;
    const name = `scripted-${this.scripted}`;
    this.gateway.service.app.get(AgentRegistry).register(new ScriptedAgent(name, answer));
    const reply = await this.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name,
      agent: name,
      ...more,
    });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    return reply.body.workflow_id;
  }

  async until(fits: () => boolean): Promise<void> {
    await until(fits);
  }

  /**
   * An upgrade on the wire, byte for byte.
   * @param signature over the public URL of `target` by default; null leaves it out
   */
  async upgrade(
    target: string,
    more: { signature?: string | null; headers?: OutgoingHttpHeaders } = {},
  ): Promise<{ status: number; headers: Record<string, string | undefined>; body: string }> {
    const { signature = this.sign(target), headers = {} } = more;
    const asked = request({
      host: '127.0.0.1',
      port: this.gateway.port,
      path: target,
      headers: {
        Host: new URL(PUBLIC_ORIGIN).host,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(signature === null ? {} : { 'X-Twilio-Signature': signature }),
        ...headers,
      },
    });
    asked.end();
    return new Promise((resolve, reject) => {
      asked.once('error', reject);
      asked.once('upgrade', (reply, socket) => {
        socket.destroy();
        const head = reply.headers as Record<string, string | undefined>;
        resolve({ status: reply.statusCode ?? 0, headers: head, body: '' });
      });
      asked.once('response', (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        void once(reply, 'close').then(() => {
          const head = reply.headers as Record<string, string | undefined>;
          resolve({
            status: reply.statusCode ?? 0,
            headers: head,
            body: Buffer.concat(chunks).toString(),
          });
        });
      });
    });
  }

  sign(target: string): string {
    return signUpgrade(STREAM_ORIGIN + target, this.gateway.carrier.authToken);
  }
}

export function streamTarget({ call }: AnsweredCall): string {
  return `${STREAM_PATH}/${call.workflow_id}/${call.user_id}/${call.workflow_run_id}`;
}

export function streamsOf(call: CallJson): StreamDetail[] {
  return call.events
    .filter(({ type, detail }) => type === 'stream' && 'stream' in detail)
    .map(({ detail }) => detail as unknown as StreamDetail);
}

/** 20 ms of one sound, identified by `value`. */
export function frame(value: number): Buffer {
  return Buffer.alloc(160, value);
}

/** The audio that came back, in order, by the first byte of each message. */
export function echoed(client: StreamClient): number[] {
  return client.received.flatMap((message) => {
    const { media } = message as { media?: { payload: string } };
    return media ? [Buffer.from(media.payload, 'base64')[0] ?? -1] : [];
  });
}
