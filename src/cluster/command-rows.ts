import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Database } from '../database/database.js';
import { COMMAND_VERSION, type Command, type CommandKind, type CommandReply } from './commands.js';

/** How many commands are carried out at a time at most. */
const AT_ONCE = 100;

export interface OpenCommand {
  id: number;
  /** The instance that waits for the reply; null: none does. */
  askedBy: string | null;
  /** The form of the command; null: it has none. */
  version: unknown;
  command: Command;
}

export interface StoredCommand {
  id: number;
  /**
   * Whether the connection is over by which the instance hears nudges. Either its process was
   * killed a moment ago, or it has lost that connection alone, and reads the command a little later.
   */
  isCutOff: boolean;
}

/** The table of commands. */
@Injectable()
export class CommandRows {
  constructor(private readonly database: Database) {}

  /** Returns null, and stores nothing, where the instance is not alive. */
  async add(
    instanceId: string,
    { kind, runId, generation, args }: Command,
    { expiresInMs, askedBy = null }: { expiresInMs: number; askedBy?: string | null },
  ): Promise<StoredCommand | null> {
    const { engine } = this.database;
    const text = (value: string | null): RawBuilder<string> => sql`cast(${value} as text)`;
    const number = (value: number): RawBuilder<number> => sql`cast(${value} as bigint)`;
    const row = await this.database.write((trx) =>
      trx
        .insertInto('commands')
        .columns(['instance_id', 'asked_by', 'run_id', 'generation', 'kind', 'args', 'expires_at'])
        .expression((from) =>
          from
            .selectFrom('instances')
            .select([
              'instance_id',
              text(askedBy).as('asked_by'),
              number(runId).as('run_id'),
              number(generation).as('generation'),
              text(kind).as('kind'),
              text(JSON.stringify({ ...args, version: COMMAND_VERSION })).as('args'),
              sql<number>`${engine.now()} + ${number(expiresInMs)}`.as('expires_at'),
            ])
            .where('instance_id', '=', instanceId)
            .where('lease_until', '>', engine.now()),
        )
        .returning((from) => [
          'command_id',
          from
            .exists(
              from
                .selectFrom('instances')
                .select('instance_id')
                .whereRef('instances.instance_id', '=', 'commands.instance_id')
                .where('bus_session', 'is not', null)
                .where((is) => is.not(engine.serves('bus_session'))),
            )
            .as('is_cut_off'),
        ])
        .executeTakeFirst(),
    );
    return row ? { id: row.command_id, isCutOff: Boolean(row.is_cut_off) } : null;
  }

  /** The commands that wait for an instance, oldest first. One look-up in an index where there are none. */
  async open(instanceId: string): Promise<OpenCommand[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('commands')
        .selectAll()
        .where('instance_id', '=', instanceId)
        .where('done_at', 'is', null)
        .where('expires_at', '>', this.database.engine.now())
        .orderBy('command_id')
        .limit(AT_ONCE)
        .execute(),
    );
    return rows.map((row) => {
      const { version = null, ...args } = JSON.parse(row.args) as Record<string, unknown>;
      return {
        id: row.command_id,
        askedBy: row.asked_by,
        version,
        // A kind that is not known here has no handler.
        command: {
          kind: row.kind as CommandKind,
          runId: row.run_id,
          generation: row.generation,
          args,
        },
      };
    });
  }

  async done(id: number, reply: CommandReply | null): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('commands')
        .set({ done_at: this.database.engine.now(), reply: reply && JSON.stringify(reply) })
        .where('command_id', '=', id)
        .execute(),
    );
  }

  /** Those of the commands that were carried out, each with its reply. */
  async replies(
    ids: readonly number[],
  ): Promise<Array<{ id: number; reply: CommandReply | null }>> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('commands')
        .select(['command_id', 'reply'])
        .where('command_id', 'in', ids)
        .where('done_at', 'is not', null)
        .execute(),
    );
    return rows.map(({ command_id: id, reply }) => ({
      id,
      reply: reply === null ? null : (JSON.parse(reply) as CommandReply),
    }));
  }

  /** Deletes what has expired. */
  async sweep(): Promise<void> {
    await this.database.write((trx) =>
      trx.deleteFrom('commands').where('expires_at', '<', this.database.engine.now()).execute(),
    );
  }
}
