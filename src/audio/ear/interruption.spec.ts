import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Interruption, type Step } from './interruption.js';

/** Weighs frames, `x` with evidence and `.` without, from `now` on; tells the steps with the time since the first frame. */
function weighed(interruption: Interruption, frames: string, now = 0): string[] {
  return Array.from(frames).flatMap((frame, n) => {
    const step = interruption.weigh(frame === 'x', now + n * 20);
    return step ? [`${step} ${(n + 1) * 20}`] : [];
  });
}

const NOTHING = '.'.repeat(10);

describe('whether the caller talks over the agent', () => {
  it('40 ms of evidence pause the agent, 120 ms give it up, gaps or none', () => {
    expect(weighed(new Interruption(120), 'xxxxxx')).toEqual(['paused 40', 'given_up 120']);
    expect(weighed(new Interruption(120), 'x..x.xx..x.x')).toEqual(['paused 80', 'given_up 240']);
    expect(weighed(new Interruption(240), 'x'.repeat(12))).toEqual(['paused 40', 'given_up 240']);
  });

  it('what is further apart is no evidence together', () => {
    expect(weighed(new Interruption(120), 'x.....x.....x.....x')).toEqual([]);
  });

  it('200 ms of nothing let it go on', () => {
    const interruption = new Interruption(120);
    expect(weighed(interruption, `xx${NOTHING}`)).toEqual(['paused 40', 'resumed 240']);
    expect(interruption.reason).toBe('nothing');
  });

  it('a second by the clock lets it go on, however many frames came', () => {
    const interruption = new Interruption(120);
    weighed(interruption, 'xx');
    expect(interruption.deadline(700)).toBe(1_000);
    expect(interruption.deadline(960)).toBe(1_020);
    expect(interruption.look(1_019, 1_000)).toBeNull();
    expect(interruption.look(1_020, 1_000)).toBe('resumed');
    expect(interruption.reason).toBe('undecided');
    expect(interruption.deadline(1_020)).toBeNull();
    const slow = new Interruption(120);
    weighed(slow, 'xx');
    expect(slow.weigh(true, 1_100)).toBe('resumed');
  });

  it('300 ms without any frame let it go on, and what was heard before counts no more', () => {
    const interruption = new Interruption(120);
    weighed(interruption, 'xxxxx');
    expect(interruption.look(379, 80)).toBeNull();
    expect(interruption.look(380, 80)).toBe('resumed');
    expect(interruption.reason).toBe('no_media');
    expect(weighed(interruption, 'x', 5_000)).toEqual([]);
  });

  it('who says it again within two seconds needs less; later as much as before', () => {
    const soon = new Interruption(120);
    weighed(soon, `xx${NOTHING}`);
    expect(weighed(soon, '.'.repeat(20) + 'xxx', 240)).toEqual(['paused 440', 'given_up 460']);
    const late = new Interruption(120);
    weighed(late, `xx${NOTHING}`);
    expect(weighed(late, 'xxx', 3_000)).toEqual(['paused 40']);
  });

  it('after two pauses for nothing the next takes more, after four there is none, for ten seconds', () => {
    const interruption = new Interruption(240);
    const again = `xx${'.'.repeat(30)}`;
    const long = `xxxxx${'.'.repeat(30)}`;
    expect(weighed(interruption, again, 0)).toEqual(['paused 40', 'resumed 240']);
    expect(weighed(interruption, again, 3_000)).toEqual(['paused 40', 'resumed 240']);
    expect(weighed(interruption, again, 5_000)).toEqual([]);
    expect(weighed(interruption, long, 7_500)).toEqual(['paused 100', 'resumed 300']);
    expect(weighed(interruption, long, 9_000)).toEqual(['paused 100', 'resumed 300']);
    expect(weighed(interruption, long, 10_200)).toEqual(['paused 100', 'resumed 300']);
    expect(weighed(interruption, long, 12_000)).toEqual([]);
    // Who surely talks is heard all the same.
    expect(weighed(interruption, 'x'.repeat(12), 12_720)).toEqual(['given_up 240']);
    // And in the end all is forgotten.
    interruption.begin();
    expect(weighed(interruption, again, 30_000)).toEqual(['paused 40', 'resumed 240']);
  });

  it('a turn that is still open does not keep the caller from interrupting the next words', () => {
    const interruption = new Interruption(120);
    weighed(interruption, 'xxxxxx');
    expect(weighed(interruption, 'xxxxxx', 200)).toEqual([]);
    interruption.begin();
    expect(weighed(interruption, 'xxxxxx', 400)).toEqual(['paused 40', 'given_up 120']);
  });

  it('who talks on over what the agent answers at once is heard again after a second, or after a silence', () => {
    const talking = new Interruption(120);
    weighed(talking, 'xxxxxx');
    for (let now = 120; now < 1_100; now += 20) talking.talkOn(true, now);
    expect(talking.state).toBe('given_up');
    talking.talkOn(true, 1_100);
    expect(talking.state).toBe('listening');
    const silent = new Interruption(120);
    weighed(silent, 'xxxxxx');
    for (let n = 0; n < 29; n += 1) silent.talkOn(false, 120 + n);
    expect(silent.state).toBe('given_up');
    silent.talkOn(false, 150);
    expect(silent.state).toBe('listening');
  });

  it('paused in its last words, the agent goes on when nothing is left of them', () => {
    const interruption = new Interruption(120);
    expect(interruption.rest()).toBeNull();
    weighed(interruption, 'xx');
    expect(interruption.rest()).toBe('resumed');
    expect(interruption.rest()).toBeNull();
  });

  it('whatever happens, a pause ends, in time, and only a pause does', () => {
    const what = fc.constantFrom('caller', 'nobody', 'rest', 'begin', 'wait');
    fc.assert(
      fc.property(fc.array(what, { maxLength: 200 }), (happens) => {
        const interruption = new Interruption(120);
        let now = 0;
        let lastFrameAt = 0;
        let pausedAt: number | null = null;
        const take = (step: Step | null): void => {
          if (step === 'paused') pausedAt = now;
          if (step === 'resumed') expect(pausedAt).not.toBeNull();
          if (step === 'resumed' || step === 'given_up') pausedAt = null;
        };
        for (const each of happens) {
          now += each === 'wait' ? 150 : 20;
          if (each === 'begin') interruption.begin();
          if (each === 'rest') take(interruption.rest());
          if (each === 'caller' || each === 'nobody') {
            lastFrameAt = now;
            const isOpen = interruption.state !== 'given_up';
            if (isOpen) take(interruption.weigh(each === 'caller', now));
            else interruption.talkOn(each === 'caller', now);
          }
          const deadline = interruption.deadline(lastFrameAt);
          if (deadline !== null && deadline <= now) take(interruption.look(now, lastFrameAt));
          expect(interruption.state === 'paused').toBe(pausedAt !== null);
          if (pausedAt !== null) expect(now - pausedAt).toBeLessThan(1_000);
        }
      }),
    );
  });
});
