export interface RefusalMeaning {
  meaning: string;
  fix: string;
  /** True for refusals that strangers cause, and for those that are normal. */
  harmless?: boolean;
}

const SIGNATURE =
  'Compare the account’s auth token (each Twilio region has its own) with TWILIO_AUTH_TOKEN, and PUBLIC_URL with the URL that the carrier was given; `answer-url` tells what changes on the way.';
const OTHER_INSTANCE =
  'Another installation may use the same account or the same public name: see `numbers`, and let each have its own.';
const UNKNOWN = 'Look at the log around this time; docs/protocol.md lists the refusals.';

/** The meanings by the reason that is kept with a refusal. */
export const REFUSAL_MEANINGS: Readonly<Record<string, RefusalMeaning>> = {
  'signature-missing': {
    meaning: 'a request without any carrier’s signature, mostly from strangers',
    fix: 'Nothing, unless calls fail: then a proxy may drop the signature header, see `answer-url`.',
    harmless: true,
  },
  'signature-mismatch': {
    meaning: 'a signature that does not fit the token or the public URL',
    fix: SIGNATURE,
  },
  'signature-body-mismatch': {
    meaning: 'a body that is not the one that was signed',
    fix: SIGNATURE,
  },
  'signature-not-configured': {
    meaning: 'a signed request while no carrier is configured',
    fix: 'Configure the carrier that sends it: `carrier-credentials` says what to set.',
  },
  'signature-expired': {
    meaning: 'a request that was signed too long ago',
    fix: 'Set this machine’s clock (see `clock`): requests are as old as the two clocks differ.',
  },
  'signature-replayed': {
    meaning: 'a signed request that came once before',
    fix: 'Somebody repeats requests that were overheard: find out who can read the traffic behind the TLS proxy.',
  },
  'account-unknown': {
    meaning: 'a request to the path of an account that does not exist',
    fix: 'Correct the URL at the carrier, or configure the account that it names.',
  },
  'account-unusable': {
    meaning: 'a request to the path of an account whose secrets cannot be read at the moment',
    fix: 'Make the account usable again: see `carrier-accounts`.',
  },
  'account-disabled': {
    meaning: 'an inbound call to a number of an account that is disabled',
    fix: 'Enable the account, or let the number lead elsewhere at the carrier.',
    harmless: true,
  },
  malformed: {
    meaning: 'a signed request whose fields or ids make no sense',
    fix: 'Look at the URLs that are configured at the carrier: see `numbers` and `run-id-in-url`.',
  },
  'no-route': {
    meaning: 'a carrier’s request turned away: signed, and on a path that does not exist here',
    fix: 'Correct the URL at the carrier: see `numbers`, and docs/protocol.md for the paths.',
  },
  'wrong-method': {
    meaning: 'a carrier’s request turned away: signed, with a method that the path does not take',
    fix: 'Set the method at the carrier: POST for status callbacks, POST or GET for the answer URL.',
  },
  'upgrade-missing': {
    meaning: 'a carrier’s request turned away: a media stream that arrived as an ordinary request',
    fix: 'Let the proxy pass on the Upgrade and Connection headers: see `websocket-upgrade`.',
  },
  'too-large': {
    meaning: 'a request larger than any carrier sends, refused before it was read; from strangers',
    fix: 'Nothing.',
    harmless: true,
  },
  'unreadable-body': {
    meaning: 'a body that broke off, or was packed in a way that cannot be read',
    fix: 'Nothing, unless calls fail: then a proxy may change or cut bodies, see `answer-url`.',
    harmless: true,
  },
  'too-many-unsigned': {
    meaning: 'requests whose signature did not fit came faster than their calls could be looked up',
    fix: 'Strangers flood the service, or the database is slow: see `store`. Carriers ask again.',
  },
  'malformed-run-id': {
    meaning: 'a callback whose URL has no usable run id',
    fix: 'Look at `run-id-in-url`: something changes paths on the way.',
  },
  'run-unknown': { meaning: 'a signed request about a call we do not know', fix: OTHER_INSTANCE },
  'ids-mismatch': { meaning: 'ids in a URL that do not belong together', fix: OTHER_INSTANCE },
  'call-id-mismatch': {
    meaning: 'a request for one of our runs about another call',
    fix: OTHER_INSTANCE,
  },
  'account-mismatch': {
    meaning: 'a request of another account of the carrier',
    fix: 'Place calls and receive callbacks with the same account: see `carrier-credentials`.',
  },
  'number-not-claimed': {
    meaning: 'a call to a number that no workflow has claimed',
    fix: 'Claim it with POST /api/v1/phone-numbers, or take our URL away at the carrier.',
  },
  'answer-loop': {
    meaning: 'a call that asked for instructions a hundred times within a minute',
    fix: 'Its streams were refused again and again: look at `websocket-upgrade`.',
  },
  'call-ended': {
    meaning: 'a stream for a call that had just ended',
    fix: 'Nothing.',
    harmless: true,
  },
  'too-many-waiting': {
    meaning: 'more streams at once than may wait for their start',
    fix: 'Look at `loop-lag` and `cpu`: starts are handled too slowly, or somebody floods us.',
  },
  'not-this-call': {
    meaning: 'a stream that began with the ids of another call or account',
    fix: OTHER_INSTANCE,
  },
  'token-refused': {
    meaning: 'a stream whose path has a token of the wrong form, or the token of another call',
    fix: 'Nothing while calls work: somebody guesses. Else find out whether a proxy changes the path of WebSockets.',
  },
  'token-missing': {
    meaning: 'a stream without the token of our answer',
    fix: 'The answer that the carrier used was not ours, or was changed: see `answer-url` and `numbers`.',
  },
  'token-unknown': {
    meaning: 'a stream with a token that we did not give out',
    fix: OTHER_INSTANCE,
  },
  'token-foreign': {
    meaning: 'a stream with the token of another call',
    fix: OTHER_INSTANCE,
  },
  'token-expired': {
    meaning: 'a stream that came later than its token was good for',
    fix: 'Raise STREAM_TOKEN_TTL_SECONDS, above all where a long recording_notice or on_resume is read out first.',
  },
  'token-used': {
    meaning: 'a stream with a token that had been used: a repetition, or somebody who listens in',
    fix: 'Look at who sees the answers of this service on their way; see `tls`.',
  },
  'no-start': {
    meaning: 'a stream that was opened and said nothing for 5 s',
    fix: 'Look at `websocket-upgrade` and `round-trip`: frames may be held up on their way.',
  },
  'protocol-error': {
    meaning: 'a stream that began with something else than the carrier’s protocol',
    fix: 'Look at what connects there: see `answer-url` for what changes requests.',
  },
  'possible-replay': {
    meaning: 'a second stream for a call whose first one was alive',
    fix: 'Look at who sees the answers of this service on their way; see `tls`.',
  },
  'not-found': {
    meaning: 'a WebSocket on a path that does not exist',
    fix: 'Nothing.',
    harmless: true,
  },
};

export function meaningOf(reason: string): RefusalMeaning {
  return REFUSAL_MEANINGS[reason] ?? { meaning: reason.replaceAll('-', ' '), fix: UNKNOWN };
}
