import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pcmSamples } from '../../src/audio/pcm.js';
import { WAV_HEADER_BYTES, wavOf } from '../../src/audio/wav.js';
import { spawnInto, type Asterisk } from './asterisk.js';

const PATIENCE_MS = 30_000;
const MODULES = ['ctrl_tcp', 'g711', 'aufile'];
const SOUNDS = ['ring', 'callwaiting', 'ringback', 'notfound', 'busy', 'error', 'sip_autoanswer'];
const COLON = 0x3a;

/** As baresip tells it: `CALL_INCOMING`, `CALL_RINGING`, `CALL_ESTABLISHED`, `CALL_CLOSED`. */
interface PhoneEvent {
  type: string;
  /** Of `CALL_CLOSED`: why, such as `486 Busy Here`. */
  param?: string;
}

interface Line {
  user: string;
  /** Null: it does not register, and Asterisk knows its address. */
  password: string | null;
  sip: number;
  control: number;
  rtp: { from: number; to: number };
}

/**
 * A real SIP phone (baresip). It plays a sound into each call and records what it hears. It answers
 * nothing by itself.
 */
export class Phone {
  private readonly events: PhoneEvent[] = [];
  private rest = Buffer.alloc(0);
  private control: Socket | null = null;

  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  /**
   * The phone of our page about Asterisk, which registers as `phone`.
   * @param plays 8 kHz
   */
  static start(asterisk: Asterisk, password: string, plays: Int16Array): Promise<Phone> {
    const { phone: sip, phoneControl: control, phoneRtp: rtp } = asterisk.ports;
    return Phone.startAs({ user: 'phone', password, sip, control, rtp }, asterisk, plays);
  }

  /** A second phone, which `PERSON_NUMBER` rings. */
  static person(asterisk: Asterisk, plays: Int16Array): Promise<Phone> {
    const { person: sip, personControl: control, personRtp: rtp } = asterisk.ports;
    return Phone.startAs({ user: 'person', password: null, sip, control, rtp }, asterisk, plays);
  }

  private static async startAs(line: Line, asterisk: Asterisk, plays: Int16Array): Promise<Phone> {
    const { ports, at } = asterisk;
    const { user, password } = line;
    const directory = mkdtempSync(join(asterisk.directory, `${user}-`));
    writeFileSync(join(directory, 'plays.wav'), wavOf(plays));
    writeFileSync(join(directory, 'config'), configOf(asterisk, line, directory));
    const registers =
      password === null ? 'regint=0' : `auth_user=${user};auth_pass=${password};regint=60`;
    writeFileSync(
      join(directory, 'accounts'),
      `<sip:${user}@127.0.0.1:${ports.sip};transport=udp>;${registers};answermode=manual;audio_codecs=PCMU/8000/1;dtmfmode=rtpevent\n`,
    );
    writeFileSync(join(directory, 'contacts'), '');
    const command = [...at.command('usr/bin/baresip'), '-f', directory, '-s'];
    const child = spawnInto(join(directory, 'log'), directory, command);
    const phone = new Phone(child, directory);
    try {
      await phone.connect(line.control);
      if (password !== null) await phone.isRegistered(asterisk);
    } catch (error) {
      await phone.stop();
      throw error;
    }
    return phone;
  }

  /** `dial` with a SIP address, `accept`, `hangup`, `sndcode` with a digit. */
  command(command: string, params = ''): void {
    const text = JSON.stringify({ command, params, token: '1' });
    this.control?.write(`${Buffer.byteLength(text)}:${text},`);
  }

  /** The next event of a type; one that came already counts, and those before it are over. */
  async heard(type: string): Promise<PhoneEvent> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const index = this.events.findIndex((event) => event.type === type);
      const event = this.events[index];
      if (event) {
        this.events.splice(0, index + 1);
        return event;
      }
      if (performance.now() > giveUpAt) {
        const said = this.events.map((one) => one.type).join(', ');
        throw new Error(`the phone never said ${type}, but: ${said}`);
      }
      await sleep(5);
    }
  }

  /** Before a new call: nothing of the last one counts any more. */
  forget(): void {
    this.events.length = 0;
    // The next call's is made when its audio begins.
    rmSync(join(this.directory, 'heard.wav'), { force: true });
  }

  /** What it heard in its last call; nothing before the first, and after {@link forget}. */
  recording(): Int16Array {
    if (!existsSync(join(this.directory, 'heard.wav'))) return new Int16Array();
    // Its lengths are only filled in later.
    const file = readFileSync(join(this.directory, 'heard.wav'));
    return pcmSamples(file.subarray(WAV_HEADER_BYTES, file.length & ~1));
  }

  /** The SIP statuses that it was given from 300 on, in order. */
  refusals(): string[] {
    const log = readFileSync(join(this.directory, 'log'), 'latin1');
    return [...log.matchAll(/SIP\/2\.0 ([3-6]\d\d)/g)].map(([, code = '']) => code);
  }

  async stop(): Promise<void> {
    this.control?.destroy();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  private async connect(port: number): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect');
        socket.on('error', () => undefined);
        socket.on('data', (data) => this.read(data));
        this.control = socket;
        return;
      } catch {
        if (performance.now() > giveUpAt || this.child.exitCode !== null) {
          const log = readFileSync(join(this.directory, 'log'), 'utf8');
          throw new Error(`the phone did not start:\n${log.slice(-2_000)}`);
        }
        await sleep(50);
      }
    }
  }

  private async isRegistered(asterisk: Asterisk): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const { state } = await asterisk.ari<{ state: string }>('/endpoints/PJSIP/phone');
      if (state === 'online') return;
      if (performance.now() > giveUpAt) throw new Error('the phone did not register');
      await sleep(50);
    }
  }

  /** Netstrings of JSON. */
  private read(data: Buffer): void {
    this.rest = Buffer.concat([this.rest, data]);
    for (;;) {
      const colon = this.rest.indexOf(COLON);
      const end = colon + 1 + Number(this.rest.subarray(0, Math.max(colon, 0)).toString());
      if (colon < 0 || this.rest.length <= end) return;
      const message = JSON.parse(this.rest.subarray(colon + 1, end).toString()) as {
        event?: boolean;
      } & PhoneEvent;
      this.rest = this.rest.subarray(end + 1);
      if (message.event) this.events.push(message);
    }
  }
}

/** A call that is held starts its player again, which the phone does not always survive; so none is held. */
function configOf({ at }: Asterisk, line: Line, directory: string): string {
  return `poll_method epoll
sip_listen 127.0.0.1:${line.sip}
sip_trans_def udp
call_local_timeout 120
call_hold_other_calls no
call_max_calls 4
audio_source aufile,${join(directory, 'plays.wav')}
audio_player aufile,${join(directory, 'heard.wav')}
audio_alert aufile,/dev/null
${SOUNDS.map((name) => `${name}_aufile none`).join('\n')}
audio_txmode thread
audio_buffer 40-160
auplay_format s16
ausrc_format s16
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports ${line.rtp.from}-${line.rtp.to}
rtcp_mux no
jitter_buffer_type off
rtp_stats no
net_interface 127.0.0.1
module_path ${at.phoneModules}
${MODULES.map((name) => `module ${name}.so`).join('\n')}
module_app account.so
module_app menu.so
ctrl_tcp_listen 127.0.0.1:${line.control}
`;
}
