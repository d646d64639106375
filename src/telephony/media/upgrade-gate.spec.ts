import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { queuedRun } from '../../../test/support/call-builders.js';
import {
  MadeUpCarrier,
  MadeUpKind,
} from '../../../test/support/made-up-carrier/made-up.carrier.js';
import type { CallIds } from '../../calls/ledger/call-ids.js';
import type { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { Redemption, StreamTokens } from '../../calls/streams/stream-tokens.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { CallControl } from '../../control/call-control.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { sign } from '../../providers/twilio/signature.js';
import { TwilioKind } from '../../providers/twilio/twilio.carrier.js';
import { StaticPublicOrigin } from '../../urls/static-public-origin.js';
import { RunOrigins } from '../run-origins.js';
import { MEDIA_LIMITS } from './limits.js';
import { UpgradeGate } from './upgrade-gate.js';
import { WaitingSockets } from './waiting-sockets.js';

const TOKEN = 'a'.repeat(32);
/** Of the shape of those that are minted. */
const STREAM_TOKEN = 't'.repeat(43);
const PATH = '/api/v1/telephony/ws/123/456/789';
const ACCOUNT = {
  accountSid: 'AC1',
  authToken: TOKEN,
  authTokenSecondary: null,
  fromNumbers: ['+15005550006'],
  apiBaseUrl: null,
  callsPerSecond: 1,
};

const UNSIGNED = new MadeUpKind([
  new MadeUpCarrier({ key: 'made-up', apiUrl: '', apiKey: '', secret: '', numbers: [] }),
]);

const OF_UNSIGNED = { provider: 'made-up', accountKey: 'made-up', accountId: '' };

describe('the gate before a media stream', () => {
  let waiting: WaitingSockets;
  let run: CallRun | null;
  let storeIsDown: boolean;
  let lookUps: number;
  let answerLookUps: Promise<void>;
  let gate: UpgradeGate;
  let providers: ProviderRegistry;
  let cluster: FakeCluster;
  let strays: Array<[number, string]>;
  /** What becomes of the tokens that are spent, in turn, and how many were. */
  let redeem: () => Promise<Redemption>;
  let spent: number;

  beforeEach(() => {
    waiting = new WaitingSockets();
    run = queuedRun({ status: 'answered', publicOrigin: 'https://earlier.example.com' });
    storeIsDown = false;
    lookUps = 0;
    answerLookUps = Promise.resolve();
    strays = [];
    redeem = () => Promise.resolve('redeemed');
    spent = 0;
    const control = {
      endIfStray: (runId: number, ids: CallIds) => {
        strays.push([runId, ids.call ?? '']);
        return Promise.resolve();
      },
    } as unknown as CallControl;
    const ledger = {
      findBrief: () =>
        storeIsDown ? Promise.reject(new StoreUnavailableError('gone')) : Promise.resolve(run),
      publicOriginOf: () => {
        lookUps += 1;
        return answerLookUps.then(() => run?.publicOrigin ?? null);
      },
    } as unknown as CallLedger;
    const origin = new StaticPublicOrigin('https://gw.example.com');
    providers = new ProviderRegistry([new TwilioKind(ACCOUNT), UNSIGNED]);
    const origins = new RunOrigins(ledger);
    cluster = new FakeCluster();
    const tokens = {
      redeem: () => {
        spent += 1;
        return redeem();
      },
    } as unknown as StreamTokens;
    gate = new UpgradeGate(providers, origin, origins, ledger, tokens, control, waiting, cluster);
  });

  const ask = (origin = 'wss://gw.example.com', path = PATH) =>
    gate.check(
      {
        url: path,
        headers: { 'x-twilio-signature': sign(TOKEN, origin + path) },
      } as unknown as IncomingMessage,
      path,
    );
  const refusal = async (asked: ReturnType<typeof ask>) => {
    const verdict = await asked;
    return verdict.admitted ? 'admitted' : `${verdict.status} ${verdict.reason}`;
  };

  it('that nobody may open while the other instances may believe that we are gone', async () => {
    cluster.fenced = true;
    await expect(ask()).rejects.toThrow(StoreUnavailableError);
    expect(waiting.total).toBe(0);
    cluster.fenced = false;
    expect(await refusal(ask())).toBe('admitted');
  });

  it('takes the place at once, and gives it back once', async () => {
    const verdict = await ask();
    expect(waiting.of(789)).toBe(1);
    if (!verdict.admitted) throw new Error(verdict.reason);
    verdict.admission.leaveWaiting();
    verdict.admission.leaveWaiting();
    expect(waiting.total).toBe(0);
  });

  it('admits four of a run that are checked in the same instant, not one more', async () => {
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => refusal(ask())));
    expect(verdicts.filter((verdict) => verdict === 'admitted')).toHaveLength(4);
    expect(verdicts.at(-1)).toBe('429 too-many-waiting');
  });

  it('admits no more than 500 in all', async () => {
    for (let i = 0; i < MEDIA_LIMITS.waiting - 1; i++) waiting.enter(1_000 + i);
    expect(await refusal(ask())).toBe('admitted');
    expect(await refusal(ask())).toBe('429 too-many-waiting');
    expect(MEDIA_LIMITS.waiting).toBe(500);
  });

  it('refuses without taking a place', async () => {
    run = null;
    expect(await refusal(ask())).toBe('404 run-unknown');
    expect(waiting.total).toBe(0);
  });

  it('sees that a call lives whose run is over', async () => {
    run = queuedRun({ status: 'failed', providerCallId: 'CA1' });
    expect(await refusal(ask())).toBe('409 call-ended');
    expect(strays).toEqual([[789, 'CA1']]);
    run = queuedRun({ status: 'failed' });
    expect(await refusal(ask())).toBe('409 call-ended');
    run = queuedRun({ status: 'answered', providerCallId: 'CA1' });
    expect(await refusal(ask())).toBe('admitted');
    expect(strays).toHaveLength(1);
  });

  it('knows a call by the name under which it was placed, too', async () => {
    expect(await refusal(ask('wss://earlier.example.com'))).toBe('admitted');
    expect(await refusal(ask('wss://other.example.com'))).toBe('403 signature-mismatch');
  });

  it('looks a run up for strangers once a request, and for 16 of them at a time', async () => {
    let answer = (): void => undefined;
    answerLookUps = new Promise((resolve) => (answer = resolve));
    const strange = Array.from({ length: 20 }, () => refusal(ask('wss://other.example.com')));
    // One that is signed for the address of today waits for nobody.
    expect(await refusal(ask())).toBe('admitted');
    expect(lookUps).toBe(16);
    answer();
    const verdicts = await Promise.all(strange);
    expect(verdicts.filter((one) => one === '403 signature-mismatch')).toHaveLength(16);
    expect(verdicts.filter((one) => one === '503 too-many-unsigned')).toHaveLength(4);
    expect(lookUps).toBe(16);
    expect(await refusal(ask('wss://other.example.com'))).toBe('403 signature-mismatch');
  });

  it('serves the run’s own account where another one has the same token', async () => {
    const account = Object.assign(Object.create(providers.find('twilio') ?? {}), {
      key: 'twilio-uk',
    }) as CarrierAccount;
    providers.replaceStored([{ account, enabled: false, maxConcurrentCalls: null }], new Set());
    run = queuedRun({ status: 'answered', accountKey: 'twilio-uk' });
    expect(await refusal(ask())).toBe('admitted');
    run = queuedRun({ status: 'answered' });
    expect(await refusal(ask())).toBe('admitted');
  });

  it('does not serve one carrier the runs of another', async () => {
    run = queuedRun({ provider: 'other', accountKey: 'other' });
    expect(await refusal(ask())).toBe('404 ids-mismatch');
  });

  it('says what is malformed without the store', async () => {
    storeIsDown = true;
    const path = '/api/v1/telephony/ws/1/2';
    expect(await refusal(ask('wss://gw.example.com', path))).toBe('400 malformed');
    await expect(ask()).rejects.toThrow(StoreUnavailableError);
    expect(waiting.total).toBe(0);
  });

  it('on a path of nobody’s asks whose mark the upgrade bears, and nobody where it bears none', () => {
    const url = '/media';
    const isSigned = (headers: Record<string, string>) =>
      gate.isSigned({ url, headers } as unknown as IncomingMessage);
    expect(isSigned({})).toBe(false);
    expect(isSigned({ 'x-twilio-signature': sign(TOKEN, `wss://gw.example.com${url}`) })).toBe(
      true,
    );
    expect(isSigned({ 'x-twilio-signature': sign('another', `wss://gw.example.com${url}`) })).toBe(
      false,
    );
  });

  describe('of a carrier that signs no upgrade', () => {
    const withToken = () => {
      const path = `${PATH}/${STREAM_TOKEN}`;
      return refusal(gate.check({ url: path, headers: {} } as unknown as IncomingMessage, path));
    };

    beforeEach(() => {
      run = queuedRun({ status: 'answered', ...OF_UNSIGNED });
    });

    it('spends no token where there is no place, also when many come at once', async () => {
      const verdicts = await Promise.all(Array.from({ length: 16 }, withToken));
      expect(verdicts.filter((verdict) => verdict === 'admitted')).toHaveLength(4);
      expect(verdicts.filter((verdict) => verdict === '429 too-many-waiting')).toHaveLength(12);
      expect(spent).toBe(4);
    });

    it('gives the place back where the token, the call or the store is no good', async () => {
      redeem = () => Promise.resolve('used');
      expect(await withToken()).toBe('403 token-used');
      redeem = () => Promise.reject(new StoreUnavailableError('gone'));
      await expect(withToken()).rejects.toThrow(StoreUnavailableError);
      redeem = () => Promise.resolve('redeemed');
      run = queuedRun({ status: 'failed', ...OF_UNSIGNED });
      expect(await withToken()).toBe('409 call-ended');
      expect(waiting.total).toBe(0);
    });
  });
});
