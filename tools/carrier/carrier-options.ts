import type { CallBehaviour } from './calls/call-behaviour.js';
import type { NetworkOptions } from './network.js';
import { newSid } from './sids.js';
import { randomBytes } from 'node:crypto';

/** A number of the account, with what an inbound call to it asks. */
export interface NumberOptions {
  /** E.164. */
  phoneNumber: string;
  /** Asked for instructions when a call arrives. */
  voiceUrl?: string;
  voiceMethod?: 'GET' | 'POST';
  voiceFallbackUrl?: string;
  voiceFallbackMethod?: 'GET' | 'POST';
  /** Told once, when an inbound call has ended. */
  statusCallback?: string;
  statusCallbackMethod?: 'GET' | 'POST';
}

/** A standard key may do all but see accounts and keys; a main key may do that too (Twilio docs, "API keys"). */
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
  /** The account's numbers, the only ones calls may be placed from. Default `+15005550006`. */
  numbers?: ReadonlyArray<string | NumberOptions>;
  /** What the account is; Twilio blocks `<Stream>` on trial accounts. Told, not enforced. Default `Full`. */
  accountType?: 'Full' | 'Trial';
  /** Of the REST API; 0 (default) takes any free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** What called and calling phones do, unless a number or a call has its own. */
  behaviour?: CallBehaviour;
  /** Behaviour by destination number. */
  behaviours?: Readonly<Record<string, CallBehaviour>>;
  /** Takes `http://` and `ws://` URLs and loopback hosts, which Twilio refuses. Default false. */
  allowPlainHttp?: boolean;
  /** Calls dialled per second; more are queued, not refused. Default: unlimited. */
  callsPerSecond?: number;
  /** Fetch and list show the calls as they were so many milliseconds ago. Default 0. */
  listLagMs?: number;
  /** Of delays, drops and orders. Default 1. */
  seed?: number;
  /** `X-Home-Region`. Default `us1`. */
  homeRegion?: string;
  /** Signs `'`, `@` and `:` of a query unescaped, as Twilio has been seen to. Default false. */
  signsUnescapedQuery?: boolean;
  /** Between two attempts at a webhook, milliseconds. Default 100; Twilio documents none. */
  webhookRetryPauseMs?: number;
  /** How long `<Say>` speaks, milliseconds per character. Default 60. */
  sayMsPerCharacter?: number;
  /** Answers WebSocket pings; whether Twilio does is not documented. Default true. */
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
