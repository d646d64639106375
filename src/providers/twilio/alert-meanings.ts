import type { AlertMeaning } from '../carrier-diagnostics.js';

const REACH =
  'See the checks `dns`, `tls` and `answer-url`: Twilio must get an answer of 2xx within 15 s.';
const ROAD = 'See the check `websocket-upgrade`: the stream URL must be answered with 101.';
const BUG = 'This is a fault of this service or of an agent: please report it with the call.';

/**
 * Twilio's error codes that a gateway can cause, and what to do about each.
 * https://www.twilio.com/docs/api/errors
 */
export const ALERT_MEANINGS: ReadonlyMap<string, AlertMeaning> = new Map([
  [
    '11200',
    { meaning: 'Twilio could not fetch the answer URL, or got a 4xx or 5xx from it.', fix: REACH },
  ],
  ['11205', { meaning: 'Twilio could not connect to the answer URL, or timed out.', fix: REACH }],
  ['11206', { meaning: 'The answer URL did not speak HTTP as Twilio expects.', fix: REACH }],
  ['11210', { meaning: 'Twilio could not resolve the host name of the answer URL.', fix: REACH }],
  [
    '11215',
    {
      meaning: 'The answer URL redirects too often.',
      fix: 'Set PUBLIC_URL to the address where the redirects end.',
    },
  ],
  ['11220', { meaning: 'The TLS handshake with the answer URL failed.', fix: REACH }],
  ['11235', { meaning: 'The certificate is for another host name.', fix: REACH }],
  ['11236', { meaning: 'The certificate has expired.', fix: REACH }],
  ['11237', { meaning: 'The certificate is not trusted, or its chain is incomplete.', fix: REACH }],
  [
    '12100',
    {
      meaning: 'The answer was not XML that Twilio can read.',
      fix: 'Something in between answers in our place, such as a login or error page of a proxy: see `answer-url`.',
    },
  ],
  [
    '12200',
    { meaning: 'The answer was XML with a verb or attribute unknown to Twilio.', fix: BUG },
  ],
  [
    '12300',
    {
      meaning: 'The answer had a content type that is not TwiML.',
      fix: 'Something in between answers in our place: see `answer-url`.',
    },
  ],
  [
    '15003',
    {
      meaning: 'A status callback was answered with 4xx or 5xx.',
      fix: 'See the check `refusals` for what was refused and why.',
    },
  ],
  ['31901', { meaning: 'The media stream got no reply to its connection.', fix: ROAD }],
  ['31902', { meaning: 'The connection of the media stream was refused.', fix: ROAD }],
  [
    '31903',
    {
      meaning: 'A media stream broke off without a closing handshake.',
      fix: 'A proxy or load balancer cut it: see `websocket-idle` and raise its timeouts.',
    },
  ],
  ['31904', { meaning: 'The host of the media stream cannot be reached.', fix: ROAD }],
  ['31910', { meaning: 'TLS failed on the media stream.', fix: 'See the check `tls`.' }],
  ['31920', { meaning: 'The media stream was not answered with 101.', fix: ROAD }],
  [
    '31921',
    {
      meaning: 'We closed a media stream; logged also when a call ends as intended.',
      fix: 'Nothing, unless calls end too early: see the close codes in docs/protocol.md.',
      harmless: true,
    },
  ],
  ['31924', { meaning: 'The WebSocket protocol was broken on a media stream.', fix: BUG }],
  [
    '31930',
    {
      meaning: 'We read a media stream too slowly; Twilio dropped audio.',
      fix: 'See the checks `loop-lag` and `cpu`.',
    },
  ],
  ['31931', { meaning: 'More than ten minutes of audio were waiting to be played.', fix: BUG }],
  ['31941', { meaning: 'A stream was asked for with a track Twilio does not allow.', fix: BUG }],
  ['31950', { meaning: 'A binary frame was sent on a media stream.', fix: BUG }],
  ['31951', { meaning: 'A message on a media stream was not as Twilio expects it.', fix: BUG }],
]);
