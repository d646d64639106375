import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/package-root.js';
import type { Layout } from './layout.js';
import type { AsteriskPorts } from './ports.js';

/** The numbers that are dialled by `PJSIP/{digits}`. The phone's is on the page. */
export const PHONE_NUMBER = '+12025550143';
export const PEER_NUMBER = '+12025550144';
export const NOBODYS_NUMBER = '+12025550145';
/** Leads out of this Asterisk and into it again, where it dials 100. */
export const ROUND_NUMBER = '+12025550146';
/** A second phone. */
export const PERSON_NUMBER = '+12025550147';

/** The page whose lines are tried. */
const PAGE = 'docs/carriers/asterisk.md';
/** The headings under which the page has the files, in words that its numbered list begins with. */
const FROM_PAGE = ['http.conf', 'ari.conf', 'websocket_client.conf'] as const;

const MODULES = `
res_sorcery_config res_sorcery_memory res_sorcery_astdb res_timing_timerfd
res_http_websocket res_websocket_client
res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop
res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels
res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings
app_stasis chan_websocket chan_bridge_media res_rtp_asterisk
bridge_simple bridge_softmix bridge_native_rtp bridge_holding
res_pjproject res_pjsip res_pjsip_session res_pjsip_sdp_rtp chan_pjsip
res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest res_pjsip_registrar
res_pjsip_endpoint_identifier_user res_pjsip_endpoint_identifier_ip
res_pjsip_endpoint_identifier_anonymous res_pjsip_caller_id
res_pjsip_dtmf_info res_pjsip_rfc3326 res_pjsip_pubsub res_pjsip_refer res_pjsip_nat
codec_ulaw codec_alaw codec_resample format_pcm pbx_config app_dial app_echo app_playtones app_transfer func_channel func_dialplan func_callerid
`
  .trim()
  .split(/\s+/);

export interface AsteriskOptions {
  ports: AsteriskPorts;
  /** Where our service listens. */
  gatewayPort: number;
  /** For ARI and for the media socket. */
  password: string;
  phonePassword: string;
}

/**
 * All files of `/etc/asterisk`, by name. What a user writes is taken from our own page about
 * Asterisk, so that it is the page that is tried; the rest keeps everything on loopback and in one
 * folder.
 */
export function configFiles(
  at: Layout,
  directory: string,
  options: AsteriskOptions,
): Record<string, string> {
  const { ports } = options;
  const page = readFileSync(join(packageRoot(), PAGE), 'utf8');
  const own = (name: string): string => join(directory, name);
  const modules = MODULES.filter((name) => existsSync(join(at.modules, `${name}.so`)));
  return {
    ...Object.fromEntries(
      FROM_PAGE.map((name) => [name, onLoopback(blockAfter(page, `**${name}**`), options)]),
    ),
    'extensions.conf': [
      blockAfter(page, '**extensions.conf**'),
      // The numbers lead to endpoints of their names, in place of a trunk.
      blockAfter(page, 'a context of the dialplan for it'),
      // Where a caller is referred to.
      `[from-phones]\nexten => ${PERSON_NUMBER},1,Dial(PJSIP/${digitsOf(PERSON_NUMBER)})\n`,
      blockAfter(page, 'through the context `outbound`').replace('${EXTEN}@trunk', '${EXTEN:1}'),
    ].join('\n'),
    'pjsip.conf': pjsip(onLoopback(blockAfter(page, '## A first call'), options), ports),
    'asterisk.conf': `[directories]
astetcdir => ${own('etc')}
astmoddir => ${at.modules}
astvarlibdir => ${own('lib')}
astdbdir => ${own('lib')}
astkeydir => ${own('lib')}
astdatadir => ${at.share}
astagidir => ${own('lib')}
astspooldir => ${own('spool')}
astrundir => ${own('run')}
astlogdir => ${own('log')}
astsbindir => ${join(at.root, 'usr/sbin')}
[options]
verbose = 3
nocolor = yes
documentation_language = en_US
`,
    'modules.conf': `[modules]\nautoload = no\n${modules.map((name) => `load = ${name}.so\n`).join('')}`,
    'logger.conf':
      '[general]\ndateformat = %FT%T.%3q\n[logfiles]\nfull => notice,warning,error,verbose\n',
    'stasis.conf': '[threadpool]\ninitial_size = 2\nmax_size = 8\n[declined_message_types]\n',
    'features.conf': '[general]\n',
    'udptl.conf': `[general]\nudptlstart = ${ports.rtp.from}\nudptlend = ${ports.rtp.from + 1}\n`,
    'rtp.conf': `[general]\nrtpstart = ${ports.rtp.from}\nrtpend = ${ports.rtp.to}\nicesupport = no\n`,
  };
}

/** The first block of code after some words, without its indentation. */
function blockAfter(page: string, words: string): string {
  const rest = page.slice(page.indexOf(words));
  const found = page.includes(words) ? /^( *)```ini\n([\s\S]*?)^ *```$/m.exec(rest) : null;
  if (!found) throw new Error(`${PAGE} has no lines after ${words}`);
  const [, indent = '', text = ''] = found;
  return text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** The page's lines with the ports and passwords of this Asterisk; nothing else is changed. */
function onLoopback(text: string, options: AsteriskOptions): string {
  const { ports, gatewayPort, password, phonePassword } = options;
  return text
    .replaceAll('bindport = 8088', `bindport = ${ports.http}`)
    .replaceAll('127.0.0.1:8000', `127.0.0.1:${gatewayPort}`)
    .replaceAll('0.0.0.0:5060', `127.0.0.1:${ports.sip}`)
    .replaceAll('change-this-password', password)
    .replaceAll('change-this-too', phonePassword);
}

/** The phone of the page, and endpoints that are named by the numbers that lead to them. */
function pjsip(text: string, ports: AsteriskPorts): string {
  const endpoint = (name: string, aor: string): string => `
[${name}]
type = endpoint
context = from-phones
disallow = all
allow = ulaw
aors = ${aor}
`;
  const address = (name: string, port: number, user = ''): string => `
[${name}]
type = aor
contact = sip:${user}127.0.0.1:${port}
qualify_frequency = 0
`;
  return [
    '[global]\ntype = global\nkeep_alive_interval = 0\n\n',
    text,
    endpoint(digitsOf(PHONE_NUMBER), 'phone'),
    endpoint(digitsOf(PEER_NUMBER), 'peer'),
    address('peer', ports.peer),
    endpoint(digitsOf(NOBODYS_NUMBER), 'nobody'),
    address('nobody', ports.nobody),
    // It is recognised as itself by its name when it comes in.
    `${endpoint(digitsOf(ROUND_NUMBER), 'round')}from_user = ${digitsOf(ROUND_NUMBER)}\n`,
    address('round', ports.sip, '100@'),
    endpoint(digitsOf(PERSON_NUMBER), 'person'),
    address('person', ports.person, 'person@'),
    // The phone that follows a REFER calls under a name that it makes up.
    endpoint('anonymous', 'nobody'),
  ].join('');
}

function digitsOf(number: string): string {
  return number.replace('+', '');
}
