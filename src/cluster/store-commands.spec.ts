import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeCluster } from '../../test/support/fake-cluster.js';
import { SilentLog } from '../../test/support/ledger-builders.js';
import { Bus } from './bus.js';
import type { CommandRows, OpenCommand, StoredCommand } from './command-rows.js';
import type { Command, CommandReply } from './commands.js';
import { Instance } from './instance.js';
import type { Leases } from './leases.js';
import { StoreCommands } from './store-commands.js';

const PROBE: Command = { kind: 'probe', runId: 7, generation: 1, args: {} };

/** A bus that carries nothing: it is lost, or the nudge is. */
class SilentBus extends Bus {
  override readonly deafness = null;
  hears = true;
  nudge(): void {
    // Nobody is told.
  }
  onNudge(): () => void {
    return () => undefined;
  }
  roundTrip(): Promise<null> {
    return Promise.resolve(null);
  }
}

/** The table, with what one other instance has written into it. */
class FakeRows implements Pick<CommandRows, 'add' | 'open' | 'done' | 'replies'> {
  forUs: OpenCommand[] = [];
  reply: CommandReply | null = null;
  expiresInMs = 0;
  async add(
    _: string,
    __: Command,
    { expiresInMs }: { expiresInMs: number },
  ): Promise<StoredCommand> {
    this.expiresInMs = expiresInMs;
    return { id: 1, isCutOff: false };
  }
  async open(): Promise<OpenCommand[]> {
    return this.forUs;
  }
  async done(id: number): Promise<void> {
    this.forUs = this.forUs.filter((open) => open.id !== id);
  }
  async replies(): Promise<Array<{ id: number; reply: CommandReply | null }>> {
    return this.reply ? [{ id: 1, reply: this.reply }] : [];
  }
}

let bus: SilentBus;
let rows: FakeRows;
let commands: StoreCommands;
const carriedOut: Command[] = [];

beforeEach(() => {
  jest.useFakeTimers();
  carriedOut.length = 0;
  bus = new SilentBus();
  rows = new FakeRows();
  commands = new StoreCommands(
    rows as unknown as CommandRows,
    bus,
    new FakeCluster(),
    {} as Leases,
    new Instance('here'),
    new SilentLog(),
  );
  commands.handle('probe', (command) => {
    carriedOut.push(command);
    return {};
  });
  commands.onApplicationBootstrap();
});
afterEach(async () => {
  await commands.beforeApplicationShutdown();
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('a command for an instance', () => {
  beforeEach(() => {
    rows.forUs = [{ id: 1, askedBy: null, version: 1, command: PROBE }];
  });

  it('whose nudge is lost is found within a second', async () => {
    await pass(999);
    expect(carriedOut).toEqual([]);
    await pass(1);
    expect(carriedOut).toEqual([PROBE]);
  });

  it('that hears no nudges is found within a tenth of a second', async () => {
    bus.hears = false;
    await pass(100);
    expect(carriedOut).toEqual([PROBE]);
  });
});

describe('a question to another instance', () => {
  it.each([
    ['is waited for as long as was asked for', true, 300],
    ['has a second more while no nudges reach us: the other looks each second', false, 1_300],
  ])('%s', async (_, hears, patienceMs) => {
    bus.hears = hears;
    const replies: Array<CommandReply | null> = [];
    const asked = () => void commands.ask('there', PROBE, 300).then((told) => replies.push(told));
    asked();
    await pass(patienceMs - 1);
    expect(replies).toEqual([]);
    await pass(1);
    expect(replies).toEqual([null]);
    expect(rows.expiresInMs).toBe(patienceMs);
    asked();
    // Just before the last look.
    await pass(patienceMs - 101);
    rows.reply = { audio_ago_ms: 20 };
    await pass(1);
    expect(replies).toEqual([null, { audio_ago_ms: 20 }]);
  });
});
