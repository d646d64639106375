import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { queuedRun } from '../../../test/support/call-builders.js';
import { seededRandom } from '../../../test/support/seed.js';
import { AUDIO, sessionBench, startMessage } from '../../../test/support/stream-fakes.js';
import type { AgentCall, AgentSession } from '../../agents/agent.js';
import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import { StoreUnavailableError } from '../../database/store-errors.js';

/** 20 ms of noise, as loud as somebody who speaks. */
function loud(): Buffer {
  const random = seededRandom();
  return Buffer.from(Array.from({ length: 160 }, () => random.between(0, 255)));
}

const PAUSE = (): AgentSession => ({ onAudio: () => undefined });

describe('a media session', () => {
  /** Milliseconds of the process's own clock. */
  let now: number;

  beforeEach(() => {
    now = 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  describe('that waits for its start', () => {
    it('is refused after five seconds, not before', () => {
      const { session, socket, refusals, ledger } = sessionBench();
      session.check(5_999);
      expect(socket.closes).toEqual([]);
      session.check(6_000);
      expect(socket.closes).toEqual([4408]);
      expect(refusals).toMatchObject([{ reason: 'no-start', httpStatus: 4408, runId: 789 }]);
      expect(ledger.begun).toEqual([]);
    });

    it('is not kept waiting by chatter', () => {
      const { session, socket, say } = sessionBench();
      for (now = 1_000; now < 6_000; now += 500) {
        say({ event: 'connected' });
        session.alive();
        session.check(now);
      }
      session.check(6_000);
      expect(socket.closes).toEqual([4408]);
    });
  });

  describe('that is live', () => {
    it('is lost after thirty seconds without any frame', async () => {
      const { session, socket, ledger, sessions, start, settle } = sessionBench();
      await start();
      session.check(30_999);
      expect(sessions.size).toBe(1);
      now = 31_000;
      session.check(now);
      await settle();
      expect(socket.closes).toEqual([4408]);
      expect(ledger.ended).toMatchObject([{ cause: 'lost', code: 4408, durationMs: 30_000 }]);
      expect(sessions.size).toBe(0);
    });

    it.each([
      ['audio', (bench: ReturnType<typeof sessionBench>) => bench.say(AUDIO)],
      ['an event that is new to us', (bench) => bench.say({ event: 'news' })],
      ['a ping or a pong', (bench) => bench.session.alive()],
    ] as Array<[string, (bench: ReturnType<typeof sessionBench>) => void]>)(
      'stays so for thirty seconds more with %s',
      async (_, live) => {
        const bench = sessionBench();
        await bench.start();
        now = 25_000;
        live(bench);
        bench.session.check(54_999);
        expect(bench.sessions.size).toBe(1);
        bench.session.check(55_000);
        expect(bench.sessions.size).toBe(0);
      },
    );

    it('is pinged every fifteen seconds, and a missing pong closes nothing', async () => {
      const { session, socket, say, start } = sessionBench();
      await start();
      const pingedAt: number[] = [];
      for (now = 1_000; now <= 61_000; now += 500) {
        say(AUDIO);
        const before = socket.pings;
        session.check(now);
        if (socket.pings > before) pingedAt.push(now);
      }
      expect(pingedAt).toEqual([16_000, 31_000, 46_000, 61_000]);
      expect(socket.closes).toEqual([]);
    });

    it('is closed three seconds after the ledger knows that the call is over', async () => {
      const { session, socket, ledger, start, settle } = sessionBench();
      await start();
      session.callIsOver();
      now = 3_000;
      session.callIsOver();
      session.check(3_999);
      expect(socket.closes).toEqual([]);
      session.check(4_000);
      await settle();
      expect(socket.closes).toEqual([1000]);
      expect(ledger.ended).toMatchObject([{ cause: 'call-ended' }]);
    });

    it('ends for a carrier that does not read: 1013', async () => {
      const { socket, ledger, say, start, settle } = sessionBench();
      await start();
      socket.bufferedAmount = 256 * 1024;
      say(AUDIO);
      // The frame, and the mark after the first one.
      expect(socket.sent).toHaveLength(2);
      socket.bufferedAmount += 1;
      say(AUDIO);
      await settle();
      expect(socket.sent).toHaveLength(2);
      expect(socket.closes).toEqual([1013]);
      expect(ledger.ended).toMatchObject([{ cause: 'lost', code: 1013, framesOut: 1 }]);
    });
  });

  describe('whose close is not answered', () => {
    it('is cut off after two seconds', async () => {
      const { session, socket, start, settle } = sessionBench();
      await start();
      session.end('stop');
      await settle();
      session.check(2_999);
      expect(socket.terminated).toBe(0);
      session.check(3_000);
      expect(socket.terminated).toBe(1);
    });

    it('after its agent hung up: ten seconds for the carrier, 1000, two more, and cut', async () => {
      const { session, socket, start, settle } = sessionBench();
      await start();
      session.end('agent-ended');
      await settle();
      session.check(10_999);
      expect(socket.closes).toEqual([]);
      now = 11_000;
      session.check(now);
      expect(socket.closes).toEqual([1000]);
      session.check(12_999);
      expect(socket.terminated).toBe(0);
      session.check(13_000);
      expect(socket.terminated).toBe(1);
    });
  });

  describe('that ends', () => {
    it('does so once, whatever comes after', async () => {
      const onEnd = jest.fn();
      const { session, socket, ledger, say, start, settle, left } = sessionBench((call) => ({
        onAudio: (audio) => call.sendAudio(audio),
        onEnd,
      }));
      await start();
      session.end('stop');
      session.end('lost');
      session.end('agent-failed');
      session.closed();
      session.broken(true);
      say(AUDIO);
      say('garbage');
      say({ event: 'stop' });
      session.receive(Buffer.alloc(1));
      session.check(900_000);
      await settle();
      expect(ledger.ended).toMatchObject([{ cause: 'stop', code: 1000 }]);
      expect(onEnd).toHaveBeenCalledTimes(1);
      expect(socket.sent).toEqual([]);
      expect(left()).toBeGreaterThan(0);
    });

    it('tells the ledger before anyone who asks next, agent answering or not', async () => {
      const { session, ledger, say } = sessionBench(() => new Promise(() => undefined));
      say(startMessage());
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      expect(ledger.begun).toEqual(['MZ1']);
      session.end('lost');
      // In this very turn.
      expect(ledger.ended).toMatchObject([{ cause: 'lost' }]);
      await session.settled();
    });

    it('is written again until the store is back', async () => {
      jest.useFakeTimers({ doNotFake: ['performance'] });
      try {
        const { session, ledger, start } = sessionBench();
        await start();
        ledger.failures = Array.from({ length: 3 }, () => new StoreUnavailableError('gone'));
        session.end('agent-ended');
        const settled = session.settled();
        await jest.advanceTimersByTimeAsync(3_000);
        await settled;
        expect(ledger.ended).toMatchObject([{ cause: 'agent-ended' }]);
        expect(jest.getTimerCount()).toBe(0);
      } finally {
        jest.useRealTimers();
      }
    });

    it('is given up after thirty attempts, so that nothing waits for ever', async () => {
      jest.useFakeTimers({ doNotFake: ['performance'] });
      try {
        const { session, ledger, start } = sessionBench();
        await start();
        ledger.failures = Array.from({ length: 34 }, () => new StoreUnavailableError('gone'));
        session.end('stop');
        const settled = session.settled();
        await jest.advanceTimersByTimeAsync(60_000);
        await settled;
        expect(ledger.failures).toHaveLength(4);
        expect(jest.getTimerCount()).toBe(0);
      } finally {
        jest.useRealTimers();
      }
    });

    it('is not written again for an error that no waiting heals', async () => {
      const { session, ledger, start } = sessionBench();
      await start();
      ledger.failures = [new Error('a bug'), new Error('a bug')];
      session.end('stop');
      await session.settled();
      expect(ledger.failures).toHaveLength(1);
    });
  });

  describe('whose carrier sends something odd', () => {
    const ODD = [
      { event: 'dtmf', dtmf: { digit: '!' } },
      { event: 'dtmf', dtmf: { digit: '12' } },
      { event: 'media', media: { payload: '' } },
      { event: 'mark', mark: {} },
    ];

    it('lives: each kind is told once, and 20 within ten seconds end it', async () => {
      const { session, socket, say, start } = sessionBench();
      await start();
      for (const odd of [...ODD, ...ODD, ...ODD, ...ODD]) say(odd);
      expect(socket.closes).toEqual([]);
      now += 10_001;
      for (let n = 1; n < 20; n += 1) say(ODD[0] ?? {});
      expect(socket.closes).toEqual([]);
      say(ODD[0] ?? {});
      await session.settled();
      expect(socket.closes).toEqual([4400]);
    });

    it('lives when it says the same start again', async () => {
      const { socket, say, start } = sessionBench();
      await start();
      await start();
      say(AUDIO);
      expect(socket.closes).toEqual([]);
    });
  });

  describe('whose end is being written', () => {
    const ended = async (cause: SessionEnd) => {
      const bench = sessionBench();
      let commit: () => void = () => undefined;
      bench.ledger.commits = new Promise((resolve) => (commit = resolve));
      await bench.start();
      bench.session.end(cause);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      return { ...bench, commit: () => commit() };
    };

    it.each([
      ['going-away', 1012],
      ['lost', 4408],
      ['taken-over', 4409],
      ['agent-failed', 1011],
      ['call-ended', 1000],
      ['protocol', 4400],
    ] as Array<[SessionEnd, number]>)(
      'by %s says nothing more, and closes when it is durable: what is asked then is answered by it',
      async (cause, code) => {
        const { socket, commit, settle, say } = await ended(cause);
        say(AUDIO);
        expect(socket.sent).toEqual([]);
        expect(socket.closes).toEqual([]);
        commit();
        await settle();
        expect(socket.closes).toEqual([code]);
      },
    );

    it('closes after 2.5 seconds all the same, once', async () => {
      const { session, socket, commit, settle } = await ended('going-away');
      session.check(3_499);
      expect(socket.closes).toEqual([]);
      session.check(3_500);
      expect(socket.closes).toEqual([1012]);
      commit();
      await settle();
      expect(socket.closes).toEqual([1012]);
    });
  });

  describe('after which the call may go on', () => {
    const STATE = { step: 'greeting' };
    const resuming = () =>
      sessionBench(() => ({ ...PAUSE(), snapshot: () => STATE }), { resumes: true });

    it.each(['going-away', 'lost', 'taken-over', 'protocol'] as SessionEnd[])(
      'by %s leaves what its agent knows',
      async (cause) => {
        const { session, ledger, start, settle } = resuming();
        await start();
        session.end(cause);
        await settle();
        expect(ledger.left).toMatchObject([{ agent: 'scripted', state: STATE }]);
      },
    );

    it.each(['stop', 'agent-ended', 'agent-failed', 'hung-up', 'call-ended'] as SessionEnd[])(
      'not by %s, which leaves nothing',
      async (cause) => {
        const { session, ledger, start, settle } = resuming();
        await start();
        session.end(cause);
        await settle();
        expect(ledger.left).toEqual([null]);
      },
    );

    it('by an early stop where it is not the first: another may be on its way', async () => {
      const { session, ledger, start, settle } = resuming();
      ledger.begun.push('an earlier one');
      await start();
      session.end('stop');
      await settle();
      expect(ledger.left).toMatchObject([{ agent: 'scripted', state: STATE }]);
    });

    it('hands on what it came with when it goes before its agent has answered', async () => {
      const { session, ledger, say, settle } = sessionBench(() => new Promise(() => undefined), {
        resumes: true,
      });
      const handover = {
        agent: 'scripted',
        version: 1,
        state: STATE,
        tail: Buffer.alloc(800, 1),
        utterances: 3,
        heardMs: 40,
        tailMs: 100,
      };
      ledger.arrival = { handover, reason: 'moved', gapMs: 120 };
      say(startMessage());
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      await session.leave(true);
      await settle();
      expect(ledger.ended).toMatchObject([{ cause: 'going-away', code: 1012 }]);
      expect(ledger.left).toMatchObject([{ state: STATE, utterances: 3 }]);
      expect(ledger.left[0]?.tail?.length).toBeGreaterThan(0);
    });

    it('is closed once what it leaves is durable, and not before', async () => {
      const { session, sessions, socket, ledger, start } = resuming();
      await start();
      let commit = (): void => undefined;
      ledger.commits = new Promise((resolve) => (commit = resolve));
      const leaving = session.leave(true);
      await Promise.resolve();
      expect([socket.closes, sessions.find(session.runId)]).toEqual([[], session]);
      commit();
      expect(await leaving).toBe(true);
      expect(socket.closes).toEqual([1012]);
      expect(ledger.ended).toMatchObject([{ cause: 'going-away', code: 1012 }]);
      expect(ledger.left).toMatchObject([{ state: STATE }]);
    });

    it('goes on where that cannot be written down, and leaves later', async () => {
      const { session, socket, ledger, sessions, say, start } = sessionBench(
        (call) => ({ onAudio: (audio) => call.sendAudio(audio), snapshot: () => STATE }),
        { resumes: true },
      );
      await start();
      ledger.failures = [new StoreUnavailableError('away')];
      expect(await session.leave(true)).toBe(false);
      expect([socket.closes, sessions.find(session.runId)]).toEqual([[], session]);
      const before = socket.sent.length;
      say(AUDIO);
      expect(socket.sent.length).toBeGreaterThan(before);
      expect(await session.leave(true)).toBe(true);
      expect(socket.closes).toEqual([1012]);
    });

    it.each<['newer' | 'over', number]>([
      ['newer', 4409],
      ['over', 1000],
    ])(
      'is closed with what fits where the ledger says that the call is %s',
      async (moves, code) => {
        const { session, socket, ledger, start } = resuming();
        await start();
        ledger.moves = moves;
        expect(await session.leave(true)).toBe(false);
        await session.settled();
        // A call that is over: the carrier has a moment to say so.
        session.check(now + 3_001);
        await session.settled();
        expect(socket.closes).toEqual([code]);
      },
    );

    it('ends by what the carrier says while it is being handed over', async () => {
      const { session, socket, ledger, say, start } = resuming();
      await start();
      let commit = (): void => undefined;
      ledger.commits = new Promise((resolve) => (commit = resolve));
      const leaving = session.leave(true);
      say({ event: 'stop', stop: {} });
      commit();
      expect(await leaving).toBe(true);
      await session.settled();
      expect(socket.closes).toEqual([1000]);
    });

    it('leaves its socket to the carrier where that gets other instructions, for ten seconds', async () => {
      const { session, socket, start } = resuming();
      await start();
      await session.leave(false);
      session.check(10_999);
      expect(socket.closes).toEqual([]);
      session.check(11_000);
      expect(socket.closes).toEqual([1000]);
    });

    it('is at a pause when its caller has been quiet for 300 ms and its agent has been heard', async () => {
      let spoken: AgentCall | null = null;
      const { session, say, start } = sessionBench((call) => {
        spoken = call;
        return PAUSE();
      });
      await start();
      session.watchForPause();
      const at = (ms: number): boolean => session.isAtPause(ms);
      expect(at(1_299)).toBe(false);
      expect(at(1_300)).toBe(true);
      now = 2_000;
      say({ ...AUDIO, media: { ...AUDIO.media, payload: loud().toString('base64') } });
      expect(at(2_299)).toBe(false);
      expect(at(2_300)).toBe(true);
      now = 3_000;
      (spoken as AgentCall | null)?.sendAudio(Buffer.alloc(8_000, 1));
      expect(at(3_000)).toBe(false);
    });
  });

  describe('whose start is being looked at', () => {
    const held = (answer?: Parameters<typeof sessionBench>[0]) => {
      const bench = sessionBench(answer);
      let open: () => void = () => undefined;
      bench.ledger.gate = new Promise((resolve) => (open = resolve));
      bench.say(startMessage());
      return { ...bench, letGo: () => open() };
    };

    it('keeps ten seconds of audio, and the agent hears all of it', async () => {
      const onAudio = jest.fn();
      const { say, settle, socket, letGo } = held(() => ({ onAudio }));
      for (let i = 0; i < 500; i++) say(AUDIO);
      expect(socket.closes).toEqual([]);
      letGo();
      await settle();
      expect(onAudio).toHaveBeenCalledTimes(500);
    });

    it('knows of what it kept when it came', async () => {
      const { session, say, settle, ledger, letGo } = held();
      for (let n = 0; n < 100; n++) {
        now = 2_000 + n * 20;
        say({ ...AUDIO, media: { ...AUDIO.media, timestamp: String(100 + n * 20) } });
      }
      letGo();
      await settle();
      session.end('stop');
      await settle();
      expect(ledger.ended).toMatchObject([
        { inbound: { framesIn: 100, jitterMs: 0, longestPauseMs: 20 } },
      ]);
    });

    it('is refused with 4400 for more than that', async () => {
      const { say, settle, socket, ledger, sessions, letGo } = held();
      for (let i = 0; i < 501; i++) say(AUDIO);
      expect(socket.closes).toEqual([4400]);
      letGo();
      await settle();
      expect(ledger.begun).toEqual([]);
      expect(sessions.size).toBe(0);
    });

    it.each([
      [
        'lost',
        { cause: 'lost', code: null },
        (bench: ReturnType<typeof held>) => bench.session.closed(),
      ],
      ['stopped', { cause: 'stop', code: 1000 }, (bench) => bench.say({ event: 'stop' })],
      ['moved', { cause: 'going-away', code: 1012 }, (bench) => bench.session.end('going-away')],
    ] as Array<[string, object, (bench: ReturnType<typeof held>) => void]>)(
      'and is %s meanwhile: the ledger learns of the stream and of its true end',
      async (_, end, act) => {
        const bench = held();
        act(bench);
        bench.letGo();
        await bench.settle();
        expect(bench.ledger.begun).toEqual(['MZ1']);
        expect(bench.ledger.ended).toMatchObject([end]);
        expect(bench.sessions.size).toBe(0);
      },
    );

    it('is closed 1012 when the store is away, and the carrier asks again', async () => {
      const { ledger, socket, sessions, say, settle, left } = sessionBench();
      ledger.gate = Promise.reject(new StoreUnavailableError('gone'));
      say(startMessage());
      await settle();
      expect(socket.closes).toEqual([1012]);
      expect(ledger.ended).toEqual([]);
      expect(sessions.size).toBe(0);
      expect(left()).toBe(1);
    });

    it('is closed 1000 when the call ends meanwhile', async () => {
      const { ledger, socket, sessions, start, refusals } = sessionBench();
      ledger.callIsOver = true;
      await start();
      expect(socket.closes).toEqual([1000]);
      expect(refusals).toMatchObject([{ reason: 'call-ended' }]);
      expect(sessions.size).toBe(0);
    });
  });

  describe('beside another one of the same call', () => {
    it('gets 4409 within a second of the other’s audio, even while the other’s agent still answers', async () => {
      const older = sessionBench(() => new Promise(() => undefined));
      older.say(startMessage('MZ1'));
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      now = 5_000;
      older.say(AUDIO);
      now = 5_999;
      const newer = sessionBench(PAUSE, { beside: older });
      await newer.start('MZ2');
      expect(newer.socket.closes).toEqual([4409]);
      expect(newer.refusals).toMatchObject([{ reason: 'possible-replay', runId: 789 }]);
      expect(older.socket.closes).toEqual([]);
      expect(older.sessions.find(789)).toBe(older.session);
    });

    it('takes over after a second without audio, and the ledger hears of the end first', async () => {
      const older = sessionBench();
      await older.start('MZ1');
      now = 2_000;
      const newer = sessionBench(PAUSE, { beside: older });
      const order: string[] = [];
      const close = older.ledger.close.bind(older.ledger);
      jest.spyOn(older.ledger, 'close').mockImplementation((run, summary, options) => {
        order.push('ended');
        return close(run, summary, options);
      });
      const begin = older.ledger.begin.bind(older.ledger);
      jest.spyOn(older.ledger, 'begin').mockImplementation((runId, streamId) => {
        order.push('started');
        return begin(runId, streamId);
      });
      await newer.start('MZ2');
      expect(older.socket.closes).toEqual([4409]);
      expect(order).toEqual(['ended', 'started']);
      expect(older.sessions.find(789)).toBe(newer.session);
      older.session.closed();
      expect(older.sessions.find(789)).toBe(newer.session);
    });

    it('of two whose tokens are redeemed at once, one lives', async () => {
      const one = sessionBench();
      const two = sessionBench(PAUSE, { beside: one });
      one.say(startMessage('MZ1'));
      two.say(startMessage('MZ2'));
      await one.settle();
      await two.settle();
      expect(one.socket.closes).toEqual([]);
      expect(two.socket.closes).toEqual([4409]);
      expect(one.ledger.begun).toEqual(['MZ1']);
    });

    it('whose socket is gone already takes nothing over', async () => {
      const older = sessionBench();
      await older.start('MZ1');
      now = 9_000;
      const newer = sessionBench(PAUSE, { beside: older });
      newer.say(startMessage('MZ2'));
      newer.session.closed();
      await newer.settle();
      expect(older.sessions.find(789)).toBe(older.session);
      expect(older.ledger.begun).toEqual(['MZ1']);
    });
  });

  describe('with an agent', () => {
    it('that has not answered after ten seconds of audio: agent-failed, not the carrier’s fault', async () => {
      const { socket, ledger, say, settle } = sessionBench(() => new Promise(() => undefined));
      say(startMessage());
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      for (let i = 0; i < 501; i++) say(AUDIO);
      await settle();
      expect(socket.closes).toEqual([1011]);
      expect(ledger.ended).toMatchObject([{ cause: 'agent-failed', code: 1011 }]);
      expect(ledger.notes).toEqual([{ agent: 'failed', reason: 'it did not answer in time' }]);
    });

    it('that has not answered after ten seconds in which the carrier sent nothing: the same', async () => {
      const { session, socket, ledger, say, settle } = sessionBench(
        () => new Promise(() => undefined),
      );
      say(startMessage());
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      session.check(10_999);
      expect(socket.closes).toEqual([]);
      session.check(11_000);
      await settle();
      expect(socket.closes).toEqual([1011]);
      expect(ledger.notes).toEqual([{ agent: 'failed', reason: 'it did not answer in time' }]);
    });

    it('that finishes nothing it is told: agent-failed after ten seconds of audio', async () => {
      const { socket, ledger, say, start, settle } = sessionBench(() => ({
        onAudio: () => new Promise<void>(() => undefined) as unknown as undefined,
      }));
      await start();
      for (let i = 0; i < 500; i++) say(AUDIO);
      expect(socket.closes).toEqual([]);
      say(AUDIO);
      await settle();
      expect(socket.closes).toEqual([1011]);
      expect(ledger.notes).toMatchObject([{ reason: expect.stringContaining('stalls') }]);
    });

    it('that takes its time over each frame and finishes is well', async () => {
      const { socket, say, start, settle } = sessionBench(() => ({
        onAudio: () => new Promise<void>(setImmediate) as unknown as undefined,
      }));
      await start();
      for (let i = 0; i < 2_000; i++) {
        say(AUDIO);
        if (i % 400 === 0) await new Promise(setImmediate);
      }
      await settle();
      expect(socket.closes).toEqual([]);
    });

    it('that speaks after the end does not wait for ever to be heard', async () => {
      let agentCall: AgentCall | null = null;
      const { session, start, settle, socket } = sessionBench((call) => {
        agentCall = call;
        return PAUSE();
      });
      await start();
      session.end('stop');
      await settle();
      const late = (agentCall as AgentCall | null)?.speak();
      late?.write(Buffer.alloc(160));
      late?.end();
      expect(await late?.finished).toBe('interrupted');
      expect([late?.heardMs, late?.waitingMs, late?.interrupted]).toEqual([0, 0, true]);
      expect(socket.sent).toEqual([]);
    });

    it('that stops while it hears what was kept hears no more', async () => {
      let heard = 0;
      const { say, ledger, settle } = sessionBench((call) => ({
        onAudio: () => {
          heard += 1;
          if (heard === 3) call.hangUp();
        },
      }));
      say(startMessage());
      for (let i = 0; i < 9; i++) say(AUDIO);
      await settle();
      expect(heard).toBe(3);
      expect(ledger.ended).toMatchObject([
        { cause: 'agent-ended', code: null, inbound: { framesIn: 3 } },
      ]);
    });

    it('of which the store learns why it failed, once it is back', async () => {
      jest.useFakeTimers({ doNotFake: ['performance'] });
      try {
        const { ledger, say, start, session } = sessionBench(() => ({
          onAudio: () => {
            throw new Error('broken');
          },
        }));
        await start();
        ledger.failures = [new StoreUnavailableError('gone'), new StoreUnavailableError('gone')];
        say(AUDIO);
        const settled = session.settled();
        await jest.advanceTimersByTimeAsync(2_000);
        await settled;
        expect(ledger.notes).toEqual([{ agent: 'failed', reason: 'broken' }]);
        expect(ledger.ended).toMatchObject([{ cause: 'agent-failed' }]);
      } finally {
        jest.useRealTimers();
      }
    });

    it('that stores facts and hangs up: they are durable when the session has settled', async () => {
      const { ledger, say, start, session } = sessionBench((call) => ({
        onAudio: () => {
          call.setFacts({ found: 'out' });
          call.hangUp();
        },
      }));
      await start();
      const stored = ledger.storeFacts.bind(ledger);
      jest.spyOn(ledger, 'storeFacts').mockImplementation(async (run, facts) => {
        await new Promise(setImmediate);
        await stored(run, facts);
      });
      say(AUDIO);
      await session.settled();
      expect(ledger.facts).toEqual([{ found: 'out' }]);
    });

    it('whose name nobody knows any more: agent-failed', async () => {
      const { ledger, socket, start } = sessionBench();
      jest.spyOn(ledger, 'begin').mockResolvedValue({
        kind: 'begun',
        run: queuedRun({ status: 'answered', agent: 'unplugged', streamGeneration: 1 }),
        arrival: null,
      });
      await start();
      expect(socket.closes).toEqual([1011]);
      expect(ledger.notes).toMatchObject([{ reason: 'there is no agent "unplugged"' }]);
    });
  });
});
