import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { EchoAgent } from '../../agents/echo/echo.agent.js';
import { OpenAiRealtimeAgent } from '../../agents/openai-realtime/openai-realtime.agent.js';
import { OpenAiSettings } from '../../agents/openai-realtime/openai-realtime.variables.js';
import { RelayAgent } from '../../agents/relay/relay.agent.js';
import { RelaySettings } from '../../agents/relay/relay.variables.js';
import { PinoLog } from '../../shared/logger.js';
import { agentServers } from './agent-servers.js';
import { heldSounds } from '../../../test/support/held-sounds.js';

const KEY = 'sk-of-nobody-0123456789';

/** A bot's WebSocket and an API at once. */
let server: Server;
let upgrades: Array<string | undefined>;
let asked: string[];
let status: number;

beforeAll(async () => {
  const sockets = new WebSocketServer({ noServer: true });
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(status).end('{}');
  }).on('upgrade', (request, socket, head) => {
    upgrades.push(request.headers['x-twilio-signature'] as string | undefined);
    if (request.url === '/no') socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    else if (request.url === '/never') socket.on('error', () => undefined);
    else sockets.handleUpgrade(request, socket, head, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(() => {
  upgrades = [];
  asked = [];
  status = 200;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function look(workflows: Array<{ agent: string; options?: object }>, ended?: AbortSignal) {
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  const rows = workflows.map(({ agent, options = {} }, index) => ({
    workflow_id: index + 1,
    user_id: 1,
    agent,
    agent_options: JSON.stringify(options).replace('PORT', String(port)),
  }));
  return agentServers.look({
    database: { read: () => Promise.resolve(rows as never) },
    agents: new AgentRegistry([
      new EchoAgent(),
      new RelayAgent(new RelaySettings({ allowedHosts: ['127.0.0.1'] })),
      new OpenAiRealtimeAgent(
        new OpenAiSettings({ apiKey: KEY, baseUrl }),
        heldSounds(),
        new PinoLog('silent'),
      ),
    ]),
    storeIsUp: () => Promise.resolve(true),
    signal: ended ?? new AbortController().signal,
  });
}

const bot = (path = '/', fields: object = {}) => ({
  agent: 'relay',
  options: { url: `ws://127.0.0.1:PORT${path}`, ...fields },
});

const openAi = { agent: 'openai-realtime', options: { instructions: 'Be brief.' } };

describe('the servers that agents need', () => {
  it('are each asked once, bots signed as for a call and the API with the key', async () => {
    const signed = bot('/', { auth_token: 'secret-of-the-bot' });
    const found = await look([bot(), bot(), signed, openAi]);
    expect(found).toMatchObject({ status: 'up', detail: { servers: 3, problems: [] } });
    expect(upgrades.map((signature) => typeof signature).sort()).toEqual(['string', 'undefined']);
    expect(asked).toEqual([`GET /v1/models Bearer ${KEY}`]);
  });

  it('that refuse are named with the cause, and without key, token or path', async () => {
    status = 401;
    const workflows = [
      bot('/no', { auth_token: 'secret-of-the-bot' }),
      { agent: 'relay', options: { url: 'ws://127.0.0.1:1/private-path' } },
      openAi,
    ];
    const found = await look(workflows);
    expect(found).toMatchObject({ status: 'down', fix: expect.stringContaining('OPENAI_API_KEY') });
    expect(found.seen).toContain('with HTTP 403');
    expect(found.seen).toContain('(ECONNREFUSED)');
    expect(found.seen).toContain('refuses the key (HTTP 401)');
    const shown = JSON.stringify(found);
    for (const secret of [KEY, 'secret-of-the-bot', 'private-path']) {
      expect(shown).not.toContain(secret);
    }
  });

  it('that do not answer are given up with the check', async () => {
    const ended = new AbortController();
    const looking = look([bot('/never')], ended.signal);
    while (upgrades.length === 0) await new Promise((next) => setTimeout(next, 5));
    ended.abort();
    expect(await looking).toMatchObject({
      status: 'down',
      seen: expect.stringContaining('does not answer in time'),
    });
  });

  it('are not there where no workflow needs one, or its options are wrong', async () => {
    const wrong = { agent: 'relay', options: { url: 'nowhere' } };
    expect(await look([{ agent: 'echo' }, { agent: 'gone' }, wrong])).toMatchObject({
      status: 'skipped',
    });
  });
});
