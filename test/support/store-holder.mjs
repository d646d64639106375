// Holds the store named by DATA_DIR or DATABASE_URL, says "held", writes users
// as fast as it can (a line "saved <id>" for each that is durable), and waits to be killed.
// It runs what `npm test` has compiled.
import { PostgresDatabase } from '../../dist/src/database/postgres-database.js';
import { SqliteDatabase } from '../../dist/src/database/sqlite-database.js';

const { DATABASE_URL, DATA_DIR } = process.env;
const database = DATABASE_URL ? new PostgresDatabase(DATABASE_URL) : new SqliteDatabase(DATA_DIR);
await database.open();
process.stdout.write('held\n');
for (;;) {
  const { user_id: id } = await database.write((trx) =>
    trx
      .insertInto('users')
      .values({ name: 'Ada', created_at: 0 })
      .returning('user_id')
      .executeTakeFirstOrThrow(),
  );
  process.stdout.write(`saved ${id}\n`);
  await new Promise(setImmediate);
}
