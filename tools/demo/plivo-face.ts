import { setTimeout as sleep } from 'node:timers/promises';
import { MULAW_FRAME_BYTES, MULAW_SILENCE } from '../../src/audio/mulaw.js';
import { FrameClock } from '../carrier/media/frame-clock.js';
import type { ExchangeCall } from '../carrier/plivo/exchange-call.js';
import { PlivoExchange } from '../carrier/plivo/exchange.js';
import type { Face } from '../carrier/plivo/faces.js';
import type { ExchangeStream } from '../carrier/plivo/stream.js';
import type { DemoFace, DemoParties, DemoStream } from './faces.js';

const AUTH_ID = 'MANWVLYTK4ZWU1YTY4QA';
const RING_MS = 600;
const SILENCE = Buffer.alloc(MULAW_FRAME_BYTES, MULAW_SILENCE);

/** Plivo, or a carrier that speaks its protocol. The phone rings once it is called, and is then picked up. */
export function plivo(face: Face): (parties: DemoParties) => Promise<DemoFace> {
  return async ({ gateway, apiKey: authToken, ours }) => {
    const numbers = [ours];
    const exchange = await PlivoExchange.start({
      face,
      authId: AUTH_ID,
      authToken,
      numbers,
      gateway,
    });
    const prefix = face.kind.toUpperCase();
    const clock = new FrameClock();
    let ringing: ExchangeCall | null = null;
    const streams: DemoStream[] = [];
    const pickUp = async (call: ExchangeCall): Promise<void> => {
      await exchange.ring(call);
      await sleep(RING_MS);
      await exchange.answer(call);
      for (const stream of call.streams) streams.push(spoken(stream, clock));
    };
    return {
      baseUrl: exchange.apiUrl,
      name: face.kind,
      env: {
        [`${prefix}_AUTH_ID`]: AUTH_ID,
        [`${prefix}_AUTH_TOKEN`]: authToken,
        [`${prefix}_FROM_NUMBERS`]: ours,
        [`${prefix}_API_BASE_URL`]: exchange.apiUrl,
      },
      violations: exchange.violations,
      told: ['ringing', 'answered'],
      newest: () => {
        const call = exchange.calls.at(-1);
        if (!call) return null;
        if (call !== ringing) void pickUp((ringing = call));
        return {
          // The call's own id comes after that of the request.
          get id() {
            return call.id || (call.requestId ?? '');
          },
          streams,
        };
      },
      hangUp: () => {
        if (ringing) void exchange.end(ringing, 'hangup', 1);
      },
      stop: () => {
        clock.stop();
        return exchange.stop();
      },
    };
  };
}

/** A phone that sends silence where nothing is said. */
function spoken(stream: ExchangeStream, clock: FrameClock): DemoStream {
  const waiting: Buffer[] = [];
  let framesSent = 0;
  const leave = clock.join(() => {
    if (stream.closedWith !== null) return leave();
    framesSent += 1;
    stream.say(waiting.shift() ?? SILENCE);
  });
  return {
    get framesSent() {
      return framesSent;
    },
    heard: stream.heard,
    say: (frames) => void waiting.push(...frames),
  };
}
