import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { AlertWatch } from '../../src/doctor/alerts/alert-watch.js';
import type { alertsJson, messageJson } from '../../src/doctor/alerts/alerts-json.js';
import { Outside } from '../../src/doctor/outside.js';
import { SPEC_CERTIFICATE, SPEC_KEY } from '../../tools/carrier/spec-certificate.js';
import { Api } from '../support/api.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { byName, type DiagnosisJson } from '../support/diagnosis.js';

type Alerts = ReturnType<typeof alertsJson>;
type Alert = ReturnType<typeof messageJson>;

const HOST = 'alerts.example.com';
const noName = () => Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
const PASSWORD = 'p@ss/word-of-the-mailbox';

/** A chat's incoming webhook. */
const posted: Array<{
  text: string;
  patchbay: { kind: string; checks: Array<{ check: string; change: string }> };
}> = [];
let status = 200;
/** Whether the public name can be looked up; nothing listens there. */
let hasName = false;
let chat: Server;

/** A mail server that wants STARTTLS and a password. */
const mails: Array<{ to: string[]; text: string; secure: boolean }> = [];
const mailServer = new SMTPServer({
  key: SPEC_KEY,
  cert: SPEC_CERTIFICATE,
  logger: false,
  onAuth: ({ username, password }, session, done) => {
    const isRight = username === 'ops@example.com' && password === PASSWORD && session.secure;
    done(isRight ? null : new Error('wrong'), isRight ? { user: username } : undefined);
  },
  onData: (stream, session, done) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream.on('end', () => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      mails.push({ to, text, secure: session.secure });
      done();
    });
  },
});

describe('alerts', () => {
  let gateway: Gateway;
  let api: Api;
  const round = () => gateway.service.app.get(AlertWatch).round();
  const restart = async () => {
    await gateway.service.stop();
    await gateway.startAgain(true);
  };

  beforeAll(async () => {
    chat = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (status === 200) posted.push(JSON.parse(body));
        response.writeHead(status).end('ok');
      });
    }).listen(0, '127.0.0.1');
    mailServer.listen(0, '127.0.0.1');
    await Promise.all([once(chat, 'listening'), once(mailServer.server, 'listening')]);
    const mailPort = (mailServer.server.address() as AddressInfo).port;
    gateway = await startGateway({
      simulated: true,
      outside: new Outside({
        lookup: () => (hasName ? Promise.resolve(['93.184.215.14']) : Promise.reject(noName())),
        connectTo: { [HOST]: '127.0.0.1:1' },
      }),
      env: {
        PUBLIC_URL: `https://${HOST}`,
        ALERTS_WEBHOOK_URL: `http://127.0.0.1:${(chat.address() as AddressInfo).port}/hooks/T0/secret-path`,
        ALERTS_EMAIL_TO: 'ops@example.com, boss@example.com',
        SMTP_URL: `smtp://ops%40example.com:${encodeURIComponent(PASSWORD)}@127.0.0.1:${mailPort}`,
        // The spec makes the rounds.
        ALERTS_EVERY_SECONDS: '3600',
        ALERTS_QUIET_SECONDS: '0',
      },
    });
    api = new Api(gateway);
  });
  beforeEach(() => {
    status = 200;
    posted.length = 0;
    mails.length = 0;
  });
  afterAll(async () => {
    await gateway.stop();
    chat.close();
    await new Promise<void>((closed) => mailServer.close(() => closed()));
  });

  it('are tried by a test message, which names no secret', async () => {
    const { status: answered, body } = await api.request<Alert>('POST', '/alerts/test');
    expect(answered).toBe(200);
    expect(body.deliveries.map(({ channel, state }) => [channel, state])).toEqual([
      ['webhook', 'delivered'],
      ['email', 'delivered'],
    ]);
    expect(posted[0]?.text).toContain('Calls are simulated');
    expect(mails).toMatchObject([{ to: ['ops@example.com', 'boss@example.com'], secure: true }]);
    expect(mails[0]?.text).toContain('Subject: Patchbay: a test message');
    const shown = JSON.stringify((await api.request<Alerts>('GET', '/alerts')).body);
    expect(shown).toContain('ops@example.com');
    expect(shown).not.toContain('secret-path');
    expect(shown).not.toContain(PASSWORD);
  });

  it('tell in one message what turned in two rounds, over a restart', async () => {
    await round();
    expect(posted).toEqual([]);
    await restart();
    await round();
    await round();
    expect(posted).toHaveLength(1);
    expect(changesIn(posted[0])).toContain('dns down');
    expect(posted[0]?.text).toContain(`https://${HOST}/console/doctor?check=`);
    expect(mails).toHaveLength(1);
    const { body } = await api.request<Alerts>('GET', '/alerts');
    expect(body.down.map(({ check }) => check)).toContain('dns');

    hasName = true;
    await round();
    await restart();
    await round();
    expect(posted).toHaveLength(2);
    expect(changesIn(posted[1])).toEqual(expect.arrayContaining(['dns back', 'tls down']));
  });

  it('that do not arrive are shown by the doctor, and tried again', async () => {
    status = 500;
    hasName = false;
    await round();
    await round();
    const { body } = await api.request<Alerts>('GET', '/alerts');
    expect(body.messages[0]?.deliveries).toMatchObject([
      { channel: 'webhook', state: 'pending', attempts: 1, error: 'the webhook answers 500' },
      { channel: 'email', state: 'delivered', attempts: 1, error: null },
    ]);
    const { body: seen } = await api.request<DiagnosisJson>('GET', '/telephony/diagnostics');
    expect(byName(seen.checks).get('alerts')).toMatchObject({
      status: 'warn',
      seen: expect.stringContaining('webhook: the webhook answers 500'),
    });
  });

  it('are for user 1 alone', async () => {
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const made = await api.request<{ key: string }>('POST', `/users/${user.body.user_id}/keys`, {});
    const other = new Api(gateway, made.body.key);
    expect((await other.request('GET', '/alerts')).status).toBe(404);
    expect((await other.request('POST', '/alerts/test')).status).toBe(404);
  });
});

function changesIn(message: (typeof posted)[number] | undefined): string[] {
  return (message?.patchbay.checks ?? []).map(({ check, change }) => `${check} ${change}`);
}
