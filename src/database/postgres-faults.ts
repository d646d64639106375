import { Client } from 'pg';
import { codeOf, StartError } from '../shared/start-error.js';
import { isUnavailable, StoreUnavailableError } from './store-errors.js';

/** Where DATABASE_URL leads; holds no secret. */
export interface PostgresPlace {
  host: string;
  port: number;
  database: string;
  user: string;
}

/** Why PostgreSQL cannot be used. Both texts go into the log and to `/health/ready`, which is open. */
export interface PostgresFault {
  /** The cause, as a clause that names host and port. */
  cause: string;
  /** The fix, as a sentence. */
  fix: string;
  /** Whether the fault will not resolve itself, so that a start ends with it. */
  permanent: boolean;
}

const CERTIFICATE =
  /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(VERIFY|GET)|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;
/**
 * Poolers report most faults under 08P01; only the text distinguishes temporary
 * faults from permanent ones.
 */
const POOLER_REFUSES =
  /unsupported (startup|pkt)|no such (database|user)|not allowed in|(auth|authentication) failed|not supported by|bouncer config error/i;
const QUOTED_MAX = 200;

/**
 * Explains an error; null for one that is not about the connection to PostgreSQL: a
 * fault of ours, or of a migration.
 */
export function explainPostgres(error: unknown, place: PostgresPlace): PostgresFault | null {
  const at = placeName(place);
  const code = codeOf(error) || codeOf(firstOf(error));
  const message = error instanceof Error ? error.message : '';
  const passing = (cause: string, fix: string): PostgresFault => ({ cause, fix, permanent: false });
  const lasting = (cause: string, fix: string): PostgresFault => ({ cause, fix, permanent: true });

  if (CERTIFICATE.test(code)) {
    return lasting(
      `the certificate of ${at} is not trusted by this machine (${code})`,
      'Name the authority that signed it: append sslrootcert=/path/to/ca.pem to the URL, or set NODE_EXTRA_CA_CERTS. sslmode=no-verify encrypts without looking at the certificate.',
    );
  }
  switch (code) {
    case 'ECONNREFUSED':
      return passing(`${at} refuses connections`, 'Start PostgreSQL, or correct host and port.');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return passing(
        `the host name "${place.host}" cannot be looked up (${code})`,
        'Correct the host, or put right the DNS.',
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return passing(
        `${at} cannot be reached (${code})`,
        'Look at the network and the firewalls in between.',
      );
    case 'ENOENT':
    case 'EACCES':
      return Object(error).syscall === 'connect'
        ? passing(
            `there is no socket to be used at ${at} (${code})`,
            'Start PostgreSQL, or correct the directory of its socket.',
          )
        : lasting(
            `a file that the URL names cannot be read (${code})`,
            'Correct the paths in sslrootcert, sslcert and sslkey, and who may read them.',
          );
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return lasting(
        `${at} does not speak TLS as it should (${code})`,
        'Take sslmode out of the URL, or put TLS right at the server.',
      );
    case '28P01':
      return lasting(
        `${at} does not take the user name or the password (28P01)`,
        'Correct both; special characters in them must be percent-encoded.',
      );
    case '28000':
      return lasting(
        `${at} does not let this user in from here (28000)`,
        'Create the role, add a line to pg_hba.conf, or append sslmode=require where the server wants TLS.',
      );
    case '3D000':
      return lasting(
        `${at} has no such database (3D000)`,
        'Create it (createdb), or correct the last part of the URL.',
      );
    case '42501':
      return lasting(
        `${at} does not let this user create or use our tables (42501)`,
        'Make the user the owner of the database, or GRANT CREATE, USAGE ON SCHEMA public to it.',
      );
    case '53300':
    case '53400':
      return passing(
        `${at} has no connection left (${code})`,
        'Raise max_connections there, or find out who holds so many.',
      );
    case '25006':
      return passing(
        `${at} is read-only (25006)`,
        'Point the URL at the primary server: this one may be a standby.',
      );
    case '57P03':
      return passing(`${at} is starting or stopping (57P03)`, 'Wait, or look at its log.');
    case '08P01': {
      const refused = POOLER_REFUSES.test(message);
      return {
        cause: `${at} refuses the connection: ${quoted(message)}`,
        fix: refused
          ? 'It says why: correct the URL, or the configuration of the pooler.'
          : 'Look at the pooler and at the PostgreSQL behind it.',
        permanent: refused,
      };
    }
    default:
  }
  if (/does not support SSL/i.test(message)) {
    return lasting(`${at} does not speak TLS`, 'Take sslmode out of the URL.');
  }
  if (/^SASL|client password must be/i.test(message)) {
    return lasting(
      `${at} asks for a password in a way that failed`,
      'Put the right password into the URL, percent-encoded.',
    );
  }
  if (/Connection terminated|ECONNRESET|EPIPE/.test(`${message} ${code}`)) {
    return passing(
      `${at} closes the connection`,
      'Make sure that it is PostgreSQL that listens there, and look at its log.',
    );
  }
  if (/timeout/i.test(message)) {
    return passing(
      `${at} does not answer in time`,
      'Look at the load of the server and at the network in between.',
    );
  }
  if (error instanceof StoreUnavailableError) {
    return passing(error.message, 'Look at the log of PostgreSQL.');
  }
  if (isUnavailable(error)) {
    return passing(`${at} does not answer (${code || 'no code'})`, 'Look at its log.');
  }
  return null;
}

/**
 * Reads the place as `pg` reads the URL, whose host may also be in its query.
 * @throws StartError when the URL names a file that cannot be read
 */
export function placeOf(url: string): PostgresPlace {
  try {
    const { host, port, database, user } = new Client({ connectionString: url });
    return { host, port, database: database ?? '', user: user ?? '' };
  } catch (error) {
    const { hostname, port } = new URL(url);
    const place = { host: hostname, port: Number(port || 5432), database: '', user: '' };
    const fault = explainPostgres(error, place);
    if (!fault) throw error;
    throw new StartError('DATABASE_URL', fault.cause, fault.fix, { cause: error });
  }
}

export function placeName({ host, port }: PostgresPlace): string {
  if (host.startsWith('/')) return `PostgreSQL at ${host}/.s.PGSQL.${port}`;
  return `PostgreSQL at ${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The first error where several addresses of a name failed, which Node reports together. */
function firstOf(error: unknown): unknown {
  const { errors } = Object(error) as { errors?: unknown };
  return Array.isArray(errors) ? (errors[0] as unknown) : null;
}

function quoted(message: string): string {
  return `"${message.replaceAll(/\s+/g, ' ').slice(0, QUOTED_MAX)}"`;
}
