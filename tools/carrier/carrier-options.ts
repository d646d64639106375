import type { CallBehaviour } from './calls/call-behaviour.js';
import type { NetworkOptions } from './network.js';
import { newSid } from './sids.js';
import { randomBytes } from 'node:crypto';

/** A number of the account, with the URLs that an inbound call to it asks. */
export interface NumberOptions {
  /** E.164. */
  phoneNumber: string;
  /** Asked for instructions when a call arrives. */
  voiceUrl?: string;
  voiceMethod?: 'GET' | 'POST';
  voiceFallbackUrl?: string;
  voiceFallbackMethod?: 'GET' | 'POST';
  /** Called once, when an inbound call has ended. */
  statusCallback?: string;
  statusCallbackMethod?: 'GET' | 'POST';
}

/** A standard key may do everything but see accounts and keys; a main key may do that too (Twilio docs, "API keys"). */
export interface ApiKey {
  /** `SK` and 32 hexadecimal digits. */
  sid: string;
  secret: string;
  kind: 'standard' | 'main';
}

export interface CarrierOptions extends NetworkOptions {
  /** Default: a random one. */
  accountSid?: string;
  /** Default: a random one. */
  authToken?: string;
  /** Keys that sign in to the REST API in place of the auth token. Default: none. */
  apiKeys?: readonly ApiKey[];
  /** The account's numbers. Calls may be placed only from these. Default `+15005550006`. */
  numbers?: ReadonlyArray<string | NumberOptions>;
  /** The account's type. Twilio blocks `<Stream>` on trial accounts; here the type is reported and not enforced. Default `Full`. */
  accountType?: 'Full' | 'Trial';
  /** The port of the REST API; 0 (default) takes any free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** What called and calling phones do, unless a number or a call has a behaviour of its own. */
  behaviour?: CallBehaviour;
  /** Behaviour by destination number. */
  behaviours?: Readonly<Record<string, CallBehaviour>>;
  /** Takes `http://` and `ws://` URLs and loopback hosts, which Twilio refuses. Default false. */
  allowPlainHttp?: boolean;
  /** Calls dialled per second; more are queued, not refused. Default: unlimited. */
  callsPerSecond?: number;
  /** Fetch and list show the calls as they were this many milliseconds ago. Default 0. */
  listLagMs?: number;
  /** The seed of delays, drops and orders. Default 1. */
  seed?: number;
  /** `X-Home-Region`. Default `us1`. */
  homeRegion?: string;
  /** Signs `'`, `@` and `:` of a query unescaped, as Twilio has been seen to do. Default false. */
  signsUnescapedQuery?: boolean;
  /** The pause between two attempts at a webhook, in milliseconds. Default 100; Twilio documents none. */
  webhookRetryPauseMs?: number;
  /** How long `<Say>` speaks, in milliseconds per character. Default 60. */
  sayMsPerCharacter?: number;
  /** Answers WebSocket pings. Twilio does not document whether it does. Default true. */
  answersPings?: boolean;
  /** Keeps what was said and heard (16 kB per call and second). Default true. */
  recordAudio?: boolean;
}

export type CarrierSettings = Required<
  Omit<CarrierOptions, keyof NetworkOptions | 'numbers' | 'behaviours'>
>;

export const DEFAULT_NUMBER = '+15005550006';

export function carrierSettings(options: CarrierOptions): CarrierSettings {
  return {
    accountSid: options.accountSid ?? newSid('AC'),
    authToken: options.authToken ?? randomBytes(16).toString('hex'),
    accountType: options.accountType ?? 'Full',
    apiKeys: options.apiKeys ?? [],
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    behaviour: options.behaviour ?? {},
    allowPlainHttp: options.allowPlainHttp ?? false,
    callsPerSecond: options.callsPerSecond ?? Number.POSITIVE_INFINITY,
    listLagMs: options.listLagMs ?? 0,
    seed: options.seed ?? 1,
    homeRegion: options.homeRegion ?? 'us1',
    signsUnescapedQuery: options.signsUnescapedQuery ?? false,
    webhookRetryPauseMs: options.webhookRetryPauseMs ?? 100,
    sayMsPerCharacter: options.sayMsPerCharacter ?? 60,
    answersPings: options.answersPings ?? true,
    recordAudio: options.recordAudio ?? true,
  };
}
