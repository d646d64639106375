import { WebSocket } from 'ws';
import { callEvent } from '../../../src/calls/ledger/call-event.js';
import type { CallIds } from '../../../src/calls/ledger/call-ids.js';
import type { CallStatus } from '../../../src/calls/ledger/call-status.js';
import {
  EventFeed,
  type AnswerInstruction,
  type Closable,
  type DoResult,
  type FeedListener,
  type FeedTold,
  type ResyncResult,
} from '../../../src/providers/ingress.js';
import type { FeedApi } from './feed-api.js';
import type { EndedBecause, FeedMessage, ListedCall } from './feed-protocol.js';

const RECONNECT_MS = 20;

const ENDS: Record<EndedBecause, CallStatus> = {
  hangup: 'completed',
  busy: 'busy',
  no_answer: 'no-answer',
  failed: 'failed',
};

/** Holds the socket of events open, and instructs by the API. */
export class FeedConnection extends EventFeed {
  /** @param mediaUrl where the carrier reaches our streams, in place of a public address */
  constructor(
    private readonly api: FeedApi,
    private readonly mediaUrl: string,
  ) {
    super();
  }

  open(listener: FeedListener): Closable {
    let socket: WebSocket;
    let timer: NodeJS.Timeout | undefined;
    let isClosed = false;
    const connect = (): void => {
      socket = new WebSocket(`${this.api.url.replace(/^http/, 'ws')}/events`, {
        headers: { Authorization: `Bearer ${this.api.key}` },
      });
      socket.on('open', () => isClosed || listener.connected());
      socket.on('message', (data: Buffer) => {
        if (!isClosed) void listener.told(toldBy(JSON.parse(data.toString()) as FeedMessage));
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (isClosed) return;
        listener.lost();
        timer = setTimeout(connect, RECONNECT_MS);
      });
    };
    connect();
    return {
      close: async () => {
        isClosed = true;
        clearTimeout(timer);
        socket.terminate();
      },
    };
  }

  async resync(): Promise<ResyncResult> {
    const reply = await this.api.ask('GET', '/calls');
    if (typeof reply === 'string') return { kind: 'failed', message: reply };
    if (reply.status !== 200) return { kind: 'failed', message: `HTTP ${reply.status}` };
    return { kind: 'listed', calls: (reply.body as ListedCall[]).map(listed) };
  }

  async perform(instruction: AnswerInstruction, { call }: CallIds): Promise<DoResult> {
    switch (instruction.kind) {
      case 'stream':
        return this.instruct('POST', `/calls/${call ?? ''}/stream`, {
          url: this.mediaUrl + instruction.streamUrl.replace(/^wss:\/\/[^/]+/, ''),
        });
      case 'reject':
        return this.instruct('POST', `/calls/${call ?? ''}/reject`, { busy: instruction.busy });
      case 'hangup':
      case 'say-and-hangup':
        return this.instruct('DELETE', `/calls/${call ?? ''}`);
      case 'transfer':
      case 'announce':
        return { kind: 'failed', message: 'this carrier transfers no calls' };
      default:
        return instruction satisfies never;
    }
  }

  private async instruct(method: string, path: string, body?: object): Promise<DoResult> {
    const reply = await this.api.ask(method, path, body);
    if (typeof reply === 'string') return { kind: 'failed', message: reply };
    return reply.status === 204
      ? { kind: 'done' }
      : { kind: 'failed', message: `HTTP ${reply.status}` };
  }
}

/** What a message of the socket says, in our words. */
function toldBy({ type, call, at, because, seconds }: FeedMessage): FeedTold {
  const status =
    type === 'ended' ? ENDS[because ?? 'hangup'] : type === 'answered' ? 'answered' : 'ringing';
  const asks = type === 'incoming' || (type === 'answered' && call.direction === 'out');
  return told(call, status, type, {
    asks,
    occurredAt: new Date(at),
    durationSeconds: seconds ?? null,
  });
}

/** A call of the list: it asks if it was never given a stream, or lost it. */
function listed(call: ListedCall): FeedTold {
  const asks = !call.streaming && (call.direction === 'in' || call.state === 'answered');
  return told(call, call.state, call.state, { asks, occurredAt: null, durationSeconds: null });
}

function told(
  call: ListedCall,
  status: CallStatus,
  providerStatus: string,
  more: { asks: boolean; occurredAt: Date | null; durationSeconds: number | null },
): FeedTold {
  const { asks, occurredAt, durationSeconds } = more;
  const payload = { ...call };
  const event = callEvent({
    type: 'status',
    source: 'feed',
    status,
    providerStatus,
    occurredAt,
    durationSeconds,
    payload,
    dedupeKey: `feed:${status}`,
  });
  return {
    ids: { call: call.id },
    accountId: null,
    runId: call.reference === null ? null : Number(call.reference),
    events: [event],
    question: asks
      ? {
          direction: call.direction === 'in' ? 'inbound' : 'outbound',
          from: call.from,
          to: call.to,
          status,
          providerStatus,
          answeredBy: null,
          payload,
        }
      : null,
  };
}
