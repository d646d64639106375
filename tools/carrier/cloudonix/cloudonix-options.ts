/** A simulated Cloudonix's domain, and the gateway beside it. */
export interface CloudonixOptions {
  domain: string;
  apiKey: string;
  /** What its voice application sends in `x-cx-apikey`. */
  webhookKey: string;
  /** E.164. */
  numbers: readonly string[];
  /** What its voice application asks about calls that come in; null: nothing is asked. */
  applicationUrl: string | null;
  /** The public origin, and where it really is; null: nothing is sent to a gateway. */
  gateway: { origin: string; url: string } | null;
}

/** What its documents leave open, or what they and others say in two ways. */
export interface Doubts {
  /** How an application asks. */
  asksBy: 'GET' | 'POST';
  /** In what a question by POST comes. */
  asksIn: 'json' | 'form';
  /** Whether a session is told alone or in a list of one. */
  toldIn: 'object' | 'list';
  /** Whether a question names the session apart from `CallSid`, which is then another id. */
  namesSession: boolean;
  /** Whether numbers are written with their plus. */
  plus: boolean;
  /** The status of the reply to a hang-up. */
  hangsUpWith: 200 | 204;
}

export const USUAL: Doubts = {
  asksBy: 'POST',
  asksIn: 'json',
  toldIn: 'object',
  namesSession: true,
  plus: true,
  hangsUpWith: 204,
};
