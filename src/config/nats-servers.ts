import { isIP } from 'node:net';
import { bad, good, type Kind, type Parsed } from './kinds.js';

const NATS_PORT = 4222;

export interface NatsServer {
  /** Without brackets. */
  host: string;
  port: number;
  /** Whether the connection must be encrypted; otherwise it is if the server offers it. */
  isTls: boolean;
  login: { user: string; pass: string } | { token: string } | null;
}

/** The URLs usually contain passwords or tokens, so they count as secrets. */
export const natsServers: Kind<readonly NatsServer[]> = {
  secret: true,
  expected:
    'nats:// or tls:// URLs without a path, separated by commas, such as nats://user:password@nats:4222, with special characters in user, password and token percent-encoded',
  parse: (text) => {
    const servers: NatsServer[] = [];
    for (const part of text.split(',')) {
      const parsed = parseServer(part.trim());
      if (!parsed.ok) return parsed;
      servers.push(parsed.value);
    }
    return good(servers);
  },
};

function parseServer(text: string): Parsed<NatsServer> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['nats:', 'tls:'].includes(url.protocol)) return bad();
  if (url.hostname === '' || !['', '/'].includes(url.pathname) || /[?#]/.test(text)) return bad();
  const isTls = url.protocol === 'tls:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isTls && isIP(host) !== 0) {
    return bad('behind tls:// there must be the host name that the certificate is for');
  }
  const login = parseLogin(url);
  if (login === undefined) return bad();
  return good({ host, port: Number(url.port || NATS_PORT), isTls, login });
}

/** A user alone is a token. Undefined: not usable. */
function parseLogin({ username, password }: URL): NatsServer['login'] | undefined {
  try {
    const user = decodeURIComponent(username);
    const pass = decodeURIComponent(password);
    if (user === '') return pass === '' ? null : undefined;
    return pass === '' ? { token: user } : { user, pass };
  } catch {
    return undefined;
  }
}
