import { describe, expect, it } from '@jest/globals';
import { queuedRun } from '../../../test/support/call-builders.js';
import { FakeCarrier } from '../../../test/support/fake-carrier.js';
import { FakeLedger, fakeServices } from '../../../test/support/stream-fakes.js';
import { inTurn, mulawFrames, silence } from '../../../test/support/test-signals.js';
import { atLevel, voice } from '../../../test/support/voices.js';
import { AgentRegistry } from '../../agents/agent-registry.js';
import type { AgentCall, AgentSession } from '../../agents/agent.js';
import { ScriptedAgent } from '../../agents/test-kit/scripted-agent.js';
import type { Arrival, Handover } from '../../calls/streams/handover.js';
import { Log } from '../../shared/logger.js';
import type { CallEventDraft } from '../../calls/ledger/call-event.js';
import { Talk } from './talk.js';

class ResumingAgent extends ScriptedAgent {
  override readonly resumes = true;
}

class NotedLog extends Log {
  readonly lines: string[] = [];

  debug(): void {}
  info(): void {}
  error(): void {}
  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push(`${event} ${JSON.stringify(fields)}`);
  }
}

const FRAME = Buffer.alloc(160, 1);

async function begun(
  arrival: Arrival | null,
  snapshot: () => unknown,
  { session = {}, bargeIn = true }: { session?: Partial<AgentSession>; bargeIn?: boolean } = {},
) {
  const heard: Buffer[] = [];
  const sent: Buffer[] = [];
  const stored: Handover[] = [];
  const noted: CallEventDraft[] = [];
  const log = new NotedLog();
  const calls: AgentCall[] = [];
  const agent = new ResumingAgent('scripted', (call) => {
    calls.push(call);
    return { onAudio: (audio) => void heard.push(audio), snapshot, ...session };
  });
  const services = {
    ...fakeServices(new FakeLedger(789), () => ({ onAudio: () => undefined })),
    agents: new AgentRegistry([agent]),
    log,
  };
  const talk = new Talk({
    run: queuedRun({ runId: 789, status: 'answered', agent: 'scripted', bargeIn }),
    account: new FakeCarrier(),
    start: {
      kind: 'start',
      streamId: 'MZ1',
      callId: 'CA1',
      accountId: 'AC1',
      token: null,
      parameters: {},
    },
    streamId: 'MZ1',
    startedAt: 0,
    line: {
      audio: (frame) => sent.push(Buffer.from(frame)) > 0,
      mark: () => true,
      clear: () => undefined,
    },
    wholeFrames: false,
    services,
    hangUp: () => undefined,
    onFailure: () => undefined,
    onFacts: () => undefined,
    onNote: (event) => noted.push(event),
    arrival,
    onCheckpoint: (handover) => void stored.push(handover),
  });
  await talk.begin();
  const { metrics } = services;
  return { talk, call: calls[0] as AgentCall, heard, sent, stored, log, noted, metrics };
}

