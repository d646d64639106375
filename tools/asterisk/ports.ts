import { freePort } from '../../src/shared/free-port.js';

/** The ports of one Asterisk and its phones, all on loopback. */
export interface AsteriskPorts {
  http: number;
  sip: number;
  phone: number;
  phoneControl: number;
  /** The program that answers by a scenario. */
  peer: number;
  /** Nothing listens there. */
  nobody: number;
  rtp: { from: number; to: number };
  phoneRtp: { from: number; to: number };
  peerRtp: number;
  /** A second phone, which does not register. */
  person: number;
  personControl: number;
  personRtp: { from: number; to: number };
}

/** How many ports from the first one on; a power of two. */
const PORT_COUNT = 64;

/** A block of ports that is drawn at random. */
export async function freePorts(): Promise<AsteriskPorts> {
  const first = (await freePort()) & ~(PORT_COUNT - 1);
  return {
    http: first,
    sip: first + 1,
    // The phone listens on the next port too, for TLS.
    phone: first + 2,
    peer: first + 4,
    nobody: first + 5,
    phoneControl: first + 7,
    rtp: { from: first + 10, to: first + 25 },
    phoneRtp: { from: first + 26, to: first + 41 },
    peerRtp: first + 44,
    person: first + 46,
    personControl: first + 48,
    personRtp: { from: first + 49, to: first + 62 },
  };
}
