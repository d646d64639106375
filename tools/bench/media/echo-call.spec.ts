import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { Opening } from './opening.js';
import { EchoCall } from './echo-call.js';
import { Span } from './span.js';

/** A connection whose other end is the test. */
class Line extends EventEmitter {
  readonly sent: string[] = [];

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.emit('close');
  }

  echo(...frames: number[]): void {
    for (const frame of frames) this.emit('message', Buffer.from(this.sent[frame] ?? ''));
  }
}

describe('a paced call of an echo', () => {
  const ids = {
    streamSid: 'MZ1',
    callSid: 'CA1',
    accountSid: 'AC1',
    leg: null,
    actionUrl: null,
    seed: 0,
  };
  let drops = 0;
  const place = () => {
    const line = new Line();
    const [opening, span] = [new Opening(), new Span()];
    const call = new EchoCall(
      { socket: line as unknown as WebSocket, ...ids },
      { opening, spans: [span], begunAt: performance.now(), onDropped: () => (drops += 1) },
    );
    return { line, opening, span, call };
  };

  afterEach(() => {
    drops = 0;
  });

  it('sends frames that are due or overdue, and reports how late they were', async () => {
    const { line, span, call } = place();
    await sleep(150);
    call.turn();
    call.turn();
    // Its first frame is due within 20 ms.
    expect(line.sent.length).toBeGreaterThanOrEqual(7);
    expect(span.sent).toBe(line.sent.length);
    expect(span.lateness.max).toBeGreaterThan(100);
    expect(JSON.parse(line.sent[2] ?? '')).toMatchObject({
      event: 'media',
      streamSid: 'MZ1',
      media: { track: 'inbound', chunk: '3', timestamp: '140' },
    });
  });

  it('recognises each frame that comes back, and those out of order', async () => {
    const { line, opening, span, call } = place();
    await sleep(100);
    call.turn();
    line.echo(0, 1, 3, 2);
    expect(span).toMatchObject({ back: 4, through: 4, disordered: 2 });
    expect(opening.firstAudio.size).toBe(1);
    expect(span.gap.size).toBe(3);
  });

  it('returns marks as if all audio had been played', () => {
    const { line } = place();
    const mark = '{"event":"mark","streamSid":"MZ1","mark":{"name":"1"}}';
    line.emit('message', Buffer.from(mark));
    line.emit('message', Buffer.from('{"event":"clear","streamSid":"MZ1"}'));
    expect(line.sent).toEqual([mark]);
  });

  it('counts as dropped when the server ends it, but not when it ends itself', () => {
    const [ours, theirs] = [place(), place()];
    ours.call.close();
    expect(ours.line.sent.at(-1)).toContain('"event":"stop"');
    expect(drops).toBe(0);
    theirs.line.emit('close');
    expect(drops).toBe(1);
  });
});
