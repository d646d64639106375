import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const LAML = '/api/laml';

/** A Twilio id as SignalWire would have it: the same digits, as a UUID. */
export function uuidOf(sid: string): string {
  return sid.slice(2).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function sidOf(prefix: string, uuid: string): string {
  return prefix + uuid.replaceAll('-', '');
}

/**
 * SignalWire's face of the simulated carrier: its REST API under `/api/laml`, with UUIDs for all
 * ids, and with errors in a list. Everything else is the simulated carrier's, strictness included.
 */
export class SignalWireFace {
  private constructor(
    readonly carrier: SimulatedCarrier,
    readonly baseUrl: string,
    private readonly close: () => Promise<unknown>,
  ) {}

  static async start(
    accountSid: string,
    apiToken: string,
    number: string,
  ): Promise<SignalWireFace> {
    const carrier = await SimulatedCarrier.start({
      accountSid,
      authToken: apiToken,
      numbers: [number],
      originMap: { 'https://calls.example.com': 'http://127.0.0.1:1' },
      behaviour: { ringMs: 60_000 },
    });
    const server = createServer((asked, reply) => {
      void forward(carrier, asked).then(({ status, body, headers }) => {
        reply.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
        reply.end(body);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new SignalWireFace(carrier, `http://127.0.0.1:${port}${LAML}`, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
  }

  async stop(): Promise<void> {
    await this.close();
    await this.carrier.stop();
  }
}

interface Forwarded {
  status: number;
  headers: Record<string, string>;
  body: string;
}

async function forward(carrier: SimulatedCarrier, asked: IncomingMessage): Promise<Forwarded> {
  const { url = '', method = '', headers } = asked;
  if (!url.startsWith(`${LAML}/`)) return { status: 404, headers: {}, body: 'no such page' };
  const account = uuidOf(carrier.accountSid);
  const path = url
    .slice(LAML.length)
    .replace(account, carrier.accountSid)
    .replace(new RegExp(`/Calls/(${UUID})`), (_, id: string) => `/Calls/${sidOf('CA', id)}`);
  const basic = Buffer.from(`${account}:${carrier.authToken}`).toString('base64');
  const isKnown = headers.authorization === `Basic ${basic}`;
  const credentials = `${isKnown ? carrier.accountSid : 'nobody'}:${carrier.authToken}`;
  const chunks: Buffer[] = [];
  for await (const chunk of asked as AsyncIterable<Buffer>) chunks.push(chunk);
  const sent = httpRequest(`${carrier.baseUrl}${path}`, {
    method,
    auth: credentials,
    headers: { 'content-type': headers['content-type'] ?? '' },
  });
  sent.end(Buffer.concat(chunks));
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of reply as AsyncIterable<Buffer>) text += chunk.toString();
  const status = reply.statusCode ?? 0;
  const body = text.replace(/\b(?:CA|AC|PN)([0-9a-f]{32})\b/g, (sid) => uuidOf(sid));
  const { date } = reply.headers;
  return {
    status,
    headers: { 'content-type': 'application/json', ...(date ? { date } : {}) },
    // 422 is theirs for what cannot be dialled.
    body: status >= 400 && status < 500 ? JSON.stringify({ errors: [JSON.parse(body)] }) : body,
  };
}
