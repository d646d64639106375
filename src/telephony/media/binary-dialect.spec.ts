import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { BINARY_FRAME_BYTES, BinaryDialect } from '../../../test/support/binary-dialect.js';
import { until } from '../../../test/support/patience.js';
import { fakeServices, FakeLedger } from '../../../test/support/stream-fakes.js';
import type { AgentCall, AgentSession } from '../../agents/agent.js';
import { LEAST } from '../../providers/capabilities.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { attachSession } from './attach-session.js';
import type { MediaSession } from './media-session.js';

const RATE = 16_000;
const RUN = 789;

/** A session on a real socket, and the made-up carrier at its other end. */
class Line {
  readonly ledger = new FakeLedger(RUN);
  readonly texts: string[] = [];
  readonly frames: Buffer[] = [];
  closedWith: number | null = null;
  session: MediaSession | null = null;

  private constructor(
    private readonly http: Server,
    readonly socket: WebSocket,
  ) {}

  static async open(answer: (call: AgentCall) => AgentSession): Promise<Line> {
    const http = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    const line = new Line(http, new WebSocket(`ws://127.0.0.1:${port}/`));
    const services = fakeServices(line.ledger, answer);
    const account = {
      media: new BinaryDialect(),
      capabilities: LEAST,
    } as unknown as CarrierAccount;
    const ids = { workflowId: 1, userId: 1, runId: RUN };
    http.on('upgrade', (request: IncomingMessage, wire: Duplex, head: Buffer) => {
      sockets.handleUpgrade(request, wire, head, (socket) => {
        const admission = { ids, account, tokenSpent: true, leaveWaiting: () => undefined };
        line.session = attachSession(socket, wire, admission, services, () => undefined);
      });
    });
    line.socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) line.frames.push(data);
      else line.texts.push(data.toString());
    });
    line.socket.on('close', (code: number) => (line.closedWith = code));
    await once(line.socket, 'open');
    return line;
  }

  get heard(): Buffer {
    return Buffer.concat(this.frames);
  }

  async close(): Promise<void> {
    this.socket.terminate();
    await this.session?.settled();
    this.http.close();
  }
}

/** What sounds like speech to a correlation: a tone that wanders over the telephone's band. */
function sweep(seconds: number): Int16Array {
  let phase = 0;
  return Int16Array.from({ length: seconds * RATE }, (_, at) => {
    phase += (2 * Math.PI * (400 + 2_000 * Math.abs(Math.sin((3 * at) / RATE)))) / RATE;
    return 9_000 * Math.sin(phase);
  });
}

function samplesOf(bytes: Buffer): Int16Array {
  return Int16Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readInt16LE(2 * at));
}

/** The best correlation of the two within 10 ms. */
function correlation(said: Int16Array, heard: Int16Array): number {
  const at = (lag: number): number => {
    let [both, one, other] = [0, 0, 0];
    for (let n = 0; n + lag < Math.min(said.length, heard.length); n++) {
      const [a, b] = [said[n] as number, heard[n + lag] as number];
      both += a * b;
      one += a * a;
      other += b * b;
    }
    return both / Math.sqrt(one * other);
  };
  return Math.max(...Array.from({ length: RATE / 100 }, (_, lag) => at(lag)));
}

