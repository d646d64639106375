import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { isUnavailable, isUniqueViolation } from '../../database/store-errors.js';
import { EMPTY_BOOK, mergeBooks, type AlertBook } from './alert-book.js';

const BOOK_ID = 1;
const TRIES = 5;

/**
 * Keeps the book in the store, for all instances and the next start. While the store is away, the
 * one read last is gone on with in memory; what is written there goes to the store when it is back.
 */
@Injectable()
export class AlertBooks {
  private known: AlertBook = EMPTY_BOOK;
  /** Whether `known` holds what the store does not. */
  private unsaved = false;

  constructor(private readonly database: Database) {}

  /** The book as it is, or as it was when the store was last there. Takes what is unsaved to the store. */
  async read(): Promise<AlertBook> {
    if (this.unsaved) return this.change((book) => book);
    try {
      this.known = (await this.stored()).book;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    return this.known;
  }

  /**
   * Changes the book. While the store is away, in memory.
   * @param change pure, since it is asked again where another instance changed the book meanwhile
   */
  async change(change: (book: AlertBook) => AlertBook): Promise<AlertBook> {
    try {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const { revision, book } = await this.stored();
        const before = this.unsaved ? mergeBooks(book, this.known) : book;
        const after = change(before);
        if (after === book || (await this.save(revision, after))) {
          this.known = after;
          this.unsaved = false;
          return after;
        }
      }
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    // It is away, or others are always quicker.
    this.known = change(this.known);
    this.unsaved = true;
    return this.known;
  }

  private async stored(): Promise<{ revision: number | null; book: AlertBook }> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('alert_book')
        .select(['revision', 'content'])
        .where('book_id', '=', BOOK_ID)
        .executeTakeFirst(),
    );
    if (!row) return { revision: null, book: EMPTY_BOOK };
    return { revision: row.revision, book: JSON.parse(row.content) as AlertBook };
  }

  /** False: somebody else was quicker. */
  private async save(revision: number | null, book: AlertBook): Promise<boolean> {
    const content = JSON.stringify(book);
    try {
      return await this.database.write(async (trx) => {
        if (revision === null) {
          await trx
            .insertInto('alert_book')
            .values({ book_id: BOOK_ID, revision: 1, content })
            .execute();
          return true;
        }
        const { numUpdatedRows } = await trx
          .updateTable('alert_book')
          .set({ revision: revision + 1, content })
          .where('book_id', '=', BOOK_ID)
          .where('revision', '=', revision)
          .executeTakeFirst();
        return numUpdatedRows === 1n;
      });
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }
}
