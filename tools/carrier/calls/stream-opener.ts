import { withoutFragment } from '../signing/signature.js';
import { signUpgrade } from '../signing/signature.js';
import type { StreamNoun } from '../twiml/read-twiml.js';
import { MediaStream } from '../media/media-stream.js';
import type { CarrierContext } from './carrier-context.js';
import type { SimulatedCall } from './simulated-call.js';

export type StreamUrl =
  | { kind: 'usable'; url: string; strippedQuery: boolean }
  | { kind: 'unusable'; code: number; message: string };

/** The URL that is connected to (Twilio docs, `<Stream>`: wss only, no query; error pages 31922, 31923). */
function readStreamUrl(text: string, documentUrl: string | null, allowPlain: boolean): StreamUrl {
  let absolute = text;
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    if (text === '' || documentUrl === null || !URL.canParse(text, documentUrl)) {
      return { kind: 'unusable', code: 31_923, message: `malformed URL "${text}"` };
    }
    absolute = new URL(text, documentUrl).href.replace(/^http/, 'ws');
  }
  if (!URL.canParse(absolute) || /\s/.test(absolute)) {
    return { kind: 'unusable', code: 31_923, message: `malformed URL "${absolute}"` };
  }
  const { protocol } = new URL(absolute);
  if (protocol !== 'wss:' && !(allowPlain && protocol === 'ws:')) {
    return { kind: 'unusable', code: 31_922, message: `scheme ${protocol} is not wss:` };
  }
  const bare = withoutFragment(absolute);
  const query = bare.indexOf('?');
  return {
    kind: 'usable',
    url: query < 0 ? bare : bare.slice(0, query),
    strippedQuery: query >= 0,
  };
}

/** Opens the stream that the TwiML names. Null when the TwiML names none that can be opened. */
export async function openStream(
  call: SimulatedCall,
  noun: StreamNoun,
  documentUrl: string | null,
  carrier: CarrierContext,
): Promise<MediaStream | null> {
  const { settings } = carrier;
  const callSid = call.sid;
  const read = readStreamUrl(noun.url, documentUrl, settings.allowPlainHttp);
  if (read.kind === 'unusable') {
    carrier.alert({ code: read.code, level: 'error', message: read.message, callSid });
    return null;
  }
  if (noun.track !== 'inbound_track') {
    const message = `track "${noun.track}" in <Connect>`;
    carrier.alert({ code: 31_941, level: 'error', message, callSid });
    return null;
  }
  if (read.strippedQuery) {
    const message = 'a <Stream> URL takes no query string; it is stripped';
    carrier.alert({ code: 31_920, level: 'warning', message, callSid });
  }
  const behaviour = call.plan.behaviour.stream ?? {};
  const hurt = call.streams.length < (behaviour.times ?? Number.POSITIVE_INFINITY);
  const { cutAfterMs: _cut, freezeAfterMs: _freeze, ...unhurt } = behaviour;
  const stream = new MediaStream(
    {
      url: read.url,
      signature:
        behaviour.signature === undefined
          ? signUpgrade(read.url, settings.authToken)
          : behaviour.signature,
      callSid,
      accountSid: settings.accountSid,
      parameters: Object.fromEntries(noun.parameters.map(({ name, value }) => [name, value])),
      behaviour: hurt ? behaviour : unhurt,
      answersPings: settings.answersPings,
      recordAudio: settings.recordAudio,
      nextFrame: () => call.nextFrame(),
      onHeard: (audio) => call.phone?.hear(audio),
    },
    {
      network: carrier.network,
      clock: carrier.clock,
      random: carrier.random,
      alert: (code, level, message) => carrier.alert({ code, level, message, callSid }),
    },
  );
  call.streams.push(stream);
  return stream;
}
