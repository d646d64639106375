import { AccountTest, finding, type TestFinding } from '../account-test.js';
import type { AsteriskAccount } from './asterisk.settings.js';
import { basic } from '../basic.js';

const WITHIN_MS = 5_000;
/** The first release of each line with all that is needed of `chan_websocket`; every later line has it. */
const NEEDED: ReadonlyMap<number, number> = new Map([
  [20, 18],
  [22, 8],
  [23, 2],
]);
const NEWEST_LINE = Math.max(...NEEDED.keys());

type Access = Pick<AsteriskAccount, 'ariUrl' | 'username' | 'password' | 'app'>;

/** Signs in to an Asterisk's ARI, and looks at its version and at our application. */
export class AsteriskTest extends AccountTest {
  constructor(private readonly account: Access) {
    super();
  }

  async run(): Promise<readonly TestFinding[]> {
    const info = await this.ask('asterisk/info');
    const credentials = credentialsOf(info);
    if (credentials.result !== 'works') return [credentials];
    const app = await this.ask(`applications/${encodeURIComponent(this.account.app)}`);
    return [credentials, versionOf(info), this.connectionOf(app)];
  }

  private connectionOf(app: Answer): TestFinding {
    const name = 'connection';
    switch (app.status) {
      case 200:
        return finding(
          name,
          'works',
          `An instance of Patchbay is connected as ${this.account.app}.`,
        );
      case 404:
        return finding(
          name,
          'limited',
          `Nobody is connected as ${this.account.app} yet, so calls would wait.`,
          'An account connects within seconds once it is there. If it does not, the log says why (feed.not_connected).',
        );
      default:
        return finding(name, 'unknown', `Asterisk does not say who is connected (${app.why}).`);
    }
  }

  private async ask(path: string): Promise<Answer> {
    const { ariUrl, username, password } = this.account;
    try {
      const reply = await fetch(`${ariUrl}/${path}`, {
        headers: { Authorization: basic(username, password) },
        redirect: 'error',
        signal: AbortSignal.timeout(WITHIN_MS),
      });
      const body: unknown = await reply.json().catch(() => null);
      return { status: reply.status, body, why: `HTTP ${reply.status}` };
    } catch (error) {
      return { status: 0, body: null, why: reasonOf(error) };
    }
  }
}

interface Answer {
  /** 0: there was none. */
  status: number;
  body: unknown;
  /** For people, without credentials. */
  why: string;
}

function credentialsOf({ status, body, why }: Answer): TestFinding {
  const name = 'credentials';
  if (status === 401 || status === 403) {
    return finding(
      name,
      'fails',
      'Asterisk refuses the user name or the password.',
      'Compare both with the user in ari.conf, and reload Asterisk after a change there.',
    );
  }
  if (status === 200 && versionIn(body) !== null) {
    return finding(name, 'works', 'Asterisk accepts the user name and the password.');
  }
  return finding(
    name,
    'fails',
    status === 200 ? 'What answers there is no Asterisk.' : `Asterisk cannot be asked (${why}).`,
    'The URL is that of the ARI, such as http://10.0.0.5:8088/ari; http.conf and ari.conf must both be enabled, and this machine must reach the port.',
  );
}

function versionOf({ body }: Answer): TestFinding {
  const version = versionIn(body) ?? '';
  const [major = 0, minor = 0] = (version.match(/\d+/g) ?? []).map(Number);
  const isNew = major > NEWEST_LINE || minor >= (NEEDED.get(major) ?? Infinity);
  if (isNew) return finding('version', 'works', `It is Asterisk ${version}.`);
  return finding(
    'version',
    'limited',
    `It says that it is Asterisk ${version}.`,
    `Patchbay needs Asterisk ${[...NEEDED].map((release) => release.join('.')).join(', ')}, or a later release of these lines.`,
  );
}

function versionIn(body: unknown): string | null {
  const { system } = Object(body) as { system?: { version?: unknown } };
  const version = system?.version;
  return typeof version === 'string' ? version.slice(0, 40) : null;
}

/** The network's own code; the message may hold the URL. */
function reasonOf(error: unknown): string {
  const { name, cause } = Object(error) as { name?: string; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return `no answer within ${WITHIN_MS / 1_000} s`;
  return typeof cause?.code === 'string' ? cause.code : 'no connection';
}
