import { eventsUrl } from '../../urls/call-urls.js';
import { down, skipped, up, type Check } from '../check.js';
import { explainReply } from '../explain-reply.js';
import { explainSilence } from '../network-error.js';
import { askEcho, serverOf } from '../probe/ask.js';
import { changesOf, describeChange } from '../probe/changes.js';

const BODY = 'CallStatus=completed&SequenceNumber=3';
const CONTENT_TYPE = 'application/x-www-form-urlencoded; charset=UTF-8';

/** Does the run's id in the path of a status callback arrive unchanged? */
export const runIdInUrl: Check = {
  name: 'run-id-in-url',
  title: 'The run id in callback URLs',
  group: 'Status callbacks',
  perAccount: true,
  async look(examination) {
    const { road, provider, pathKey, probes } = examination;
    if (provider?.ingress.transport === 'feed') {
      return skipped('This carrier reports its events on a connection of its own.');
    }
    const blocked = await road.blocked();
    if (blocked !== null) return skipped(blocked);
    const runId = probes.runId();
    const url = eventsUrl({ origin: road.origin, key: pathKey }, runId);
    const headers = { 'Content-Type': CONTENT_TYPE };
    const asked = await askEcho(examination, url, { headers, body: BODY });
    if ('error' in asked) {
      const { seen, fix, code } = explainSilence(asked.error);
      return down(`A callback to the public URL gets no reply: ${seen}.`, fix, { code });
    }
    const { reply, arrived } = asked;
    const fix =
      'Let the proxy pass on all paths below /api/v1/telephony/status-callback unchanged, for POST.';
    if (!arrived) {
      const { seen } = explainReply(reply.status, reply.headers.location);
      return down(`Callbacks to the public URL do not reach this service: ${seen}.`, fix, {
        status: reply.status,
        server: serverOf(reply.headers),
      });
    }
    const sent = { url, method: 'POST', body: BODY, headers: ['content-type'] };
    const broken = changesOf(sent, arrived, road.origin).filter((change) => change.breaks);
    return broken.length === 0
      ? up('The path of a status callback arrives with its run id.')
      : down(`On the way ${broken.map(describeChange).join('; ')}.`, fix, {
          changes: broken.map(({ part, sent: was, arrived: is }) => ({
            part,
            sent: was,
            arrived: is,
          })),
        });
  },
};
