import { sha256 } from '../../shared/sha256.js';
import { prefixOf, stripPrefix } from '../../urls/strip-prefix.js';
import type { Arrived } from './arrived.js';

export interface Sent {
  /** The public URL, https or wss. */
  url: string;
  method: string;
  body: string;
  /** Lower case; headers that must arrive. */
  headers: readonly string[];
}

/** A part of a request that changed on its way. */
export interface Change {
  part: 'method' | 'scheme' | 'host' | 'port' | 'path' | 'query' | 'body' | 'headers';
  sent: string;
  arrived: string;
  /** True if a signature, or the routing to the right call, depends on it. */
  breaks: boolean;
}

/**
 * What changed in a request on its way. A path prefix of the public origin may
 * be passed on or cut off. Signatures are checked against the public URL, so
 * another host, port or scheme breaks nothing here.
 */
export function changesOf(sent: Sent, arrived: Arrived, origin: string): Change[] {
  const url = new URL(sent.url);
  const [path, query] = split(sent.url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/, ''));
  const prefix = prefixOf(origin);
  const [wasPath, wasQuery] = split(arrived.target);
  const missing = sent.headers.filter((name) => !arrived.headerNames.includes(name));
  const host = readHost(arrived.host);
  const scheme = arrived.forwarded['x-forwarded-proto']?.split(',', 1)[0]?.trim().toLowerCase();
  const compared: Array<Change | null> = [
    differs('method', sent.method, arrived.method, true),
    // If the proxy does not report the scheme, it is not known here, because there is no TLS behind the proxy.
    scheme === undefined ? null : differs('scheme', 'https', webScheme(scheme), false),
    differs('host', url.hostname.toLowerCase(), host.name, false),
    differs('port', '443', host.port, false),
    stripPrefix(path, prefix) === stripPrefix(wasPath, prefix)
      ? null
      : differs('path', path, wasPath, true),
    differs('query', query, wasQuery, true),
    differs('body', sha256(sent.body), arrived.bodyHash, true),
    missing.length === 0 ? null : differs('headers', missing.join(', '), 'nothing of them', true),
  ];
  return compared.filter((change) => change !== null);
}

/**
 * Whether a change happened in the hop next to this service: its headers describe
 * the request as it received it, and that was still unchanged. False if
 * it says nothing, or received the request changed.
 */
export function isOfLastHop({ part, sent }: Change, { forwarded }: Arrived): boolean {
  const last = (name: string): string | null =>
    forwarded[name]?.split(',').at(-1)?.trim().toLowerCase() ?? null;
  switch (part) {
    case 'host':
      return last('x-forwarded-host')?.replace(/:\d+$/, '') === sent;
    case 'port':
      return last('x-forwarded-port') === sent;
    case 'path':
      return forwarded['x-original-uri']?.split('?', 1)[0] === sent;
    case 'query':
      return forwarded['x-original-uri']?.split('?')[1] === sent;
    case 'scheme':
    case 'method':
    case 'body':
    case 'headers':
      return false;
    default:
      return part satisfies never;
  }
}

/** Whether a port that was spelled out in Host is still there. Nothing here needs it, but other software may. */
export function keepsPort(arrived: Arrived): boolean {
  return /:\d+$/.test(arrived.host ?? '');
}

/** One clause for people. It contains nothing that the doctor did not send itself. */
export function describeChange({ part, sent, arrived }: Change): string {
  switch (part) {
    case 'body':
      return 'the body arrived changed';
    case 'headers':
      return `these headers did not arrive: ${sent}`;
    case 'method':
    case 'scheme':
    case 'host':
    case 'port':
    case 'path':
    case 'query':
      return `the ${part} was ${shown(sent)} and arrived as ${shown(arrived)}`;
    default:
      return part satisfies never;
  }
}

function differs(part: Change['part'], sent: string, arrived: string, breaks: boolean) {
  return sent === arrived ? null : { part, sent, arrived, breaks };
}

function shown(text: string): string {
  return text === '' ? 'nothing' : `"${text.slice(0, 200)}"`;
}

function split(target: string): [path: string, query: string] {
  const start = target.indexOf('?');
  return start < 0 ? [target, ''] : [target.slice(0, start), target.slice(start + 1)];
}

function webScheme(scheme: string): string {
  return scheme === 'wss' ? 'https' : scheme;
}

/** The default port may be written or left out. */
function readHost(host: string | null): { name: string; port: string } {
  const [, name = '', port = '443'] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(host ?? '') ?? [];
  return { name: name.toLowerCase(), port };
}
