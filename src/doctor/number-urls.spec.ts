import { describe, expect, it } from '@jest/globals';
import type { CarrierDiagnostics, OwnedNumber } from '../providers/carrier-diagnostics.js';
import type { PhoneNumbers } from '../tenants/phone-numbers.js';
import { answerUrl, eventsUrl } from '../urls/call-urls.js';
import { claimedNumbers } from './number-urls.js';

const US = { origin: 'https://calls.example.com', key: null };
const RETRIES = '#rc=3&rp=5xx,ct,rt';
const NUMBER = '+12025550143';
const OURS: OwnedNumber = {
  number: NUMBER,
  answerUrl: answerUrl(US, null) + RETRIES,
  statusCallbackUrl: eventsUrl(US, null) + RETRIES,
  statusCallbackMethod: 'POST',
  overriddenBy: null,
};
const bare = (url: string): string => url.replace(/#.*/, '');

describe('a claimed number', () => {
  const stateOf = async (owned: OwnedNumber[]): Promise<unknown> => {
    const claims = [{ account: 'twilio', provider: 'twilio', number: NUMBER, workflowId: 1 }];
    const numbers = { list: () => Promise.resolve(claims) } as unknown as PhoneNumbers;
    const asked = { ownedNumbers: () => Promise.resolve({ kind: 'found', numbers: owned }) };
    return claimedNumbers(numbers, { key: 'twilio' }, asked as unknown as CarrierDiagnostics, US);
  };

  it.each<[string, Partial<OwnedNumber>, string]>([
    ['has our URLs', {}, 'fine'],
    [
      'has them in another case of the host',
      { answerUrl: OURS.answerUrl.replace('calls.', 'CALLS.') },
      'fine',
    ],
    [
      'repeats by rules of somebody else',
      { answerUrl: `${bare(OURS.answerUrl)}#rc=1&rp=all` },
      'fine',
    ],
    ['leads elsewhere', { answerUrl: 'https://old.example.com/voice' }, 'leads-elsewhere'],
    ['leads nowhere', { answerUrl: '' }, 'leads-elsewhere'],
    ['is an application’s', { overriddenBy: 'application' }, 'in-application'],
    ['is a trunk’s', { overriddenBy: 'trunk' }, 'in-trunk'],
    ['tells nobody of its ends', { statusCallbackUrl: '' }, 'no-callback'],
    ['tells them by GET', { statusCallbackMethod: 'GET' }, 'callback-by-get'],
    ['asks once', { answerUrl: bare(OURS.answerUrl) }, 'not-retried'],
    [
      'repeats lost connections alone',
      { statusCallbackUrl: `${bare(OURS.statusCallbackUrl)}#rc=2` },
      'not-retried',
    ],
    ['repeats nothing', { answerUrl: `${bare(OURS.answerUrl)}#rc=0&rp=5xx` }, 'not-retried'],
  ])('that %s', async (_what, changes, state) => {
    expect(await stateOf([{ ...OURS, ...changes }])).toEqual([
      { number: NUMBER, ending: '43', state },
    ]);
  });

  it('that is a SIP address, which no account lists among its numbers', async () => {
    const numbers = {
      list: () =>
        Promise.resolve([
          { account: 'twilio', provider: 'twilio', number: 'sip:sales@a.example', workflowId: 1 },
        ]),
    } as unknown as PhoneNumbers;
    const asked = { ownedNumbers: () => Promise.resolve({ kind: 'found', numbers: [OURS] }) };
    const [found] = (await claimedNumbers(
      numbers,
      { key: 'twilio' },
      asked as unknown as CarrierDiagnostics,
      US,
    )) as object[];
    expect(found).toMatchObject({ ending: '', state: 'at-sip-domain' });
  });

  it('that the account does not own', async () => {
    expect(await stateOf([])).toMatchObject([{ state: 'not-owned' }]);
  });
});
