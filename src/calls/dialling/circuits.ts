import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { Database } from '../../database/database.js';
import type { AccountCircuitsTable, Tables } from '../../database/schema.js';
import { afterFailure, probed, stateOf, type Circuit, type CircuitState } from './circuit.js';

/** An account that has failed dials and accepted none since. */
export interface FailingAccount {
  account: string;
  state: CircuitState;
  /** What the last failure was. */
  reason: string;
}

interface Read {
  circuit: Circuit;
  now: number;
}

/**
 * The circuit of each account: after repeated failures, routes pass the account over for a while. All
 * instances share them. An account that dials has no row, so hardly anything is read or written.
 */
@Injectable()
export class Circuits {
  /** As of the last {@link refresh}, and what this instance has seen since. */
  private readonly seen = new Map<string, FailingAccount>();

  constructor(private readonly database: Database) {}

  /** The accounts that fail, as they were at most a second ago. */
  failing(): readonly FailingAccount[] {
    return [...this.seen.values()];
  }

  /** Called once a second. */
  async refresh(): Promise<void> {
    const rows = await this.database.read((db) => this.rows(db).execute());
    this.seen.clear();
    for (const row of rows) this.see(row.account_key, readRow(row));
  }

  /** A dial failed for a reason that is the account's. Returns whether this opened the circuit. */
  async failed(account: string, reason: string): Promise<boolean> {
    const { before, circuit, now } = await this.database.writeLocking(async (trx) => {
      const known = (await this.locked(trx, account)) ?? (await this.made(trx, account, reason));
      const after = afterFailure(known.circuit, reason, known.now);
      await this.write(trx, account, after);
      return { before: known.circuit, circuit: after, now: known.now };
    });
    this.see(account, { circuit, now });
    return circuit.openUntil !== null && before.openUntil === null;
  }

  /** A dial was accepted. Returns whether this closed the circuit. */
  async succeeded(account: string): Promise<boolean> {
    const known = this.seen.get(account);
    if (!known) return false;
    this.seen.delete(account);
    await this.database.write((trx) =>
      trx.deleteFrom('account_circuits').where('account_key', '=', account).execute(),
    );
    return known.state !== 'closed';
  }

  /**
   * Which of several accounts a call tries first: the first whose circuit is not open. One that is half-open is
   * chosen for a single call at a time, over all instances. Where all are open, it is the first.
   *
   * @param accounts at least one
   * @returns its index
   */
  async choose(accounts: readonly string[]): Promise<number> {
    const rows = await this.database.read((db) =>
      this.rows(db).where('account_key', 'in', accounts).execute(),
    );
    const circuits = new Map(rows.map((row) => [row.account_key, readRow(row)]));
    for (const [index, account] of accounts.entries()) {
      const read = circuits.get(account);
      const state = read ? stateOf(read.circuit, read.now) : 'closed';
      if (state === 'closed') return index;
      if (state === 'half-open' && (await this.probe(account))) return index;
    }
    return 0;
  }

  /** False where another call was faster. */
  private async probe(account: string): Promise<boolean> {
    return this.database.writeLocking(async (trx) => {
      const known = await this.locked(trx, account);
      // Another call has been accepted meanwhile.
      if (!known) return true;
      if (stateOf(known.circuit, known.now) !== 'half-open') return false;
      await this.write(trx, account, probed(known.circuit, known.now));
      return true;
    });
  }

  private async locked(trx: Transaction<Tables>, account: string): Promise<Read | null> {
    const { engine } = this.database;
    const row = await engine
      .lock(this.rows(trx).where('account_key', '=', account))
      .executeTakeFirst();
    return row ? readRow(row) : null;
  }

  /** A circuit without failures, locked; of two instances that make it at once, each then counts. */
  private async made(trx: Transaction<Tables>, account: string, reason: string): Promise<Read> {
    await trx
      .insertInto('account_circuits')
      .values({
        account_key: account,
        failed_at: '[]',
        reason,
        open_until: null,
        probe_until: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const known = await this.locked(trx, account);
    if (!known) throw new Error('the row of the circuit was not made');
    return known;
  }

  private rows(db: Kysely<Tables>) {
    return db
      .selectFrom('account_circuits')
      .selectAll()
      .select(this.database.engine.now().as('now'));
  }

  private async write(trx: Transaction<Tables>, account: string, circuit: Circuit): Promise<void> {
    await trx
      .updateTable('account_circuits')
      .set({
        failed_at: JSON.stringify(circuit.failedAt),
        reason: circuit.reason,
        open_until: circuit.openUntil,
        probe_until: circuit.probeUntil,
      })
      .where('account_key', '=', account)
      .execute();
  }

  private see(account: string, { circuit, now }: Read): void {
    this.seen.set(account, { account, state: stateOf(circuit, now), reason: circuit.reason });
  }
}

function readRow({ now, ...row }: Selectable<AccountCircuitsTable> & { now: number }): Read {
  const circuit = {
    failedAt: JSON.parse(row.failed_at) as number[],
    reason: row.reason,
    openUntil: row.open_until,
    probeUntil: row.probe_until,
  };
  return { circuit, now };
}
