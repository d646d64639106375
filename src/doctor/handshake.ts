import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** The result of a TLS handshake. */
export interface Handshake {
  /** Node's code for what is wrong with the certificate; null when it is trusted. */
  problem: string | null;
  protocol: string | null;
  /** The certificate; null if none was sent. */
  certificate: {
    subject: string;
    issuer: string;
    validFrom: Date;
    validTo: Date;
    /** The names of the chain, from the leaf to the root. */
    chain: string[];
    /** The certificate among its signers, without the root, that expires first; null if there is none. */
    firstToExpire: { subject: string; validTo: Date } | null;
  } | null;
}

/** Reads the handshake of a socket that has just connected, without judging it. */
export function readHandshake(socket: TLSSocket): Handshake {
  const leaf = socket.getPeerCertificate(true);
  const problem = socket.authorized ? null : String(socket.authorizationError);
  const protocol = socket.getProtocol();
  if (leaf.valid_to === undefined) return { problem, protocol, certificate: null };
  const chain = chainOf(leaf);
  return {
    problem,
    protocol,
    certificate: {
      subject: nameOf(leaf.subject),
      issuer: nameOf(leaf.issuer),
      validFrom: new Date(leaf.valid_from),
      validTo: new Date(leaf.valid_to),
      chain: chain.map(({ subject }) => nameOf(subject)),
      firstToExpire: firstToExpire(chain.slice(1)),
    },
  };
}

function chainOf(leaf: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  const seen = new Set<string>();
  // A self-signed certificate is its own issuer. An incomplete chain has no further issuer.
  for (
    let one: DetailedPeerCertificate | undefined = leaf;
    one?.fingerprint256 !== undefined && !seen.has(one.fingerprint256);
    one = one.issuerCertificate
  ) {
    seen.add(one.fingerprint256);
    chain.push(one);
  }
  return chain;
}

function firstToExpire(signers: readonly DetailedPeerCertificate[]) {
  return signers
    .filter((one) => one.issuerCertificate?.fingerprint256 !== one.fingerprint256)
    .map(({ subject, valid_to: until }) => ({ subject: nameOf(subject), validTo: new Date(until) }))
    .reduce<{ subject: string; validTo: Date } | null>(
      (first, one) => (first && first.validTo <= one.validTo ? first : one),
      null,
    );
}

function nameOf(subject: { CN?: string | string[]; O?: string | string[] }): string {
  const [name = 'without a name'] = [subject.CN ?? subject.O ?? []].flat();
  return name.slice(0, 200);
}
