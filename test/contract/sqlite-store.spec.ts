import { expect, test } from '@jest/globals';
import { sqliteStores } from '../support/stores.js';
import { storeContract } from './store.contract.js';

storeContract('SQLite', sqliteStores);

test('SQLite: a second instance is refused while the first lives, and told why', async () => {
  const store = await sqliteStores.create();
  try {
    const second = store.another();
    await expect(second.open()).rejects.toThrow(/^another Patchbay is using /);
    await second.close();
    expect(await store.database.report()).toMatchObject({ up: true });
  } finally {
    await store.remove();
  }
});
