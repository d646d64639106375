import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ledgerBench, SetClock } from '../../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import { EventEndpoints, type EndpointFields } from './event-endpoints.js';

describe('the endpoints of a user', () => {
  let store: TestStore;
  let endpoints: EventEndpoints;
  let userId: number;
  let workflowId: number;

  beforeAll(async () => {
    store = await sqliteStores.create();
    ({ userId, workflowId } = await ledgerBench(store.database));
    endpoints = new EventEndpoints(store.database, new SetClock(new Date(5_000)));
  });
  afterAll(() => store.remove());

  const fields = (changed: Partial<EndpointFields> = {}): EndpointFields => ({
    workflowId: null,
    url: 'https://receiver.example',
    types: [],
    enabled: true,
    ...changed,
  });
  async function made(changed?: Partial<EndpointFields>) {
    const endpoint = await endpoints.create(userId, fields(changed));
    if (!endpoint) throw new Error('there are too many');
    return endpoint;
  }
  const found = (endpointId: number) => endpoints.find(userId, endpointId);

  it.each([true, false])('are made as they were asked for, enabled: %s', async (enabled) => {
    const asked = fields({ enabled, workflowId, types: ['call.completed'] });
    const endpoint = await made(asked);
    expect(endpoint).toMatchObject({
      ...asked,
      userId,
      disabledReason: null,
      version: 0,
      createdAt: new Date(5_000),
    });
    expect(endpoint.secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(await found(endpoint.endpointId)).toEqual(endpoint);
    expect(await endpoints.find(userId + 1, endpoint.endpointId)).toBeNull();
  });

  it('are disabled and enabled by their user, each time as a new version', async () => {
    const { endpointId, version } = await made();
    const disabled = await endpoints.update(endpointId, fields({ enabled: false }));
    expect(disabled).toMatchObject({ enabled: false, disabledReason: null, version: version + 1 });
    const enabled = await endpoints.update(endpointId, fields());
    expect(enabled).toMatchObject({ enabled: true, version: version + 2 });
    expect(await found(endpointId)).toEqual(enabled);
  });

  it('are disabled because of a reply with the reason, which goes when they are enabled again', async () => {
    const endpoint = await made();
    await endpoints.disable(endpoint, 'It answered 410.');
    expect(await found(endpoint.endpointId)).toMatchObject({
      enabled: false,
      disabledReason: 'It answered 410.',
    });
    // Its user changes it, but does not enable it: the reason stays.
    const changed = await endpoints.update(
      endpoint.endpointId,
      fields({ enabled: false, url: 'https://other.example' }),
    );
    expect(changed).toMatchObject({ enabled: false, disabledReason: 'It answered 410.' });
    expect(await endpoints.update(endpoint.endpointId, fields())).toMatchObject({
      enabled: true,
      disabledReason: null,
    });
  });

  it('are not disabled by a reply to what was sent before their user changed them', async () => {
    const endpoint = await made();
    await endpoints.update(endpoint.endpointId, fields({ url: 'https://other.example' }));
    await endpoints.disable(endpoint, 'It answered 410.');
    expect(await found(endpoint.endpointId)).toMatchObject({ enabled: true, disabledReason: null });
  });

  it('are gone when they are deleted, and the others stay', async () => {
    const [gone, stays] = [await made(), await made()];
    await endpoints.delete(gone.endpointId);
    expect(await found(gone.endpointId)).toBeNull();
    expect(await found(stays.endpointId)).toEqual(stays);
    expect(await endpoints.update(gone.endpointId, fields())).toBeNull();
  });
});
