import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  click,
  cough,
  hum,
  inTurn,
  mulawFrames,
  noise,
  silence,
  speech,
  together,
  tone,
  tones,
} from '../../test/support/test-signals.js';
import { DROP_UNDECIDED_MS, END_QUIET_MS, TurnDetector, type TurnEvent } from './turn-detector.js';

/** −50 and −40 dBm0. */
const QUIET_LINE_DBOV = -56;
const NOISY_LINE_DBOV = -46;
const LINES = new Map(
  [QUIET_LINE_DBOV, NOISY_LINE_DBOV].map((dbov) => [dbov, noise(9000, dbov, 7)] as const),
);
const LEAD_MS = 1000;

interface Heard {
  event: TurnEvent;
  /** From the beginning of the sound after the lead to the end of the frame that reported it. */
  atMs: number;
}

/** The sound on a line with noise, with a second of the line alone before it and more than a second after it. */
function heardOn(lineDbov: number, sound: Int16Array): Heard[] {
  const samples = inTurn(silence(LEAD_MS), sound, silence(1200));
  return heard(together(samples, LINES.get(lineDbov) ?? silence(0)));
}

function heard(samples: Int16Array): Heard[] {
  const detector = new TurnDetector();
  return mulawFrames(samples).flatMap((frame, index) => {
    const event = detector.push(frame);
    return event === null ? [] : [{ event, atMs: (index + 1) * 20 - LEAD_MS }];
  });
}

const events = (all: Heard[]) => all.map(({ event }) => event);

const TALK = [-20, -30].flatMap((dbov) =>
  [QUIET_LINE_DBOV, NOISY_LINE_DBOV].flatMap((lineDbov) =>
    [100, 150, 220].flatMap((pitch) =>
      [3, 4, 5].map((syllablesPerSecond) => ({ dbov, lineDbov, pitch, syllablesPerSecond })),
    ),
  ),
);

describe('a turn', () => {
  it.each(TALK)(
    'starts within 100 ms and is confirmed within 400, at $dbov over $lineDbov dBov, $pitch Hz, $syllablesPerSecond a second',
    ({ lineDbov, ...voice }) => {
      const turn = heardOn(lineDbov, speech({ ms: 2000, ...voice }));
      expect(events(turn)).toEqual(['started', 'confirmed', 'ended']);
      const [started, confirmed, ended] = turn.map(({ atMs }) => atMs) as [number, number, number];
      expect(started).toBeLessThanOrEqual(100);
      expect(confirmed).toBeLessThanOrEqual(400);
      expect(ended - 2000).toBeGreaterThan(END_QUIET_MS - 150);
      expect(ended - 2000).toBeLessThanOrEqual(END_QUIET_MS);
    },
  );

  it('is one turn with pauses shorter than its end, two with a longer one', () => {
    const words = speech({ ms: 500, dbov: -20 });
    const once = heardOn(QUIET_LINE_DBOV, inTurn(words, silence(400), words));
    expect(events(once)).toEqual(['started', 'confirmed', 'ended']);
    const twice = heardOn(QUIET_LINE_DBOV, inTurn(words, silence(900), words));
    expect(events(twice)).toEqual([...events(once), ...events(once)]);
  });

  it('is reported at once when the call begins with it', () => {
    const turn = heard(speech({ ms: 1000, dbov: -20 }));
    expect(turn[1]).toEqual({ event: 'confirmed', atMs: expect.any(Number) });
    expect((turn[1]?.atMs ?? 0) + LEAD_MS).toBeLessThanOrEqual(400);
  });

  it('ends in noise that began meanwhile', () => {
    const talk = inTurn(silence(LEAD_MS), speech({ ms: 1000, dbov: -20 }), silence(3000));
    const wind = inTurn(silence(1500), noise(3500, -35));
    expect(events(heard(together(talk, wind)))).toEqual(['started', 'confirmed', 'ended']);
  });
});

