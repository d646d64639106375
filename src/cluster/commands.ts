/**
 * What one instance asks of the instance that has a call's stream.
 * - `end`: close the stream with a cause (`args.cause`, a `SessionEnd`)
 * - `call-over`: the ledger knows that the call is over
 * - `interrupt`: give the caller silence
 * - `move`: hand the call over to another instance (`args.road`)
 * - `probe`: reply `{ audio_ago_ms }`, how long ago audio came; null where we have no such stream
 * - `fenced`: another instance has the call now; close with 4409
 */
export type CommandKind = 'end' | 'call-over' | 'interrupt' | 'move' | 'probe' | 'fenced';

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
 * owner reads its open rows on a nudge, when the connection came back, and each second.
 * Expired ones are not carried out.
 */
export abstract class Commands {
  /**
   * Resolves when the command is stored. To ourselves it is carried out at once, without the store.
   * @throws StoreUnavailableError
   */
  abstract send(instanceId: string, command: Command): Promise<void>;

  /**
   * Sends a command and waits for its reply.
   * @returns null: no reply within `patienceMs`, or the instance is not alive
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
