import { SimulatedTelnyx } from '../carrier/telnyx/rest-api.js';
import type { TelnyxSocket } from '../carrier/telnyx/media-socket.js';
import { TexmlExchange } from '../carrier/telnyx/texml-exchange.js';

/** Where a demo's gateway is, and who calls whom. */
export interface DemoParties {
  gateway: { origin: string; url: string };
  apiKey: string;
  ours: string;
  theirs: string;
}

/** The carrier's end of a stream of μ-law, whatever it has on the wire. */
export type DemoStream = Readonly<Pick<TelnyxSocket, 'framesSent' | 'say' | 'heard'>>;

/** A simulator of a carrier that plays a whole call by itself, as far as the demo needs it. */
export interface DemoFace {
  baseUrl: string;
  /** The carrier's name. */
  name: string;
  /** The settings of its account. */
  env: Record<string, string>;
  violations: readonly string[];
  /** What of the call it tells, and is in the ledger; absent: that it was dialled, and answered. */
  told?: readonly string[];
  /** Whether the audio is converted on its way, so that its echo is alike and not the same. */
  converts?: true;
  /** The id of the newest call, and its streams; null: there is none. */
  newest(): { id: string; streams: readonly DemoStream[] } | null;
  /** The phone hangs up. */
  hangUp(): void;
  stop(): Promise<void>;
}

const CONNECTION = '1684641123236054244';
const ACCOUNT = '3e6f995f-85f7-4705-9741-53b116d28237';
const RING_MS = 600;

export async function callControl({
  gateway,
  apiKey,
  ours,
  theirs,
}: DemoParties): Promise<DemoFace> {
  const telnyx = await SimulatedTelnyx.start({
    apiKey,
    connectionId: CONNECTION,
    numbers: [ours],
    gateway,
    webhookUrl: `${gateway.origin}/api/v1/telephony/accounts/telnyx/events`,
  });
  const { exchange, baseUrl } = telnyx;
  exchange.behave(theirs, { ringMs: RING_MS });
  const newest = () => exchange.calls.at(-1) ?? null;
  return {
    baseUrl,
    name: 'Telnyx',
    env: {
      TELNYX_API_KEY: apiKey,
      TELNYX_PUBLIC_KEY: telnyx.publicKey,
      TELNYX_CONNECTION_ID: CONNECTION,
      TELNYX_FROM_NUMBERS: ours,
      TELNYX_API_BASE_URL: baseUrl,
    },
    violations: exchange.violations,
    newest,
    hangUp: () => {
      const call = newest();
      if (call) exchange.hangUp(call);
    },
    stop: () => telnyx.stop(),
  };
}

export async function texml({ gateway, apiKey, ours }: DemoParties): Promise<DemoFace> {
  const exchange = await TexmlExchange.start({
    apiKey,
    accountSid: ACCOUNT,
    applicationSid: CONNECTION,
    numbers: [ours],
    gateway,
  });
  const newest = () => exchange.calls.at(-1) ?? null;
  return {
    baseUrl: exchange.baseUrl,
    name: 'Telnyx',
    env: {
      TELNYX_TEXML_API_KEY: apiKey,
      TELNYX_TEXML_PUBLIC_KEY: exchange.key.publicKey,
      TELNYX_TEXML_ACCOUNT_SID: ACCOUNT,
      TELNYX_TEXML_APPLICATION_SID: CONNECTION,
      TELNYX_TEXML_FROM_NUMBERS: ours,
      TELNYX_TEXML_API_BASE_URL: exchange.baseUrl,
    },
    violations: exchange.violations,
    newest: () => {
      const call = newest();
      return call && { id: call.sid, streams: call.streams };
    },
    hangUp: () => {
      const call = newest();
      if (call) void exchange.end(call);
    },
    stop: () => exchange.stop(),
  };
}
