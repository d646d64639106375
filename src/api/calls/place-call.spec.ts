import { expect, it } from '@jest/globals';
import { FakeCarrier, UnprefixedKind } from '../../../test/support/fake-carrier.js';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import type { Circuits } from '../../calls/dialling/circuits.js';
import type { CallLimits } from '../../calls/ledger/call-limits.js';
import type { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { IdempotencyKeys } from '../../calls/ledger/idempotency-keys.js';
import { LimitSettings } from '../../config/settings.js';
import { DialRoutes } from '../../control/dial-routes.js';
import type { Dialler } from '../../control/dialler.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Destinations } from '../../control/destinations.js';
import { Draining } from '../../shared/draining.js';
import type { Workflows } from '../../tenants/workflows.js';
import { StaticPublicOrigin } from '../../urls/static-public-origin.js';
import { ChooseAccounts } from './choose-accounts.js';
import { PlaceCall } from './place-call.js';

it('an instance that could not renew its lease places no call', async () => {
  const cluster = new FakeCluster();
  const carrier = new FakeCarrier();
  const providers = new ProviderRegistry([new UnprefixedKind(carrier.kind, [carrier])]);
  let made = 0;
  const placing = new PlaceCall(
    {
      create: () => {
        made += 1;
        return Promise.resolve({ kind: 'full', of: 'all', limit: 1 });
      },
    } as unknown as CallLedger,
    {} as IdempotencyKeys,
    {
      findOwned: () => Promise.resolve({ workflowId: 1, userId: 1, routes: [] }),
    } as unknown as Workflows,
    new ChooseAccounts(providers, new SilentLog()),
    new DialRoutes(providers, {} as Circuits, new SilentLog()),
    new StaticPublicOrigin('https://gw.example.com'),
    new Destinations(new LimitSettings()),
    { now: () => ({}) } as unknown as CallLimits,
    new Draining(),
    cluster,
    { admission: () => ({}) } as unknown as Dialler,
  );
  const place = () => placing.place(1, { workflow_id: 1, to: '+12025550143' }, null);
  cluster.fenced = true;
  await expect(place()).rejects.toThrow(StoreUnavailableError);
  expect(made).toBe(0);
  cluster.fenced = false;
  await expect(place()).rejects.toMatchObject({ code: 'concurrency_limit' });
  expect(made).toBe(1);
});
