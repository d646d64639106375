import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** What a TLS handshake showed. */
export interface Handshake {
  /** Node's code for what is wrong with the certificate; null when it is trusted. */
  problem: string | null;
  protocol: string | null;
  /** Null when none was shown. */
  certificate: {
    subject: string;
    issuer: string;
    validFrom: Date;
    validTo: Date;
    chain: string[];
  } | null;
}

/** Of a socket that has just connected; nothing is judged here. */
export function readHandshake(socket: TLSSocket): Handshake {
  const leaf = socket.getPeerCertificate(true);
  const problem = socket.authorized ? null : String(socket.authorizationError);
  const protocol = socket.getProtocol();
  if (leaf.valid_to === undefined) return { problem, protocol, certificate: null };
  return {
    problem,
    protocol,
    certificate: {
      subject: nameOf(leaf.subject),
      issuer: nameOf(leaf.issuer),
      validFrom: new Date(leaf.valid_from),
      validTo: new Date(leaf.valid_to),
      chain: chainOf(leaf),
    },
  };
}

function chainOf(leaf: DetailedPeerCertificate): string[] {
  const names: string[] = [];
  const seen = new Set<string>();
  // A self-signed certificate is its own issuer; an incomplete chain ends in nothing.
  for (
    let one: DetailedPeerCertificate | undefined = leaf;
    one?.fingerprint256 !== undefined && !seen.has(one.fingerprint256);
    one = one.issuerCertificate
  ) {
    seen.add(one.fingerprint256);
    names.push(nameOf(one.subject));
  }
  return names;
}

function nameOf(subject: { CN?: string | string[]; O?: string | string[] }): string {
  const [name = 'without a name'] = [subject.CN ?? subject.O ?? []].flat();
  return name.slice(0, 200);
}
