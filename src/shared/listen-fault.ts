import { codeOf, StartError } from './start-error.js';

/** Where a listener should listen, and which variables set it. */
export interface WantedListener {
  host: string;
  port: number;
  /** `PORT` or `OPERATIONS_PORT`. */
  portSetting: string;
}

/**
 * Makes the error that ends the start because it is impossible to listen there; an
 * error about something else is returned unchanged.
 */
export function listenStartError(
  { host, port, portSetting }: WantedListener,
  error: unknown,
): unknown {
  const code = codeOf(error);
  const because = { cause: error };
  switch (code) {
    case 'EADDRINUSE':
      return new StartError(
        portSetting,
        `port ${port} on ${host} is in use (${code})`,
        'Stop what listens there, or set another port.',
        because,
      );
    case 'EACCES':
    case 'EPERM':
      return new StartError(
        portSetting,
        `this user may not listen on port ${port} (${code})`,
        'Set a port above 1023, such as 8000, and let a proxy listen on the other.',
        because,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENODEV':
      return new StartError(
        'HOST',
        `${host} is no address of this machine (${code})`,
        'Set it to 0.0.0.0 for all its addresses, 127.0.0.1 for this machine alone, or to one that `ip addr` shows.',
        because,
      );
    default:
      return error;
  }
}
