import type { SyntheticRequest } from '../../providers/carrier-diagnostics.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { answerUrl, TELEPHONY_PREFIX } from '../../urls/call-urls.js';
import { down, skipped, up, warn, type Check, type Finding } from '../check.js';
import type { Examination } from '../examination.js';
import { explainReply } from '../explain-reply.js';
import { explainSilence } from '../network-error.js';
import type { OutsideReply } from '../outside.js';
import type { Arrived } from '../probe/arrived.js';
import { askEcho, serverOf } from '../probe/ask.js';
import {
  changesOf,
  describeChange,
  isOfLastHop,
  keepsPort,
  type Change,
} from '../probe/changes.js';

/** Used where nothing can be signed as the carrier signs. It is still a form, so that it takes the same path. */
const UNSIGNED: SyntheticRequest = {
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  body: 'CallerName=%C3%88ve+O%27Neil+%2B+1&FromCity=',
};
/** The content types that carriers take for instructions. */
const XML = new Set(['text/xml', 'application/xml']);
const KEEP =
  'Have the proxy hand on requests as they are: path, query and body untouched (nginx: a proxy_pass without a path of its own).';

/**
 * Calls the answer URL from outside as the carrier does: first to see
 * what arrives, then for an answer. The call that it asks about cannot exist, and
 * nothing is recorded about it.
 */
export const answerUrlCheck: Check = {
  name: 'answer-url',
  title: 'The answer URL from outside',
  group: 'Webhook URL',
  perAccount: true,
  async look(examination) {
    const { road, provider, pathKey, probes } = examination;
    const { ingress } = provider ?? {};
    if (ingress && !asksForAnswers(ingress)) {
      return skipped('This carrier asks no answer URL for instructions.');
    }
    const blocked = await road.blocked();
    if (blocked !== null) return skipped(blocked);
    const runId = probes.runId();
    const us = { origin: road.origin, key: pathKey };
    const url = answerUrl(us, { workflowId: 1, userId: 1, runId });
    const request = provider?.diagnostics?.syntheticAnswer(url) ?? UNSIGNED;
    const probe = await askEcho(examination, url, request);
    if ('error' in probe) {
      const { seen, fix, code } = explainSilence(probe.error);
      return down(`The answer URL gives no reply: ${seen}.`, fix, { code });
    }
    const { reply, arrived } = probe;
    if (!arrived) return await lost(examination, reply);
    const changes = changesOf(sentAs(url, request, provider), arrived, road.origin);
    const broken = changes.filter((change) => change.breaks);
    if (broken.length > 0) return changed(broken, arrived, serverOf(reply.headers));
    if (!provider) {
      return warn(
        'The answer URL is reached unchanged; without a carrier nobody can sign a real request.',
        'Configure a carrier.',
        detailOf(arrived, changes),
      );
    }
    if (request === UNSIGNED) {
      return up(
        'The answer URL is reached unchanged. A question as this carrier asks it cannot be made up here, so only a call shows that it is answered.',
        detailOf(arrived, changes),
      );
    }
    const asked = { ...request, signal: examination.signal };
    const [answer, spelledOut] = await Promise.all([
      examination.outside.request(url, asked),
      askEcho(examination, url, { ...request, host: `${road.host}:443` }),
    ]);
    // A proxy that refuses such a Host altogether is no problem, because carriers do not send one.
    const port = 'arrived' in spelledOut ? spelledOut.arrived : null;
    if (answer.status === 503 && !(await examination.storeIsUp())) {
      return skipped('Requests arrive unchanged, but are not answered: `store` is down.');
    }
    return judge(answer, provider, arrived, changes, port === null || keepsPort(port));
  },
};

function asksForAnswers(ingress: CarrierAccount['ingress']): boolean {
  return (
    ingress.transport === 'webhook' && ingress.routes.some(({ purpose }) => purpose === 'answer')
  );
}

function sentAs(url: string, request: SyntheticRequest, provider: CarrierAccount | null) {
  const headers = ['content-type', ...(provider?.diagnostics?.signatureHeaders ?? [])];
  return { url, method: request.method, body: request.body, headers };
}

