/**
 * What one instance asks of the instance that has a call's stream.
 * - `end`: end the stream for a cause (`args.cause`, a `SessionEnd`)
 * - `probe`: reply `{ audio_ago_ms }`, how long ago audio came; null where we have no such stream
 * - `fenced`: another instance has the call now; close with 4409
 * - `digits`: send `args.digits` into the call; reply `{ taken }`. What was carried out for
 *   `args.request` is not carried out again
 * - `machine`: tell the agent who answered, `args.answered_by`
 * - `quality`: reply `{ streams }`, the figures of those of the runs `args.runs` whose streams we
 *   have; about no single run, so `runId` and `generation` are 0
 *
 * What the ledger says (a call is over) is no command: each instance reads it from the feed.
 */
export type CommandKind = 'end' | 'probe' | 'fenced' | 'digits' | 'machine' | 'quality';

/**
 * The form of commands that this release writes. One of another form, as from another release, is
 * not carried out, and neither is a kind that is not known.
 */
export const COMMAND_VERSION = 1;

/** Commands are told at least once, so carrying one out twice must do no harm. */
export interface Command {
  kind: CommandKind;
  runId: number;
  /** The stream that is meant; a command for an older generation is ignored by its handler. */
  generation: number;
  args: Readonly<Record<string, unknown>>;
}

export type CommandReply = Readonly<Record<string, unknown>>;

/**
 * Commands to the owner of a call: a row each, which is the truth, and a nudge. The
 * owner reads its open rows on a nudge, when the connection came back, and each second; ten times
 * a second while it hears no nudges. Expired ones are not carried out.
 */
export abstract class Commands {
  /**
   * Resolves when the command is stored. To ourselves it is carried out at once, without the store.
   * @throws StoreUnavailableError
   */
  abstract send(instanceId: string, command: Command): Promise<void>;

  /**
   * Sends a command and waits for its reply.
   * @param patienceMs how long an instance that hears our nudge has to reply; while we hear none
   *   ourselves, ours may not arrive either, and it has a second more
   * @returns null: no reply in time; at once where the instance is not alive, or hears no nudges of
   *   anybody since a moment ago, because its process was killed
   * @throws StoreUnavailableError
   */
  abstract ask(
    instanceId: string,
    command: Command,
    patienceMs: number,
  ): Promise<CommandReply | null>;

  /** Registers what carries out a kind on this instance; one for each kind, at the start. */
  abstract handle(
    kind: CommandKind,
    work: (command: Command) => CommandReply | Promise<CommandReply>,
  ): void;
}
