import { CompiledQuery, type Compilable, type Kysely } from 'kysely';
import type { Tables } from './schema.js';

/** Texts that are kept; statements for many rows at once have too many different lengths to keep them all. */
const KEPT_MAX = 200;

/**
 * Statements that are made again and again with other values. To build the text of one takes longer
 * than SQLite takes to run it, so each text is built once and kept, for as long as this object. One
 * is for one store, and for few different texts.
 */
export class KeptStatements {
  private readonly texts = new Map<string, string>();

  /**
   * @param key names the text: equal keys, equal texts
   * @param values the statement's parameters, in order
   * @param build makes the statement with these values. Everything else in it is part of the text.
   * @returns the rows that the statement returns
   */
  async run<Row>(
    db: Kysely<Tables>,
    key: string,
    values: readonly unknown[],
    build: () => Compilable,
  ): Promise<Row[]> {
    const sql = this.texts.get(key) ?? this.keep(key, values, build);
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(sql, [...values]));
    return rows;
  }

  /**
   * The same for a statement that writes rows, all with the same fields: its values are those of the
   * rows. An expression in place of a value is part of the text; its own parameters are literals.
   *
   * @param key of the text without the number of its rows
   */
  async write<Row>(
    db: Kysely<Tables>,
    key: string,
    rows: readonly object[],
    build: () => Compilable,
  ): Promise<Row[]> {
    if (rows.length === 0) return [];
    return this.run(db, `${key} ${rows.length}`, plainValues(rows), build);
  }

  private keep(key: string, values: readonly unknown[], build: () => Compilable): string {
    const { sql, parameters } = build().compile();
    const isTheSame = values.every((value, index) => Object.is(value, parameters[index]));
    if (values.length !== parameters.length || !isTheSame) {
      throw new Error(`the statement ${key} has other parameters than its values`);
    }
    if (this.texts.size >= KEPT_MAX) this.texts.clear();
    this.texts.set(key, sql);
    return sql;
  }
}

function plainValues(rows: readonly object[]): unknown[] {
  const values: unknown[] = [];
  for (const row of rows) {
    for (const value of Object.values(row)) {
      // An expression of Kysely is an object; what a column keeps never is.
      if (value === null || typeof value !== 'object') values.push(value);
    }
  }
  return values;
}