describe('a carrier of binary frames, 16 kHz, without start, ids and marks', () => {
  let line: Line | null = null;
  afterEach(async () => {
    await line?.close();
    line = null;
  });
  const opened = async (...parts: Parameters<typeof Line.open>): Promise<Line> =>
    (line = await Line.open(...parts));
  const echo = (call: AgentCall): AgentSession => ({ onAudio: (audio) => call.sendAudio(audio) });
  const quiet = (): AgentSession => ({ onAudio: () => undefined });

  it('hears its caller again, in frames of its size', async () => {
    const { socket, frames, ledger } = await opened(echo);
    const said = sweep(1);
    const bytes = Buffer.from(said.buffer);
    for (let at = 0; at < bytes.length; at += BINARY_FRAME_BYTES) {
      socket.send(bytes.subarray(at, at + BINARY_FRAME_BYTES));
    }
    await until(() => frames.length >= 50);
    expect(new Set(frames.map((frame) => frame.length))).toEqual(new Set([BINARY_FRAME_BYTES]));
    expect(correlation(said, samplesOf(line?.heard ?? Buffer.alloc(0)))).toBeGreaterThan(0.95);
    expect(line?.texts).toEqual([]);
    // It begins at the upgrade, where the token of the path was redeemed, and under a name of ours.
    expect(ledger.asked).toMatchObject([{ callId: null, accountId: null }]);
    expect(ledger.tokensSpent).toEqual([true]);
    expect(ledger.begun).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('has marks settled once, by our clock, and the last piece of what is said filled up', async () => {
    const marks: string[] = [];
    let finished = '';
    const { frames } = await opened((call) => {
      const utterance = call.speak();
      utterance.write(Buffer.alloc(720, 0x10));
      call.mark('said');
      utterance.end();
      void utterance.finished.then((how) => (finished = how));
      return { ...quiet(), onMark: (name, outcome) => void marks.push(`${name} ${outcome}`) };
    });
    await until(() => finished !== '' && marks.length > 0);
    expect(finished).toBe('played');
    // 90 ms are four and a half frames.
    expect(frames.map((frame) => frame.length)).toEqual(Array(5).fill(BINARY_FRAME_BYTES));
    expect(Math.abs(frames[4]?.readInt16LE(100) ?? 0)).toBeGreaterThan(1_000);
    expect(Math.abs(frames[4]?.readInt16LE(600) ?? 1_000)).toBeLessThan(10);
    line?.session?.end('stop');
    await line?.session?.settled();
    expect(marks).toEqual(['said played']);
  });

  it('drops what it has when the agent is interrupted; the mark behind is cleared once', async () => {
    const marks: string[] = [];
    let agent: AgentCall | null = null;
    const { frames, texts, socket } = await opened((call) => {
      agent = call;
      call.speak().write(Buffer.alloc(8_000, 0x10));
      call.mark('behind');
      return { ...quiet(), onMark: (name, outcome) => void marks.push(`${name} ${outcome}`) };
    });
    await until(() => frames.length > 0);
    const spoken = agent as AgentCall | null;
    spoken?.interrupt();
    socket.send('CLEARED');
    spoken?.speak().write(Buffer.alloc(160, 0x90));
    await until(
      () => texts.length > 0 && samplesOf(frames.at(-1) as Buffer).some((one) => one > 0),
    );
    expect(texts).toEqual(['CLEAR']);
    expect(frames.length).toBeLessThan(50);
    await until(() => marks.length > 0);
    expect(marks).toEqual(['behind cleared']);
  });

  it.each([
    ['a frame that is too short', Buffer.alloc(BINARY_FRAME_BYTES - 2)],
    ['a frame that is too long', Buffer.alloc(BINARY_FRAME_BYTES + 160)],
    ['an empty frame', Buffer.alloc(0)],
    ['a text in place of audio', '{"event":"media"}'],
  ])('goes on after %s, and is closed with 4400 after twenty', async (_, frame) => {
    let heard = 0;
    const { socket, ledger } = await opened(() => ({ onAudio: () => void (heard += 1) }));
    socket.send(Buffer.alloc(BINARY_FRAME_BYTES));
    await until(() => heard === 1);
    socket.send(frame);
    socket.send(Buffer.alloc(BINARY_FRAME_BYTES));
    await until(() => heard === 2);
    for (let n = 1; n < 20; n += 1) socket.send(frame);
    await until(() => line?.closedWith !== null);
    expect(line?.closedWith).toBe(4400);
    await line?.session?.settled();
    expect(ledger.ended).toMatchObject([{ cause: 'protocol', inbound: { framesIn: 2 } }]);
  });

  it('may complain and press digits, and the stream goes on', async () => {
    const digits: string[] = [];
    const { socket } = await opened(() => ({
      ...quiet(),
      onDtmf: (digit) => void digits.push(digit),
    }));
    for (const word of ['XOFF', 'XON', 'ERROR what', 'CLEARED', 'DIGIT 7']) socket.send(word);
    await until(() => digits.length > 0);
    expect(digits).toEqual(['7']);
    expect(line?.closedWith).toBeNull();
  });

  it('is told that the agent hung up, and closed by us at once', async () => {
    const { socket, texts, ledger } = await opened((call) => ({ onAudio: () => call.hangUp() }));
    socket.send(Buffer.alloc(BINARY_FRAME_BYTES));
    await until(() => line?.closedWith !== null);
    expect([line?.closedWith, texts]).toEqual([1000, ['HANGUP']]);
    await line?.session?.settled();
    expect(ledger.ended).toMatchObject([{ cause: 'agent-ended', code: 1000 }]);
  });
});