function judge(
  reply: OutsideReply,
  { ingress }: CarrierAccount,
  arrived: Arrived,
  changes: readonly Change[],
  portIsKept: boolean,
): Finding {
  const detail = { ...detailOf(arrived, changes), status: reply.status, port_kept: portIsKept };
  const expected = ingress.transport === 'webhook' ? ingress.render({ kind: 'hangup' }) : null;
  if (reply.status !== 200 || reply.body !== expected?.body) {
    return down(
      `The request arrives unchanged, but a signed question is answered with HTTP ${reply.status} in place of an instruction.`,
      reply.status === 403
        ? 'Either the signature is changed on the way although its header arrives, or what stands in front refuses some requests: look at its filters and its log.'
        : 'Look at the check `store`, and at the log of the service for this time.',
      detail,
    );
  }
  const [type = ''] = (reply.headers['content-type'] ?? '').split(';');
  if (!XML.has(type.trim().toLowerCase())) {
    return down(
      `A signed question from outside is answered, but the answer arrives as "${type.slice(0, 50)}" in place of text/xml: a carrier takes it for a page, logs 12300 and ends the call.`,
      'Let the proxy pass on the Content-Type of replies (nginx: no add_header Content-Type, no forced default_type), and take filters that rewrite pages off /api/v1/telephony.',
      { ...detail, content_type: type.slice(0, 50) },
    );
  }
  if (changes.length === 0) {
    const seen = 'A signed question from outside arrives unchanged and is answered.';
    return up(
      portIsKept
        ? seen
        : `${seen} A port that is spelled out in Host is stripped on the way (":443"), which matters to nothing here.`,
      detail,
    );
  }
  return warn(
    `A signed question from outside is answered, but on the way ${changes.map(describeChange).join('; ')}${byWhom(changes, arrived)}.`,
    'Calls work: signatures are checked against the public URL. Other software may not: let the proxy pass on the true Host and X-Forwarded-Proto (nginx: proxy_set_header Host $host).',
    detail,
  );
}

function changed(broken: readonly Change[], arrived: Arrived, server: string | null): Finding {
  const who = server === null ? 'On the way' : `On the way (${server} answers)`;
  return down(
    `${who} ${broken.map(describeChange).join('; ')}${byWhom(broken, arrived)}.`,
    broken.some(({ part }) => part === 'headers')
      ? 'Let the proxy pass on all headers: the signature is in one of them.'
      : KEEP,
    detailOf(arrived, broken),
  );
}

/** Which hop it was, as far as the hops' headers show it. */
function byWhom(changes: readonly Change[], arrived: Arrived): string {
  if (changes.every((change) => isOfLastHop(change, arrived))) {
    return ' (by the hop next to this service, which says that it had it right)';
  }
  const { via } = arrived.forwarded;
  return via === undefined ? '' : ` (through ${via})`;
}

/** The reply came from another service. Does that service get all requests, or only those to this path? */
async function lost(examination: Examination, reply: OutsideReply): Promise<Finding> {
  const { road, probes } = examination;
  const nonce = probes.issue();
  const echoUrl = `${road.origin}${TELEPHONY_PREFIX}/diagnostics/echo/${nonce}`;
  const second = await askEcho(examination, echoUrl, UNSIGNED);
  probes.revoke(nonce);
  const others = 'arrived' in second && second.arrived !== null;
  const server = serverOf(reply.headers);
  const { seen, fix } = explainReply(reply.status, reply.headers.location);
  const detail = { status: reply.status, server, other_paths_arrive: others };
  if (others) {
    return down(
      `Other requests reach this service, but not those to the answer path: ${seen}.`,
      'Look for a rule of the proxy for this path, such as a redirect, a filter or a login.',
      detail,
    );
  }
  return down(
    `Requests to the public URL do not reach this service: ${seen}${server === null ? '' : `, by ${server}`}.`,
    fix,
    detail,
  );
}

function detailOf(arrived: Arrived, changes: readonly Change[]): Record<string, unknown> {
  return {
    changes: changes.map(({ part, sent, arrived: was }) => ({ part, sent, arrived: was })),
    host: arrived.host,
    forwarded: arrived.forwarded,
    header_names: arrived.headerNames,
  };
}
