import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bus } from '../../src/cluster/bus.js';
import { PATIENCE_MS, until } from '../support/patience.js';
import type { LogLine } from '../support/listening-log.js';

/** More than fit between two looks, all in one turn. */
const MANY = 500;

/** A bus as one instance has it. */
export interface BusMember {
  id: string;
  bus: Bus;
  /** Its log since its start. */
  lines: LogLine[];
}

export interface BusFixture {
  /** All the instances that there are; each hears the others by the time this resolves. */
  start(): Promise<readonly [BusMember, ...BusMember[]]>;
  /** What carries the nudges, where there is something that can be lost: with all connections to it, and until it is restored at the same address. */
  carrier?: { lose(): Promise<void>; restore(): Promise<void> };
  stop(): Promise<void>;
}

/** What every bus does, whatever carries its nudges. */
export function describeBus(name: string, fixture: BusFixture): void {
  describe(`the bus ${name}`, () => {
    let members: readonly [BusMember, ...BusMember[]];
    beforeAll(async () => {
      members = await fixture.start();
    });
    afterAll(() => fixture.stop());

    /** Counts what each of them hears from now on. */
    function hearing(): Array<{ instance: number; feed: number }> {
      return members.map(({ bus }) => {
        const heard = { instance: 0, feed: 0 };
        bus.onNudge('instance', () => (heard.instance += 1));
        bus.onNudge('feed', () => (heard.feed += 1));
        return heard;
      });
    }

    test('a nudge for an instance is heard there and nowhere else, its own too', async () => {
      const [one] = members;
      for (const [index, { id }] of members.entries()) {
        const heard = hearing();
        one.bus.nudge({ instance: id });
        await until(() => heard[index]?.instance);
        // What was sent before is heard before.
        one.bus.nudge('feed');
        await until(() => heard.every(({ feed }) => feed > 0));
        expect(heard).toEqual(
          members.map((_, each) => ({ instance: each === index ? 1 : 0, feed: 1 })),
        );
      }
    });

    test('a nudge for one that is not there is heard by nobody', async () => {
      const heard = hearing();
      members[0].bus.nudge({ instance: 'nobody' });
      members[0].bus.nudge('feed');
      await until(() => heard.every(({ feed }) => feed > 0));
      expect(heard).toEqual(members.map(() => ({ instance: 0, feed: 1 })));
    });

    test('a nudge for the feed is heard by all until they stop listening', async () => {
      const heard = hearing();
      const last = members.at(-1) ?? members[0];
      let more = 0;
      const unsubscribe = last.bus.onNudge('feed', () => (more += 1));
      unsubscribe();
      last.bus.nudge('feed');
      await until(() => heard.every(({ feed }) => feed === 1));
      expect(more).toBe(0);
    });

    test('a listener that throws keeps nobody else from hearing', async () => {
      const [one] = members;
      const unsubscribe = one.bus.onNudge('feed', () => {
        throw new Error('broken');
      });
      const heard = hearing();
      one.bus.nudge('feed');
      await until(() => heard.every(({ feed }) => feed === 1));
      unsubscribe();
      expect(one.lines.map(({ event }) => event)).toContain('bus.listener_failed');
    });

    test('many nudges at once arrive as few, and the last of them is heard', async () => {
      const [one] = members;
      const heard = hearing();
      for (let each = 0; each < MANY; each += 1) {
        one.bus.nudge('feed');
        one.bus.nudge({ instance: one.id });
      }
      await until(() => heard[0]?.instance);
      const before = heard.map(({ feed }) => feed);
      one.bus.nudge('feed');
      await until(() => heard.every(({ feed }, index) => feed > (before[index] ?? 0)));
      // The first may go at once; the others go together after it, and the last one by itself.
      expect(heard[0]?.instance).toBe(1);
      for (const { feed } of heard) expect(feed).toBeLessThanOrEqual(3);
    });

    test('the way there and back is told in milliseconds', async () => {
      for (const { bus } of members) {
        expect(await bus.roundTrip(PATIENCE_MS)).toBeGreaterThanOrEqual(0);
        expect(bus.hears).toBe(true);
      }
    });

    const { carrier } = fixture;
    if (carrier)
      test('what was lost is told once, nothing throws meanwhile, and all is heard again afterwards', async () => {
        const heard = hearing();
        const told = (event: string): number[] =>
          members.map(({ lines }) => lines.filter((line) => line.event === event).length);
        for (const round of [1, 2]) {
          await carrier.lose();
          await until(() => told('bus.lost').every((count) => count === round));
          for (const { bus } of members) {
            bus.nudge('feed');
            expect(await bus.roundTrip(PATIENCE_MS)).toBeNull();
            expect(bus.hears).toBe(false);
          }
          const before = structuredClone(heard);
          await carrier.restore();
          // Nobody has sent anything, but something may have been lost.
          await until(() =>
            heard.every(
              ({ instance, feed }, index) =>
                instance > (before[index]?.instance ?? 0) && feed > (before[index]?.feed ?? 0),
            ),
          );
          const again = hearing();
          members[0].bus.nudge('feed');
          await until(() => again.every(({ feed }) => feed > 0));
          for (const { bus } of members) {
            expect(await bus.roundTrip(PATIENCE_MS)).not.toBeNull();
            expect(bus.hears).toBe(true);
          }
          const each = members.map(() => round);
          expect([told('bus.lost'), told('bus.back')]).toEqual([each, each]);
        }
      });
  });
}
