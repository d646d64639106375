import { Cluster, type Member } from '../../src/cluster/cluster.js';
import {
  Commands,
  type Command,
  type CommandKind,
  type CommandReply,
} from '../../src/cluster/commands.js';

/** A cluster of which each test says who lives. */
export class FakeCluster extends Cluster {
  readonly living = new Set<string>();
  isAlone = false;
  hasReadyOther = false;
  fenced = false;
  mayTakeOver = true;
  leaseAgeMs = 0;
  known: Member[] = [];
  private readonly listeners: Array<() => void> = [];

  members(): readonly Member[] {
    return this.known;
  }

  isAlive(instanceId: string): boolean {
    return this.living.has(instanceId);
  }

  onUnfenced(listener: () => void): () => void {
    this.listeners.push(listener);
    return () => undefined;
  }

  unfence(): void {
    for (const listener of this.listeners) listener();
  }

  announce(): void {
    // Nobody is told.
  }
}

/** Commands between instances in one process. Who has registered nothing does not answer. */
export class FakeCommands extends Commands {
  readonly asked: Array<Command & { instance: string }> = [];
  /** What each command fails with from now on. */
  failure: Error | null = null;
  private readonly handlers: Map<
    string,
    (command: Command) => CommandReply | Promise<CommandReply>
  >;

  /** @param beside shares its wires; absent: it is alone */
  constructor(
    private readonly self = 'here',
    beside?: FakeCommands,
  ) {
    super();
    this.handlers = beside?.handlers ?? new Map();
  }

  async send(instance: string, command: Command): Promise<void> {
    await this.ask(instance, command);
  }

  async ask(instance: string, command: Command): Promise<CommandReply | null> {
    if (this.failure) throw this.failure;
    this.asked.push({ ...command, instance });
    const work = this.handlers.get(`${instance} ${command.kind}`);
    return work ? work(command) : null;
  }

  handle(
    kind: CommandKind,
    work: (command: Command) => CommandReply | Promise<CommandReply>,
  ): void {
    this.handlers.set(`${this.self} ${kind}`, work);
  }
}