describe('no turn', () => {
  /** Sound that may be a voice for a moment is dropped again. */
  const isNothing = (all: Heard[]) =>
    expect(events(all).join(' ')).toMatch(/^(started dropped ?)*$/);

  it.each([QUIET_LINE_DBOV, NOISY_LINE_DBOV])('is a cough, on a line at %d dBov', (line) => {
    for (let seed = 1; seed <= 8; seed++) {
      isNothing(heardOn(line, cough(-15, 120, seed)));
      isNothing(heardOn(line, cough(-15, 300, seed)));
    }
  });

  it('is a word that is too short; it is dropped soon', () => {
    const grunt = speech({ ms: 125, dbov: -20, syllablesPerSecond: 8 });
    const all = heardOn(QUIET_LINE_DBOV, grunt);
    expect(events(all)).toEqual(['started', 'dropped']);
    expect(all[1]?.atMs).toBeLessThanOrEqual(400);
  });

  it('is a series of short sounds; each is dropped by itself, or all of them in time', () => {
    const grunt = speech({ ms: 100, dbov: -20, syllablesPerSecond: 10 });
    const slow = Array.from({ length: 5 }, () => inTurn(grunt, silence(400)));
    const all = events(heardOn(QUIET_LINE_DBOV, inTurn(...slow)));
    expect(all).not.toContain('confirmed');
    expect(all.filter((event) => event === 'started')).toHaveLength(5);
    expect(all.filter((event) => event === 'dropped')).toHaveLength(5);

    const fast = Array.from({ length: 9 }, () => inTurn(grunt, silence(180)));
    const [started, dropped] = heardOn(QUIET_LINE_DBOV, inTurn(...fast));
    expect([started?.event, dropped?.event]).toEqual(['started', 'dropped']);
    expect((dropped?.atMs ?? 0) - (started?.atMs ?? 0)).toBeLessThanOrEqual(DROP_UNDECIDED_MS);
  });

  it.each([
    ['a click', click(-10)],
    [
      'typing',
      inTurn(...Array.from({ length: 30 }, (_, n) => inTurn(click(), silence(40 + n * 7)))),
    ],
    ['a music-on-hold tone', tone(440, { ms: 3000, dbov: -20 })],
    ['a chord on hold', tones([262, 330, 392], { ms: 3000, dbov: -20 })],
    ['a dial tone', tones([350, 440], { ms: 3000, dbov: -20 })],
    ['a ring-back tone', tones([440, 480], { ms: 2000, dbov: -20 })],
    ['a fax', tone(2100, { ms: 3000, dbov: -15 })],
    ['hum that begins', hum(3000, -35, 100)],
    ['noise that begins', noise(3000, -35, 5)],
  ])('is %s', (_, sound) => {
    isNothing(heardOn(QUIET_LINE_DBOV, sound));
    isNothing(heardOn(NOISY_LINE_DBOV, sound));
  });

  it('is a pressed key, however long and on whatever line', () => {
    for (const low of [697, 770, 852, 941]) {
      for (const high of [1209, 1336, 1477, 1633]) {
        isNothing(heardOn(QUIET_LINE_DBOV, tones([low, high], { ms: 800, dbov: -12 })));
        isNothing(heardOn(NOISY_LINE_DBOV, tones([low, high], { ms: 800, dbov: -20 })));
      }
    }
  });

  it('is a number dialled in tones', () => {
    const keys = Array.from({ length: 10 }, (_, n) =>
      inTurn(tones([697 + 80 * (n % 4), 1336], { ms: 80, dbov: -15 }), silence(60)),
    );
    const all = events(heardOn(NOISY_LINE_DBOV, inTurn(...keys)));
    expect(all).not.toContain('confirmed');
  });

  it.each([-70, QUIET_LINE_DBOV, NOISY_LINE_DBOV, -30, -20])(
    'starts in steady noise or hum at %d dBov',
    (dbov) => {
      for (let seed = 1; seed <= 5; seed++) expect(heard(noise(5000, dbov, seed))).toEqual([]);
      for (const base of [50, 60]) expect(heard(hum(5000, dbov, base))).toEqual([]);
    },
  );
});

describe('whatever is heard', () => {
  it('is reported in order: started, then dropped, or confirmed and ended', () => {
    const sound = fc.oneof(
      fc.integer({ min: 20, max: 900 }).map((ms) => silence(ms - (ms % 20))),
      fc.integer({ min: 1, max: 40 }).map((n) => speech({ ms: n * 20, dbov: -20 })),
      fc.integer({ min: 1, max: 20 }).map((n) => noise(n * 20, -25, n)),
      fc.integer({ min: 1, max: 20 }).map((n) => tones([697, 1209], { ms: n * 20, dbov: -20 })),
    );
    fc.assert(
      fc.property(fc.array(sound, { maxLength: 12 }), (sounds) => {
        const told = events(heard(inTurn(...sounds))).join(' ');
        expect(told).toMatch(/^((started (dropped|confirmed ended) ?)*)(started( confirmed)?)?$/);
      }),
      { numRuns: 60 },
    );
  });
});
