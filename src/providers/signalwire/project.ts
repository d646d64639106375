/** A project in a SignalWire space. Secrets are never logged. */
export interface SignalWireAccount {
  /** With its path, without a trailing slash. */
  apiBaseUrl: string;
  projectId: string;
  apiToken: string;
  /** Verifies webhooks. */
  signingKey: string;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  callsPerSecond: number;
}

/** Where a space has its Compatibility API, without a trailing slash. */
export function baseOfSpace(space: string): string {
  const host = space.includes('.') ? space : `${space}.signalwire.com`;
  return `https://${host.toLowerCase()}/api/laml`;
}
