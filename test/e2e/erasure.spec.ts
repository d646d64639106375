import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { Housekeeping } from '../../src/calls/ledger/housekeeping.js';
import { Api } from '../support/api.js';
import { startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';

describe('what is kept of a call', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
  });
  afterAll(() => gateway.stop());

  /** Everything the store holds, as one text. */
  async function everythingStored(): Promise<string> {
    const database = gateway.service.app.get(Database);
    const tables = ['runs', 'call_events', 'audit_log', 'refusals', 'stream_tokens'] as const;
    const rows = await Promise.all(
      tables.map((table) => database.read((db) => db.selectFrom(table).selectAll().execute())),
    );
    return JSON.stringify(rows);
  }

  it('erases numbers, context and raw fields of an ended call, and nothing of one in progress', async () => {
    const placed = await api.place({ to: THEIR_NUMBER, context: { name: 'Ada' } });
    const path = `/telephony/calls/${placed.workflow_run_id}`;
    await api.until(placed.workflow_run_id, (call) => call.streaming);
    expect((await api.request('DELETE', path)).status).toBe(409);

    await api.request('POST', `${path}/hangup`);
    const ended = await api.until(placed.workflow_run_id, (call) => call.ended_at !== null);
    expect(await everythingStored()).toContain(THEIR_NUMBER);
    expect((await api.request('DELETE', path)).status).toBe(204);
    expect((await api.request('DELETE', path)).status).toBe(204);

    const erased = await api.call(placed.workflow_run_id);
    expect(erased).toMatchObject({ from: '', to: '', context: {}, status: 'completed' });
    expect(erased.events).toEqual(ended.events);
    const stored = await everythingStored();
    expect(stored).not.toContain(THEIR_NUMBER);
    expect(stored).not.toContain('Ada');
  });

  it('masks numbers in lists when asked to', async () => {
    await api.place({ to: THEIR_NUMBER });
    const { body } = await api.request<{ data: Array<{ to: string }> }>(
      'GET',
      '/telephony/calls?mask_numbers=true&limit=1',
    );
    expect(body.data[0]?.to).toBe('+•••••••••43');
  });

  it('drops raw fields when their time is over, and keeps the events', async () => {
    const placed = await api.place({ to: THEIR_NUMBER });
    await api.until(placed.workflow_run_id, (call) => call.streaming);
    const database = gateway.service.app.get(Database);
    await database.write((trx) => trx.updateTable('call_events').set({ received_at: 1 }).execute());
    await gateway.service.app.get(Housekeeping).sweep();
    const rows = await database.read((db) => db.selectFrom('call_events').selectAll().execute());
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.every((row) => row.payload === null)).toBe(true);
  });

  it('notes who changed what', async () => {
    const { body } = await api.request<{ data: Array<{ action: string; user_id: number }> }>(
      'GET',
      '/audit-log',
    );
    expect(body.data.map((entry) => entry.action)).toContain(
      'DELETE /api/v1/telephony/calls/:workflow_run_id',
    );
    expect(JSON.stringify(body)).not.toContain(THEIR_NUMBER);
  });
});
