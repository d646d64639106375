/** The same for a request that got no reply after a successful TLS handshake. */
export function explainSilence(error: Error): { seen: string; fix: string; code: string } {
  const { code } = explainConnection(error);
  return {
    code,
    seen:
      code === 'ETIMEDOUT'
        ? 'what ends TLS gives no answer in time'
        : `what ends TLS cuts the connection without an answer (${code})`,
    fix: 'Point the proxy or tunnel at the HOST and PORT of this service, and look at its log.',
  };
}

/** What a connection error means for the person who must correct it; `code` is Node's. */
export function explainConnection(error: Error): { seen: string; fix: string; code: string } {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  switch (code) {
    case 'ECONNREFUSED':
      return {
        code,
        seen: 'the connection to port 443 is refused',
        fix: 'Start the proxy or tunnel that ends TLS for PUBLIC_URL, and let it listen on port 443.',
      };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ABORT_ERR':
      return {
        code,
        seen: 'nothing answers at port 443 in time',
        fix: 'Open port 443 in the firewall and check where the name leads. If only this machine cannot reach its own public address (no hairpin NAT), carriers may still: see `carrier-alerts`.',
      };
    case 'ECONNRESET':
    case 'EPIPE':
      return {
        code,
        seen: 'the connection is cut during the handshake',
        fix: 'Look at the log of what ends TLS there: it must know this host name and speak TLS 1.2 or 1.3.',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        code,
        seen: 'the host name cannot be looked up',
        fix: 'Create the DNS record of the host in PUBLIC_URL, or correct PUBLIC_URL.',
      };
    default:
      return {
        code,
        seen: /^(ERR_SSL|EPROTO)/.test(code)
          ? 'what answers at port 443 does not speak TLS as it should'
          : 'the connection fails',
        fix: 'Look at what listens at port 443 of the host in PUBLIC_URL: it must speak https.',
      };
  }
}
