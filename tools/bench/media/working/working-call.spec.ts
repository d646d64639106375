import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { Opening } from '../opening.js';
import { Span } from '../span.js';
import { BARE_PACE } from './talker.js';
import { WorkingCall } from './working-call.js';

class Line extends EventEmitter {
  readonly sent: string[] = [];

  send(text: string): void {
    this.sent.push(text);
  }
}

const MEDIA = Buffer.from('{"event":"media","streamSid":"MZ1","media":{"payload":"AAAA"}}');

describe('a working call', () => {
  const frames = { payload: () => 'AAAA' };
  const place = (bargeIn = false) => {
    const line = new Line();
    const span = new Span();
    const ids = {
      streamSid: 'MZ1',
      callSid: 'CA1',
      accountSid: 'AC1',
      leg: null,
      actionUrl: null,
      seed: 0,
    };
    const call = new WorkingCall(
      { socket: line as unknown as WebSocket, ...ids },
      {
        opening: new Opening(),
        spans: [span],
        begunAt: performance.now(),
        onDropped: () => undefined,
        frames,
        pace: BARE_PACE,
        bargeIn,
      },
    );
    return { line, span, call };
  };

  it('counts what the agent had to say and did not', async () => {
    const { line, span, call } = place();
    await sleep(150);
    call.turn();
    const heard = line.sent.length;
    expect(heard).toBeGreaterThanOrEqual(7);
    for (let frame = 0; frame < heard - 2; frame += 1) line.emit('message', MEDIA);
    call.settle();
    expect(span).toMatchObject({ sent: heard, back: heard - 2, through: heard });
    expect(span.gap.size).toBe(heard - 3);
  });

  it('does not take for a gap what follows audio that was taken back, and returns marks', () => {
    const { line, span } = place(true);
    const mark = '{"event":"mark","streamSid":"MZ1","mark":{"name":"1"}}';
    const clear = Buffer.from('{"event":"clear","streamSid":"MZ1"}');
    for (const message of [MEDIA, clear, MEDIA, Buffer.from(mark), MEDIA]) {
      line.emit('message', message);
    }
    expect(span.gap.size).toBe(1);
    expect(span.clears).toBe(1);
    expect(line.sent).toEqual([mark]);
  });
});
