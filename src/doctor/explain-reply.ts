/** What it means that another service answered in this service's place. */
export function explainReply(status: number, location?: string): { seen: string; fix: string } {
  if (status >= 300 && status < 400) {
    const [to = 'elsewhere'] = location?.slice(0, 200).split('?', 1) ?? [];
    return {
      seen: `they are redirected (HTTP ${status}) to ${to}`,
      fix: 'Set PUBLIC_URL to the address where the redirect ends, or take it away: signatures do not survive it.',
    };
  }
  if (status === 401 || status === 407) {
    return {
      seen: `somebody asks for a login (HTTP ${status})`,
      fix: 'Take the path /api/v1/telephony out of what the proxy guards: carriers cannot log in, they sign.',
    };
  }
  if (status === 403) {
    return {
      seen: 'somebody forbids them (HTTP 403)',
      fix: 'Let POST requests to /api/v1/telephony through the firewall or filter in front of this service.',
    };
  }
  if (status === 502 || status === 503 || status === 504) {
    return {
      seen: `what stands in front cannot reach this service (HTTP ${status})`,
      fix: 'Point the proxy or tunnel at the HOST and PORT of this service.',
    };
  }
  if (status >= 200 && status < 300) {
    return {
      seen: `another service answers them (HTTP ${status})`,
      fix: 'Point the proxy or the DNS record at this service, or correct PUBLIC_URL.',
    };
  }
  return {
    seen: `they are refused (HTTP ${status})`,
    fix: 'Let the proxy pass on /api/v1/telephony and everything below it, for GET and POST.',
  };
}
