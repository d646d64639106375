import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnInto, type Asterisk } from './asterisk.js';

const READY_WITHIN_MS = 30_000;

/** What the peer does with a call. */
export type PeerBehaviour =
  /** Refuses it with a SIP status, after `ringing` if it rings first. */
  | { refuses: number; reason: string; rings?: boolean; header?: string }
  /** Answers, and refuses a REFER with a SIP status. */
  | { refusesReferral: number; reason: string }
  /** Rings until it is cancelled. */
  | { rings: true };

/** A SIP program (SIPp) that receives one call, as the endpoint `peer`. */
export class SipPeer {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when it listens. */
  static async start(asterisk: Asterisk, behaviour: PeerBehaviour): Promise<SipPeer> {
    const { ports, at, directory } = asterisk;
    const file = join(directory, 'scenario.xml');
    writeFileSync(file, scenarioOf(behaviour));
    const output = join(directory, 'log/peer');
    const child = spawnInto(output, directory, [
      ...at.command('usr/bin/sipp'),
      ...`-i 127.0.0.1 -p ${ports.peer} -mi 127.0.0.1 -mp ${ports.peerRtp}`.split(' '),
      ...`-m 1 -timeout 60s -nostdin -sf ${file}`.split(' '),
    ]);
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (await isUdpFree(ports.peer)) {
      if (child.exitCode !== null || performance.now() > giveUpAt) {
        throw new Error(`the peer did not start:\n${readFileSync(output, 'utf8').slice(-1_000)}`);
      }
      await sleep(20);
    }
    return new SipPeer(child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

function isUdpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

function scenarioOf(behaviour: PeerBehaviour): string {
  const steps =
    'refusesReferral' in behaviour
      ? [
          '<recv request="INVITE"/>',
          sent('200 OK', 'Content-Type: application/sdp', SDP),
          '<recv request="ACK"/>',
          '<recv request="REFER" timeout="60000"/>',
          inDialog(`${behaviour.refusesReferral} ${behaviour.reason}`),
          '<recv request="BYE" timeout="60000"/>',
          inDialog('200 OK'),
        ]
      : 'refuses' in behaviour
        ? [
            '<recv request="INVITE"/>',
            sent('100 Trying'),
            ...(behaviour.rings ? [sent('180 Ringing')] : []),
            sent(`${behaviour.refuses} ${behaviour.reason}`, behaviour.header),
            '<recv request="ACK" timeout="5000"/>',
          ]
        : [
            `<recv request="INVITE"><action>
            <ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="1"/>
            <ereg regexp=".*" search_in="hdr" header="Via:" assign_to="2"/>
          </action></recv>`,
            sent('100 Trying'),
            sent('180 Ringing'),
            '<recv request="CANCEL" timeout="60000"/>',
            sent('200 OK'),
            // The reply to the INVITE, whose numbers were kept.
            sent('487 Request Terminated')
              .replace('[last_Via:]', 'Via:[$2]')
              .replace('[last_CSeq:]', 'CSeq:[$1]'),
            '<recv request="ACK" timeout="5000"/>',
          ];
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="one call">
${steps.join('\n')}
</scenario>
`;
}

const SDP = `v=0
o=peer 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000`;

/** A reply to a request that names our tag already. */
function inDialog(status: string): string {
  return sent(status).replace(';tag=[pid]SIPp[call_number]', '');
}

function sent(status: string, header?: string, body = ''): string {
  const lines = [
    `SIP/2.0 ${status}`,
    '[last_Via:]',
    '[last_From:]',
    '[last_To:];tag=[pid]SIPp[call_number]',
    '[last_Call-ID:]',
    '[last_CSeq:]',
    'Contact: <sip:[local_ip]:[local_port]>',
    ...(header === undefined ? [] : [header]),
    body === '' ? 'Content-Length: 0' : 'Content-Length: [len]',
  ];
  return `<send><![CDATA[\n${lines.join('\n')}\n\n${body}${body && '\n'}]]></send>`;
}
