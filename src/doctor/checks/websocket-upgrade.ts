import { down, skipped, up, type Check } from '../check.js';
import { explainReply } from '../explain-reply.js';
import { explainSilence } from '../network-error.js';
import { openProbeSocket } from '../probe/ask.js';
import { changesOf, describeChange } from '../probe/changes.js';

const NGINX =
  'Pass the upgrade on (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade").';

/** Can a WebSocket be opened on the path of the media streams? */
export const websocketUpgrade: Check = {
  name: 'websocket-upgrade',
  title: 'A WebSocket from outside',
  group: 'Media streams',
  perAccount: true,
  async look(examination) {
    const { road, provider } = examination;
    const blocked = await road.blocked();
    if (blocked !== null) return skipped(blocked);
    const signatures = provider?.diagnostics?.signatureHeaders ?? [];
    const outcome = await openProbeSocket(
      examination,
      Object.fromEntries(signatures.map((name) => [name, 'none'])),
    );
    switch (outcome.kind) {
      case 'open': {
        outcome.socket.close(1000);
        const sent = { url: outcome.url, method: 'GET', body: '', headers: signatures };
        const broken = changesOf(sent, outcome.arrived, road.origin).filter((one) => one.breaks);
        return broken.length === 0
          ? up('A WebSocket opens through the public URL, on the path of the media streams.')
          : down(
              `A WebSocket opens, but ${broken.map(describeChange).join('; ')}.`,
              'Let the proxy pass on path and headers of /api/v1/telephony/ws unchanged.',
              { changes: broken.map(({ part }) => part) },
            );
      }
      case 'answered': {
        const { status, location, server, arrived } = outcome;
        if (arrived) {
          const dropped = ['upgrade', 'connection', 'sec-websocket-key'].filter(
            (name) => !arrived.headerNames.includes(name),
          );
          return down(
            'The upgrade arrives here as an ordinary request: a proxy has dropped its upgrade headers.',
            NGINX,
            { dropped, server },
          );
        }
        const { seen, fix } = explainReply(status, location);
        return down(
          `A WebSocket is answered with HTTP ${status} in place of 101: ${seen}.`,
          `${fix} ${NGINX}`,
          { status, server },
        );
      }
      case 'failed': {
        const { seen, fix, code } = explainSilence(outcome.error);
        return down(`No WebSocket can be opened: ${seen}.`, `${NGINX} ${fix}`, { code });
      }
      default:
        return outcome satisfies never;
    }
  },
};
