import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { AgentRegistry } from '../../src/agents/agent-registry.js';
import type { AgentCall, AgentSession } from '../../src/agents/agent.js';
import { CallMetrics } from '../../src/calls/call-metrics.js';
import type { CallEventDraft } from '../../src/calls/ledger/call-event.js';
import type { Arrival, Handover } from '../../src/calls/streams/handover.js';
import { LiveSessions, type SessionEnd } from '../../src/calls/streams/live-sessions.js';
import type { Recordings } from '../../src/calls/recordings/recordings.js';
import type { Refusal, Refusals } from '../../src/calls/refusals.js';
import type { TransferCall } from '../../src/control/transfer-call.js';
import type { StartMessage } from '../../src/providers/media-dialect.js';
import { CloseCode } from '../../src/telephony/media/close-codes.js';
import { BusyVoiceModel } from './ear-bench.js';
import { FakeCarrier } from './fake-carrier.js';
import { MediaSession } from '../../src/telephony/media/media-session.js';
import type { SessionServices } from '../../src/telephony/media/session-services.js';
import type { StartRefusal } from '../../src/telephony/media/start-refusal.js';
import type {
  Begun,
  Claim,
  EndOptions,
  StreamLedger,
} from '../../src/telephony/media/stream-ledger.js';
import type { Start } from '../../src/telephony/media/stream-start.js';
import type { StreamSummary } from '../../src/telephony/media/stream-summary.js';
import { TimerWheel } from '../../src/telephony/media/timer-wheel.js';
import { queuedRun } from './call-builders.js';
import { SilentLog } from './ledger-builders.js';
import { ScriptedAgent } from '../../src/agents/test-kit/scripted-agent.js';

/** A socket that records its calls, and whose peer answers nothing by itself. */
export class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly closes: number[] = [];
  pings = 0;
  terminated = 0;

  send(text: string): void {
    this.sent.push(text);
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number): void {
    if (this.readyState === this.OPEN) this.closes.push(code);
    this.readyState = 2;
  }

  terminate(): void {
    this.readyState = 3;
    this.terminated += 1;
  }
}

/** The ledger as a stream knows it; each step is a promise that the test may hold back. */
export class FakeLedger implements Pick<
  StreamLedger,
  | 'open'
  | 'claim'
  | 'begin'
  | 'close'
  | 'handOver'
  | 'checkpoint'
  | 'storeFacts'
  | 'noteAgent'
  | 'note'
> {
  refusal: StartRefusal | null = null;
  /** Awaited before `open`, `claim` and `begin` answer. */
  gate: Promise<void> = Promise.resolve();
  callIsOver = false;
  readonly asked: StartMessage[] = [];
  /** Whether the token was redeemed before each `start`. */
  readonly tokensSpent: boolean[] = [];
  readonly begun: string[] = [];
  readonly ended: StreamSummary[] = [];
  /** What each stream that ended left to the next. */
  readonly left: Array<Handover | null> = [];
  readonly checkpoints: Handover[] = [];
  /** What the next stream is told of an earlier one. */
  arrival: Arrival | null = null;
  /** Awaited before the end of a stream is durable. */
  commits: Promise<void> = Promise.resolve();
  readonly facts: Array<Record<string, unknown>> = [];
  readonly notes: Array<Record<string, unknown>> = [];
  /** Other facts for the timeline. */
  readonly events: Array<Record<string, unknown>> = [];
  /** What becomes of a call that is handed over. */
  moves: 'moved' | 'newer' | 'over' = 'moved';
  /** What the next attempts to write an end, or to hand over, fail with. */
  failures: Error[] = [];

  constructor(private readonly runId: number) {}

  async open({ runId, streamId, message, tokenSpent, hasOlder, take }: Start) {
    if (hasOlder()) return { kind: 'older' } as const;
    const claim = await this.claim(runId, message, tokenSpent);
    if (claim.kind === 'refused') return claim;
    return take() ?? this.begin(runId, streamId);
  }

  async claim(
    _runId: number,
    start: StartMessage,
    tokenSpent: boolean,
  ): Promise<Claim | StartRefusal> {
    this.asked.push(start);
    this.tokensSpent.push(tokenSpent);
    await this.gate;
    return this.refusal ?? { kind: 'claimed', seen: this.begun.length };
  }

  async begin(_runId: number, streamId: string): Promise<Begun | StartRefusal> {
    await this.gate;
    if (this.callIsOver) return { kind: 'refused', code: CloseCode.Ended, reason: 'call-ended' };
    const streamGeneration = this.begun.push(streamId);
    const fields = { status: 'answered', agent: 'scripted', streamGeneration } as const;
    return {
      kind: 'begun',
      run: queuedRun({ runId: this.runId, ...fields }),
      arrival: this.arrival,
    };
  }

  async close(
    _run: unknown,
    summary: StreamSummary,
    { handover, committed }: EndOptions,
  ): Promise<void> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.ended.push(summary);
    this.left.push(handover);
    await this.commits;
    committed();
  }

  async handOver(
    _run: unknown,
    summary: StreamSummary,
    handover: Handover | null,
  ): Promise<'moved' | 'newer' | 'over'> {
    await this.commits;
    const failure = this.failures.shift();
    if (failure) throw failure;
    if (this.moves === 'moved') {
      this.ended.push(summary);
      this.left.push(handover);
    }
    return this.moves;
  }

  checkpoint(_run: unknown, handover: Handover): Promise<void> {
    this.checkpoints.push(handover);
    return Promise.resolve();
  }

  storeFacts(_run: unknown, facts: Record<string, unknown>): Promise<void> {
    this.facts.push(facts);
    return Promise.resolve();
  }

  note(_run: unknown, { type, source, detail }: CallEventDraft): Promise<void> {
    this.events.push({ type, source, ...detail });
    return Promise.resolve();
  }

  noteAgent(_run: unknown, detail: Record<string, unknown>): Promise<void> {
    const failure = this.failures.shift();
    if (failure) return Promise.reject(failure);
    this.notes.push(detail);
    return Promise.resolve();
  }
}

