import { describe, expect, it } from '@jest/globals';
import { explainPostgres } from './postgres-faults.js';
import { StoreUnavailableError } from './store-errors.js';

const PLACE = { host: '10.0.0.5', port: 5432, database: 'calls', user: 'patchbay' };

const failure = (code: string, message = 'quoted', more: object = {}): Error =>
  Object.assign(new Error(message), { code }, more);

describe('an error of PostgreSQL or of the connection to it', () => {
  it.each([
    ['ECONNREFUSED', 'refuses connections'],
    ['EAI_AGAIN', 'cannot be looked up'],
    ['ETIMEDOUT', 'cannot be reached'],
    ['ECONNRESET', 'closes the connection'],
    ['53300', 'has no connection left'],
    ['25006', 'is read-only'],
    ['57P03', 'is starting or stopping'],
    ['57P01', 'does not answer (57P01)'],
  ])('%s passes by itself: %s', (code, cause) => {
    expect(explainPostgres(failure(code), PLACE)).toMatchObject({
      permanent: false,
      cause: expect.stringContaining(cause),
    });
  });

  it.each([
    ['28P01'],
    ['28000'],
    ['3D000'],
    ['42501'],
    ['SELF_SIGNED_CERT_IN_CHAIN'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['ERR_TLS_CERT_ALTNAME_INVALID'],
    ['CERT_HAS_EXPIRED'],
  ])('%s does not', (code) => {
    expect(explainPostgres(failure(code), PLACE)).toMatchObject({
      permanent: true,
      cause: expect.stringContaining('PostgreSQL at 10.0.0.5:5432'),
    });
  });

  it.each([
    ['unsupported startup parameter: statement_timeout', true],
    ['no such database: calls', true],
    ['transaction blocks not allowed in statement pooling mode', true],
    ['server login has been failing, try again later (server_login_retry)', false],
    ['query_wait_timeout', false],
    ['pgbouncer cannot connect to server', false],
  ])('a pooler gives everything one code; "%s" is permanent: %s', (message, permanent) => {
    expect(explainPostgres(failure('08P01', message), PLACE)).toMatchObject({
      permanent,
      cause: `PostgreSQL at 10.0.0.5:5432 refuses the connection: "${message}"`,
    });
  });

  it('distinguishes a missing file from a missing socket', () => {
    const socket = { ...PLACE, host: '/run/postgresql' };
    expect(explainPostgres(failure('ENOENT', '', { syscall: 'connect' }), socket)).toMatchObject({
      permanent: false,
      cause:
        'there is no socket to be used at PostgreSQL at /run/postgresql/.s.PGSQL.5432 (ENOENT)',
    });
    expect(explainPostgres(failure('ENOENT', '', { syscall: 'open' }), PLACE)).toMatchObject({
      permanent: true,
    });
  });

  it('is reported for the first of several addresses, and an IPv6 address is written as in a URL', () => {
    const both = Object.assign(new Error(''), { errors: [failure('ECONNREFUSED')] });
    expect(explainPostgres(both, { ...PLACE, host: '::1' })?.cause).toBe(
      'PostgreSQL at [::1]:5432 refuses connections',
    );
  });

  it('is not explained when it is not about the connection', () => {
    expect(explainPostgres(failure('23505'), PLACE)).toBeNull();
    expect(explainPostgres(new TypeError('x is not a function'), PLACE)).toBeNull();
    expect(explainPostgres(new StoreUnavailableError('lost'), PLACE)?.cause).toBe('lost');
  });
});
