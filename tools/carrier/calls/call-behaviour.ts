import type { CallerAudio } from '../media/caller-audio.js';
import type { CallStatus } from './call-status.js';

/** The result of machine detection (Twilio docs, Voice Insights call summary). */
export type AnsweredBy =
  | 'human'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other'
  | 'fax'
  | 'unknown';

/** What goes wrong with status callbacks on their way. Voice webhooks are not affected. */
export interface CallbackBehaviour {
  /** Each is sent this many milliseconds late; of a pair, a random number from that range. */
  delayMs?: number | readonly [number, number];
  /** Each is sent twice; a number is the probability. */
  doubled?: boolean | number;
  /** Each is held back until the call is over; then all are sent in a random order, or in the order returned. */
  shuffled?: boolean | ((statuses: CallStatus[]) => CallStatus[]);
  /** These statuses, or each status with this probability, are never sent. */
  dropped?: number | readonly CallStatus[];
}

/** What goes wrong with media streams, and what they claim. Times are in milliseconds from the stream's start. */
export interface StreamBehaviour {
  /** The TCP connection is destroyed, without `stop` or a close frame. */
  cutAfterMs?: number;
  /** Nothing is sent or read any more, and the connection stays open (half-open). */
  freezeAfterMs?: number;
  /** How many of the call's streams the two above apply to. Default: all. */
  times?: number;
  /**
   * From a stream's end to the request at `action`, where the call goes on; null: it is never asked, and the
   * call stays silent until it is redirected or ends. Default 0. How long Twilio takes is not documented.
   */
  asksAfterMs?: number | null;
  /** Replaces fields of the `start` message; the gateway should refuse it. */
  start?: {
    callSid?: string;
    accountSid?: string;
    customParameters?: Record<string, string>;
  };
  /** Replaces the upgrade's signature; null leaves it out. */
  signature?: string | null;
}

/** How the far end of a call behaves. Times are in milliseconds. */
export interface CallBehaviour {
  /**
   * What a called phone does. Default `answer`.
   * - `busy`: SIP 486
   * - `no-answer`: rings until the call's `Timeout`, or for `ringMs` when given; SIP 487
   * - `failed`: never rings, SIP 404
   * - `reject`: rings, then declines, SIP 603; Twilio's status for it is `failed` here (assumption)
   */
  outcome?: 'answer' | 'busy' | 'no-answer' | 'failed' | 'reject';
  /** Final SIP code in place of the ones above. */
  sipCode?: number;
  /** From the REST reply to `initiated`. Default 10. */
  queuedMs?: number;
  /** From `initiated` to `ringing`. Default 10. */
  dialMs?: number;
  /** From `ringing` to the outcome. Default 100. */
  ringMs?: number;
  /** The other party hangs up this long after the answer, also while it hears an announcement. Default: never. */
  hangUpAfterMs?: number;
  /** An inbound caller who is not answered within this time gives up. Default: never. */
  giveUpAfterMs?: number;
  /** What machine detection finds; a machine in the words of the kind that was asked for. Default `human`. */
  answeredBy?: AnsweredBy;
  /** How long machine detection takes. Default 200. */
  machineDetectionMs?: number;
  /** What the other party says on a media stream. Default `signal`. */
  audio?: CallerAudio;
  callbacks?: CallbackBehaviour;
  stream?: StreamBehaviour;
}

export const SIP_CODES = { busy: 486, 'no-answer': 487, failed: 404, reject: 603 } as const;
