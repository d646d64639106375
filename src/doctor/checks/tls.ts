import { down, skipped, up, warn, type Check, type Finding } from '../check.js';
import type { Examination } from '../examination.js';
import { explainConnection } from '../network-error.js';
import type { Handshake } from '../handshake.js';

const DAY_MS = 86_400_000;
const WARN_DAYS = 14;

/** Is there TLS at port 443, with a certificate that carriers trust, and how long is it valid? */
export const tls: Check<Pick<Examination, 'road' | 'clock'>> = {
  name: 'tls',
  title: 'The certificate',
  group: 'Webhook URL',
  async look({ road, clock }) {
    if (road.absence !== null) return skipped(road.absence);
    if ('error' in (await road.dns())) return skipped('Not looked at: `dns` is down.');
    const result = await road.tls();
    if ('error' in result) {
      const { seen, fix, code } = explainConnection(result.error);
      return down(`TLS with ${road.host} fails: ${seen}.`, fix, { code });
    }
    return judge(road.host, result.handshake, clock.now());
  },
};

function judge(host: string, { problem, protocol, certificate }: Handshake, now: Date): Finding {
  if (certificate === null) {
    return down(`${host} shows no certificate.`, 'Configure one where TLS ends.', { protocol });
  }
  const { subject, issuer, validFrom, validTo, chain, firstToExpire } = certificate;
  const daysLeft = daysBetween(now, validTo);
  const chainDaysLeft = firstToExpire && daysBetween(now, firstToExpire.validTo);
  const detail = {
    problem,
    protocol,
    subject,
    issuer,
    valid_from: validFrom.toISOString(),
    valid_to: validTo.toISOString(),
    days_left: daysLeft,
    chain,
    chain_days_left: chainDaysLeft,
  };
  if (validTo <= now || problem === 'CERT_HAS_EXPIRED') {
    return down(
      `The certificate of ${host}, or one in its chain, has expired.`,
      'Renew the certificate where TLS ends, and see to it that it is renewed by itself.',
      detail,
    );
  }
  if (problem !== null) {
    const { seen, fix } = untrusted(problem);
    return down(`The certificate of ${host} ${seen} (${problem}).`, fix, detail);
  }
  if (daysLeft < WARN_DAYS) {
    return warn(
      `The certificate of ${host} is valid for only ${daysLeft} more days.`,
      'Renew it where TLS ends; automatic renewal should have done so by now.',
      detail,
    );
  }
  if (firstToExpire && chainDaysLeft !== null && chainDaysLeft < WARN_DAYS) {
    return warn(
      `The certificate of ${host} is signed through "${firstToExpire.subject}", which is valid for only ${chainDaysLeft} more days.`,
      'Renew the certificate, and serve the chain that comes with the new one (fullchain.pem).',
      detail,
    );
  }
  return up(
    `${host} has a trusted certificate for ${daysLeft} more days (${protocol ?? 'TLS'}).`,
    detail,
  );
}

function daysBetween(now: Date, then: Date): number {
  return Math.floor((then.getTime() - now.getTime()) / DAY_MS);
}

/** The meanings by Node's (OpenSSL's) code. */
function untrusted(problem: string): { seen: string; fix: string } {
  switch (problem) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        seen: 'is for another name',
        fix: 'Get a certificate for the host in PUBLIC_URL, or correct PUBLIC_URL.',
      };
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return {
        seen: 'comes without the rest of its chain, or from an authority nobody trusts',
        fix: 'Serve the full chain (fullchain.pem, not cert.pem) from a public certificate authority.',
      };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return {
        seen: 'is signed by itself or by an authority of your own',
        fix: 'Carriers trust public authorities only: get a certificate from one, such as Let’s Encrypt.',
      };
    case 'CERT_NOT_YET_VALID':
      return {
        seen: 'is not valid yet',
        fix: 'Check the clock of this machine and of the one that issued it.',
      };
    default:
      return {
        seen: 'is not trusted',
        fix: 'Get a certificate for this host from a public authority.',
      };
  }
}
