import { expect, it } from '@jest/globals';
import { SetClock } from '../../test/support/ledger-builders.js';
import { sqliteStores } from '../../test/support/stores.js';
import { AuditLog } from './audit-log.js';

it('the audit log says who did what and when, newest first, page by page', async () => {
  const store = await sqliteStores.create();
  try {
    const clock = new SetClock(new Date('2026-03-01T12:00:00Z'));
    const log = new AuditLog(store.database, clock);
    const caller = { userId: 7, keyId: 8 };
    for (const status of [200, 201, 404]) {
      await log.note(caller, `did ${status}`, { id: String(status) }, status);
      clock.advance(1_000);
    }
    const [last, middle, first] = await log.list(null, 10);
    expect(last).toEqual({
      auditId: 3,
      userId: 7,
      keyId: 8,
      action: 'did 404',
      subject: { id: '404' },
      httpStatus: 404,
      createdAt: new Date('2026-03-01T12:00:02Z'),
    });
    expect(await log.list(null, 2)).toEqual([last, middle]);
    expect(await log.list(2, 10)).toEqual([first]);
    expect(await log.list(1, 10)).toEqual([]);
    expect(await log.list(0, 10)).toEqual([]);
  } finally {
    await store.remove();
  }
});