describe('the talk of a stream', () => {
  it('tells the timeline what its agent has to say, masked, at most 50 times and not after its end', async () => {
    const { talk, call, noted } = await begun(null, () => null);
    call.note('slow', { reason: 'of +12025550143', ms: 900 });
    expect(noted).toMatchObject([
      { type: 'agent', source: 'media', detail: { agent: 'slow', ms: 900, generation: 0 } },
    ]);
    expect(JSON.stringify(noted)).not.toContain('2025550143');
    for (let n = 0; n < 100; n += 1) call.note('again');
    expect(noted).toHaveLength(50);
    talk.end();
    call.note('late');
    expect(noted).toHaveLength(50);
  });

  it('is handed over and taken up by that of another stream', async () => {
    const first = await begun(null, () => ({ secret: 'words' }));
    first.call.speak().write(Buffer.alloc(8_000, 7));
    const handover = first.talk.handOver();
    expect(handover).toMatchObject({ agent: 'scripted', state: { secret: 'words' } });
    first.talk.hear(FRAME, 20, 20);
    first.talk.digit('1');
    expect(first.heard).toEqual([]);
    first.talk.end();
    expect(first.call.signal.reason).toBe('moved');
    const second = await begun({ handover, reason: 'moved', gapMs: 80 }, () => null);
    expect(second.call.resumed).toMatchObject({
      state: { secret: 'words' },
      reason: 'moved',
      gapMs: 80,
    });
    expect(Buffer.concat(second.sent)).toEqual(Buffer.alloc(second.sent.length * 160, 7));
    expect(second.sent.length).toBeGreaterThan(5);
    second.talk.end();
  });

  it('goes on here where the call was not moved', async () => {
    const { talk, heard } = await begun(null, () => null);
    talk.handOver();
    talk.hear(FRAME, 20, 20);
    expect(heard).toHaveLength(0);
    talk.goOn();
    talk.hear(FRAME, 40, 40);
    expect(heard).toHaveLength(2);
    talk.end();
  });

  it('stores what the agent asks to have stored', async () => {
    const { talk, call, stored } = await begun(null, () => ({ at: 1 }));
    call.checkpoint();
    await Promise.resolve();
    expect(stored).toMatchObject([{ state: { at: 1 }, tail: null }]);
    talk.end();
  });

  it('tells of a caller who talked over the agent, for the timeline and for the metrics', async () => {
    const { talk, call, noted, metrics } = await begun(null, () => null);
    call.speak().write(Buffer.alloc(80_000, 0xff));
    let now = performance.now();
    for (const frame of mulawFrames(inTurn(silence(400), atLevel(voice('question'), -20)))) {
      talk.hear(frame, 0, now);
      now += 20;
    }
    talk.end();
    expect(noted.map(({ type, detail }) => [type, detail])).toEqual([
      ['interruption', { step: 'paused', heard_ms: expect.any(Number), generation: 0 }],
      ['interruption', { step: 'given_up', heard_ms: expect.any(Number), generation: 0 }],
    ]);
    expect(noted[0]?.occurredAt).toBeInstanceOf(Date);
    const counted = metrics.interruptions.counted().filter(({ count }) => count > 0);
    expect(counted.map(({ labels }) => labels['step'])).toEqual(['paused', 'given_up']);
  });

  describe('of an agent that asks for turns', () => {
    const asking = () => {
      const told: Array<[string, number, number?]> = [];
      const session: Partial<AgentSession> = {
        onTurnStarted: ({ audioMs }) => void told.push(['started', audioMs]),
        onTurnEnded: ({ audioMs, silenceMs }) => void told.push(['ended', audioMs, silenceMs]),
      };
      return { told, session };
    };
    const frames = mulawFrames(inTurn(silence(400), atLevel(voice('moment'), -20), silence(1_000)));
    const say = async (talk: Talk, said: Buffer[], from = 0): Promise<void> => {
      for (const [n, frame] of said.entries()) {
        talk.hear(frame, 0, from + n * 20);
        // Notices come after the frame.
        await Promise.resolve();
      }
    };

    it.each([true, false])('tells them, with barge-in or without (%s)', async (bargeIn) => {
      const { told, session } = asking();
      const { talk } = await begun(null, () => null, { session, bargeIn });
      await say(talk, frames);
      const wordsMs = voice('moment').length / 8;
      expect(told.map(([what]) => what)).toEqual(['started', 'ended']);
      const [[, startMs], [, audioMs, silenceMs]] = told as [
        [string, number],
        [string, number, number],
      ];
      expect(startMs).toBeGreaterThanOrEqual(120);
      expect(startMs).toBeLessThanOrEqual(1_000);
      expect(silenceMs).toBe(600);
      expect(Math.abs(audioMs - silenceMs - wordsMs)).toBeLessThanOrEqual(300);
      talk.end();
    });

    it('hands over one that is under way: it begins and ends once there too', async () => {
      const [here, there] = [asking(), asking()];
      const first = await begun(null, () => null, { session: here.session });
      await say(first.talk, frames.slice(0, 45));
      const handover = first.talk.handOver();
      expect(handover?.turnIsOpen).toBe(true);
      first.talk.end();
      expect(here.told.map(([what]) => what)).toEqual(['started']);
      const arrival: Arrival = { handover, reason: 'moved', gapMs: 80 };
      const second = await begun(arrival, () => null, { session: there.session });
      await say(second.talk, mulawFrames(silence(1_000)));
      expect(there.told).toEqual([
        ['started', 0],
        ['ended', 600, 600],
      ]);
      expect(second.talk.handOver()?.turnIsOpen).toBe(false);
      second.talk.end();
    });

    it('goes on with one that is under way where the call was not moved', async () => {
      const { told, session } = asking();
      const { talk } = await begun(null, () => null, { session });
      await say(talk, frames.slice(0, 45));
      talk.handOver();
      talk.goOn();
      await say(talk, mulawFrames(silence(1_000)));
      expect(told.map(([what]) => what)).toEqual(['started', 'ended']);
      talk.end();
    });
  });

  it('hands over what it came with while the agent is not there yet', () => {
    const handover = { agent: 'scripted', version: 1, state: 5 } as Handover;
    const run = queuedRun({ runId: 789, status: 'answered', agent: 'scripted' });
    const talk = new Talk({
      run,
      account: new FakeCarrier(),
      start: {
        kind: 'start',
        streamId: 'MZ1',
        callId: 'CA1',
        accountId: 'AC1',
        token: null,
        parameters: {},
      },
      streamId: 'MZ1',
      startedAt: 0,
      line: { audio: () => true, mark: () => true, clear: () => undefined },
      wholeFrames: false,
      services: fakeServices(new FakeLedger(789), () => ({ onAudio: () => undefined })),
      hangUp: () => undefined,
      onFailure: () => undefined,
      onFacts: () => undefined,
      onNote: () => undefined,
      arrival: { handover, reason: 'moved', gapMs: 1 },
    });
    expect(talk.handOver()).toBe(handover);
    talk.end();
  });

  it('logs that there is no state to hand over, and nothing of what the agent said about it', async () => {
    const { talk, log } = await begun(null, () => {
      throw new Error('the caller said: secret');
    });
    expect(talk.handOver()).toMatchObject({ state: null });
    expect(log.lines).toEqual([
      'agent.no_snapshot {"workflow_run_id":789,"agent":"scripted","reason":"threw"}',
    ]);
    talk.end();
  });
});
