import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { unlessUnavailable } from '../database/store-errors.js';
import { every, type Loop } from '../shared/every.js';
import { Log } from '../shared/logger.js';
import { LATE, within } from '../shared/within.js';
import { Bus } from './bus.js';
import { Cluster } from './cluster.js';
import { CommandRows, type OpenCommand } from './command-rows.js';
import {
  COMMAND_VERSION,
  Commands,
  type Command,
  type CommandKind,
  type CommandReply,
} from './commands.js';
import { Instance } from './instance.js';
import { Leases } from './leases.js';

type Work = (command: Command) => CommandReply | Promise<CommandReply>;

/** How long a command waits for an instance that is too busy, or cannot reach the store. */
const SENT_FOR_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/**
 * How often it is looked while no nudges reach us, for what somebody waits for elsewhere; and for a
 * reply while somebody waits for one here, should its nudge be lost.
 */
const LOOK_SOON_MS = 100;
const SWEEP_EVERY_MS = 60_000;

/** Keeps commands in a table of the store. Nothing is looked for while no other instance is known. */
@Injectable()
export class StoreCommands
  extends Commands
  implements OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly handlers = new Map<CommandKind, Work>();
  private readonly underWay = new Map<number, Promise<void>>();
  private readonly awaited = new Map<number, (reply: CommandReply | null) => void>();
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private loops: Loop[] = [];
  private unsubscribe: () => void = () => undefined;
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('commands.failed', { error });
  });

  constructor(
    private readonly rows: CommandRows,
    private readonly bus: Bus,
    private readonly cluster: Cluster,
    private readonly leases: Leases,
    private readonly instance: Instance,
    private readonly log: Log,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.bus.onNudge('instance', () => this.look());
    const unlessAlone = (work: () => Promise<void>) => async () => {
      if (!this.cluster.isAlone) await work();
    };
    this.loops = [
      every(
        LOOK_EVERY_MS,
        unlessAlone(() => this.lookOnce()),
        this.noteFailed,
      ),
      every(
        LOOK_SOON_MS,
        unlessAlone(async () => {
          if (!this.bus.hears) await this.lookOnce();
        }),
        this.noteFailed,
      ),
      every(
        SWEEP_EVERY_MS,
        unlessAlone(() => this.sweep()),
        this.noteFailed,
      ),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe();
    await Promise.all(this.loops.map((loop) => loop.stop()));
    await this.looking;
    await Promise.all(this.underWay.values());
  }

  handle(kind: CommandKind, work: Work): void {
    this.handlers.set(kind, work);
  }

  async send(instanceId: string, command: Command): Promise<void> {
    if (instanceId === this.instance.id) {
      await this.carryOut(command);
      return;
    }
    const stored = await this.rows.add(instanceId, command, { expiresInMs: SENT_FOR_MS });
    if (stored) this.bus.nudge({ instance: instanceId });
  }

  async ask(
    instanceId: string,
    command: Command,
    patienceMs: number,
  ): Promise<CommandReply | null> {
    if (instanceId === this.instance.id) return this.carryOut(command);
    // Without our nudge, the other finds the command by its look of each second.
    const expiresInMs = this.bus.hears ? patienceMs : patienceMs + LOOK_EVERY_MS;
    const stored = await this.rows.add(instanceId, command, {
      expiresInMs,
      askedBy: this.instance.id,
    });
    if (!stored) return null;
    this.bus.nudge({ instance: instanceId });
    return stored.isCutOff ? null : this.replyTo(stored.id, expiresInMs);
  }

  private async replyTo(id: number, patienceMs: number): Promise<CommandReply | null> {
    const reply = new Promise<CommandReply | null>((resolve) => this.awaited.set(id, resolve));
    const looking = setInterval(() => this.look(), LOOK_SOON_MS);
    try {
      const told = await within(patienceMs, reply);
      return told === LATE ? null : told;
    } finally {
      clearInterval(looking);
      this.awaited.delete(id);
    }
  }

  /** Null: nothing here carries out this kind, or it failed. */
  private async carryOut(command: Command): Promise<CommandReply | null> {
    const work = this.handlers.get(command.kind);
    if (!work) return null;
    try {
      return await work(command);
    } catch (error) {
      const { kind, runId } = command;
      this.log.error('command.failed', { kind, workflow_run_id: runId, error });
      return null;
    }
  }

  private look(): void {
    this.lookOnce().catch(this.noteFailed);
  }

  /** Runs one look at a time; one that is asked for meanwhile follows. */
  private lookOnce(): Promise<void> {
    if (this.looking) {
      this.lookAgain = true;
      return this.looking;
    }
    const work = (async (): Promise<void> => {
      do {
        this.lookAgain = false;
        await this.lookAtRows();
      } while (this.lookAgain);
    })();
    this.looking = work.finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async lookAtRows(): Promise<void> {
    for (const open of await this.rows.open(this.instance.id)) {
      if (!this.underWay.has(open.id)) this.begin(open);
    }
    if (this.awaited.size === 0) return;
    for (const { id, reply } of await this.rows.replies([...this.awaited.keys()])) {
      this.awaited.get(id)?.(reply);
    }
  }

  /** From another release: null, as from one that does not answer. */
  private ignore({ version, command: { kind } }: OpenCommand): Promise<null> {
    this.log.warn('command.ignored', { kind, version });
    return Promise.resolve(null);
  }

  private begin(open: OpenCommand): void {
    const { id, askedBy, version, command } = open;
    const isKnown = version === COMMAND_VERSION && this.handlers.has(command.kind);
    const work = (isKnown ? this.carryOut(command) : this.ignore(open))
      .then((reply) => this.rows.done(id, reply))
      .then(() => {
        if (askedBy !== null) this.bus.nudge({ instance: askedBy });
      })
      // It stays open, and the next look carries it out once more.
      .catch(this.noteFailed)
      .finally(() => this.underWay.delete(id));
    this.underWay.set(id, work);
  }

  private async sweep(): Promise<void> {
    if (await this.leases.takeJob('commands', 2 * SWEEP_EVERY_MS)) await this.rows.sweep();
  }
}
