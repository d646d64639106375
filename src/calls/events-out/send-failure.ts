/** Why an event was not delivered. */
export interface SendFailure {
  /** For the log; holds nothing that the receiver sent. */
  reason: string;
  /** In words, for the user who owns the endpoint. */
  error: string;
}

const PLACE_MAX = 200;

/** What a reply other than 2xx means, and what the endpoint's user can do about it. */
export function failureOfReply(status: number, location: string | undefined): SendFailure {
  const reason = `http_${status}`;
  if (status === 410) {
    return {
      reason,
      error:
        'the endpoint answered 410: it is gone for good, so it was disabled; enable it again when it is back',
    };
  }
  if (status >= 300 && status < 400) {
    const target = placeOf(location);
    const where = target === null ? '' : ` to ${target}`;
    return {
      reason,
      error: `the endpoint answered ${status}: it redirects${where}, and redirects are not followed; set its url to the address that answers itself`,
    };
  }
  return { reason, error: `the endpoint answered ${status}` };
}

/** What an error of the connection means. */
export function failureOfConnection(error: Error): SendFailure {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return { reason: 'timeout', error: 'no reply within 10 s' };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  return { reason: code, error: wordsFor(code) };
}

function wordsFor(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'the connection is refused: nothing listens at that host and port';
    case 'ENOTFOUND':
      return 'the host name does not exist';
    case 'EAI_AGAIN':
      return 'the host name cannot be looked up at the moment';
    case 'EPRIVATE':
      return 'the host name leads to a private address; use a public host, or one that WEBHOOK_ALLOWED_HOSTS lists';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'the host cannot be reached';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection was cut before a reply came';
    case 'CERT_HAS_EXPIRED':
      return 'the certificate of the host has expired';
    case 'CERT_NOT_YET_VALID':
      return 'the certificate of the host is not valid yet';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'the certificate is for another host name';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'the certificate of the host is signed by nobody who is trusted here';
    default:
      if (code.startsWith('HPE_')) return 'what answers there does not speak HTTP';
      if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
        return 'what answers there does not speak TLS, or none that we do: is it http?';
      return `the connection failed (${code})`;
  }
}

/** The location without its query, which may hold private data. */
function placeOf(location: string | undefined): string | null {
  if (location === undefined || !URL.canParse(location)) return null;
  const { origin, pathname } = new URL(location);
  return origin === 'null' ? null : `${origin}${pathname}`.slice(0, PLACE_MAX);
}