/** The summary of a stream that carried a frame each way. */
export function streamSummary(cause: SessionEnd, streamId = 'MZ1'): StreamSummary {
  return {
    cause,
    code: 1_000,
    streamId,
    endedAt: Date.now(),
    durationMs: 1_234.5,
    agentReadyMs: null,
    inbound: {
      framesIn: 1,
      filledMs: 0,
      framesLate: 0,
      jitterMs: 0,
      longestPauseMs: 0,
      recentPauseMs: null,
    },
    series: { intervalSeconds: 5, jitterMs: [], pauseMs: [], filledMs: [] },
    framesOut: 1,
    firstAudioMs: null,
  } as unknown as StreamSummary;
}

export interface SessionBench {
  session: MediaSession;
  socket: FakeSocket;
  ledger: FakeLedger;
  sessions: LiveSessions;
  refusals: Refusal[];
  /** How often the place among the waiting streams was released. */
  left: () => number;
  say: (message: unknown) => void;
  /** Sends `start` and waits until the agent has answered. */
  start: (streamSid?: string) => Promise<void>;
  settle: () => Promise<void>;
}

const ECHO = (call: AgentCall): AgentSession => ({ onAudio: (audio) => call.sendAudio(audio) });

/** What a session needs, with nothing behind it. */
export function fakeServices(
  ledger: FakeLedger,
  answer: (call: AgentCall) => AgentSession | Promise<AgentSession>,
  sessions = new LiveSessions(),
  refusals: Refusal[] = [],
  resumes = false,
  transfers = {} as TransferCall,
): SessionServices {
  return {
    ledger: ledger as unknown as StreamLedger,
    agents: new AgentRegistry([new ScriptedAgent('scripted', answer, 'mulaw_8000', resumes)]),
    sounds: { load: (name) => Promise.reject(new Error(`there is no sound "${name}"`)) },
    sessions,
    refusals: { note: (refusal: Refusal) => refusals.push(refusal) } as unknown as Refusals,
    recordings: {} as Recordings,
    transcripts: { add: () => Promise.resolve() },
    transfers,
    workflows: { findOwned: () => Promise.resolve(null) },
    wheel: new TimerWheel(),
    voiceModel: new BusyVoiceModel(),
    metrics: new CallMetrics(),
    log: new SilentLog(),
  };
}

export interface SessionOptions {
  /** Shares the call with another one. */
  beside?: SessionBench;
  /** Whether its agent resumes. */
  resumes?: boolean;
  runId?: number;
  /** A real ledger in place of the fake one. */
  on?: StreamLedger;
}

/** One stream with fakes all around. */
export function sessionBench(
  answer: (call: AgentCall) => AgentSession | Promise<AgentSession> = ECHO,
  { beside, resumes = false, runId = 789, on }: SessionOptions = {},
): SessionBench {
  const socket = new FakeSocket();
  const ledger = beside?.ledger ?? new FakeLedger(runId);
  const sessions = beside?.sessions ?? new LiveSessions();
  const refusals: Refusal[] = [];
  let left = 0;
  const session = new MediaSession(
    socket as unknown as WebSocket,
    (frame) => socket.send(String(frame)),
    {
      ids: { workflowId: 123, userId: 456, runId },
      account: new FakeCarrier(),
      tokenSpent: false,
      leaveWaiting: () => {
        left += 1;
      },
    },
    {
      ...fakeServices(ledger, answer, sessions, refusals, resumes),
      ...(on && { ledger: on }),
    },
  );
  const settle = async (): Promise<void> => {
    await session.settled();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const say = (message: unknown): void =>
    session.receive(typeof message === 'string' ? message : JSON.stringify(message));
  return {
    session,
    socket,
    ledger,
    sessions,
    refusals,
    left: () => left,
    say,
    settle,
    start: async (streamSid = 'MZ1') => {
      say(startMessage(streamSid));
      await settle();
    },
  };
}

export const AUDIO = {
  event: 'media',
  media: { track: 'inbound', payload: Buffer.alloc(160, 1).toString('base64') },
};

export function startMessage(streamSid = 'MZ1'): Record<string, unknown> {
  return {
    event: 'start',
    start: {
      streamSid,
      callSid: 'CA1',
      accountSid: 'AC1',
      customParameters: { token: 'x' },
    },
  };
}
