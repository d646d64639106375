import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { CloudonixCarrier } from '../../providers/cloudonix/cloudonix.carrier.js';
import type { Examination } from '../examination.js';
import type { OutsideReply } from '../outside.js';
import { arrivedOf } from '../probe/arrived.js';
import { answerUrlCheck } from './answer-url.js';

const ORIGIN = 'https://gateway.example';
const cloudonix = new CloudonixCarrier({
  apiBaseUrl: 'http://127.0.0.1:1',
  domain: 'example.cloudonix.net',
  apiKey: 'key',
  webhookKey: 'a-key-of-24-characters-x',
  fromNumbers: ['+12025550100'],
  callsPerSecond: 1,
});

/** A service that is reached, and whose path is handed on as it is, or with an addition. */
function examination(provider: CloudonixCarrier | null, addition = ''): Examination {
  const request = (url: string, { body = '' }: { body?: string }): Promise<OutsideReply> => {
    const received = {
      method: 'POST',
      url: url.replace(ORIGIN, '') + addition,
      headers: { host: 'gateway.example', 'content-type': 'text/plain' },
    } as IncomingMessage;
    const echo = JSON.stringify(arrivedOf(received, Buffer.from(body), 'instance-1'));
    const reply = { status: 200, headers: {}, body: echo };
    return Promise.resolve(reply);
  };
  return {
    provider,
    pathKey: provider?.key ?? null,
    road: { origin: ORIGIN, host: 'gateway.example', blocked: () => Promise.resolve(null) },
    probes: { runId: () => 7, issue: () => 'nonce', revoke: () => undefined },
    outside: { request },
    signal: new AbortController().signal,
  } as unknown as Examination;
}

describe('the answer URL of a carrier whose question cannot be made up here', () => {
  it('is fine where it is reached unchanged, and nobody is told to configure a carrier', async () => {
    expect(await answerUrlCheck.look(examination(cloudonix))).toMatchObject({
      status: 'up',
      seen: expect.stringContaining('only a call shows'),
      fix: null,
    });
  });

  it('is down where it is changed on the way', async () => {
    expect(await answerUrlCheck.look(examination(cloudonix, '&x=y'))).toMatchObject({
      status: 'down',
    });
  });

  it('without any carrier asks for one', async () => {
    expect(await answerUrlCheck.look(examination(null))).toMatchObject({
      status: 'warn',
      fix: 'Configure a carrier.',
    });
  });
});
