// What one could write in an afternoon to begin calls: Express, Twilio's own library, a row for each request, and
// the bare loop. It looks up nothing, keeps no order, spends no token and removes no duplicates.
//
// Run as a program of its own: PORT, and BENCH_CALLS_ORIGIN, _TOKEN, _ACCOUNT, _CARRIER (the URL of the carrier's
// REST interface) and _FILE.
import { createServer } from 'node:http';
import express from 'express';
import twilio from 'twilio';
import { WebSocketServer } from 'ws';
import { signedRow, sqliteRows } from '../../baseline-handler.js';
import { bareStream } from './bare-stream.js';

const {
  PORT: port,
  BENCH_CALLS_ORIGIN: origin = '',
  BENCH_CALLS_TOKEN: token = '',
  BENCH_CALLS_ACCOUNT: account = '',
  BENCH_CALLS_CARRIER: carrier = '',
  BENCH_CALLS_FILE: file = '',
} = process.env;

/** Where the generator's inbound calls come to. */
const BASE = '/api/v1/telephony';
const ANSWER = `${BASE}/twiml`;
const ACTION = `${BASE}/action`;
const EVENTS = `${BASE}/status-callback`;

const insert = sqliteRows(file);
const app = express();
const form = express.urlencoded({ extended: false });

app.use([ANSWER, ACTION, EVENTS], form, signedRow(token, origin, insert));
app.post(ANSWER, (_request, response) => {
  const answer = new twilio.twiml.VoiceResponse();
  const connect = answer.connect({ action: `${origin}${ACTION}` });
  connect.stream({ url: `${origin.replace('https:', 'wss:')}/stream` });
  response.type('text/xml').send(answer.toString());
});
app.post(ACTION, (_request, response) => {
  response.type('text/xml').send(new twilio.twiml.VoiceResponse().toString());
});
app.post(EVENTS, (_request, response) => void response.sendStatus(204));

app.post(`${BASE}/calls`, express.json(), async (request, response) => {
  const { to } = request.body as { to: string };
  await insert('', 'queued', to);
  const dialled = await fetch(`${carrier}/2010-04-01/Accounts/${account}/Calls.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}` },
    body: new URLSearchParams({
      To: to,
      From: '+12025550100',
      Url: `${origin}${ANSWER}`,
      StatusCallback: `${origin}${EVENTS}`,
    }),
  });
  const { sid } = (await dialled.json()) as { sid: string };
  await insert(sid, 'dialled', to);
  response.status(201).json({ sid });
});

const server = createServer(app);
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
server.on('upgrade', (request, socket, head) => {
  const signature = String(request.headers['x-twilio-signature']);
  const url = `${origin.replace('https:', 'wss:')}${request.url ?? ''}`;
  if (!twilio.validateRequest(token, signature, url, {})) {
    socket.destroy();
    return;
  }
  sockets.handleUpgrade(request, socket, head, (client) => bareStream(client));
});
server.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
