import { AgentSettings } from './agents/agents.variables.js';
import { AgentVariables } from './agents/outside/agent-variables.js';
import { OpenAiSettings } from './agents/openai-realtime/openai-realtime.variables.js';
import { RelaySettings } from './agents/relay/relay.variables.js';
import type { Environment } from './config/environment.js';
import { whyUnreachable } from './config/host-name.js';
import { parseSections, settingsOf, type InstancesOf } from './config/parse-sections.js';
import { problem, type Look } from './config/section.js';
import type { SettingsProblem } from './config/settings-error.js';
import {
  AccessSettings,
  CredentialsSettings,
  ClusterSettings,
  EventSettings,
  HttpSettings,
  LimitSettings,
  ReconcileSettings,
  RecordingSettings,
  RetentionSettings,
  SimulatedCarrierSettings,
  StoreSettings,
  StreamSettings,
  TracingSettings,
  TranscriptionSettings,
  UrlSettings,
  VoiceSettings,
} from './config/settings.js';
import { settingsInForce, type SettingInForce } from './config/settings-in-force.js';
import type { SettingsWarning } from './config/unknown-variables.js';
import { AlertSettings } from './doctor/alerts/alerts.variables.js';
import { AsteriskVariables } from './providers/asterisk/asterisk.variables.js';
import { CloudonixVariables } from './providers/cloudonix/cloudonix.variables.js';
import { PlivoVariables } from './providers/plivo/plivo.variables.js';
import { ExotelVariables } from './providers/exotel/exotel.variables.js';
import { SignalWireVariables } from './providers/signalwire/signalwire.variables.js';
import { TexmlVariables } from './providers/telnyx-texml/texml.variables.js';
import { TelnyxVariables } from './providers/telnyx/telnyx.variables.js';
import type { TwilioSettings } from './providers/twilio/twilio.settings.js';
import { TwilioVariables } from './providers/twilio/twilio.variables.js';
import { VobizVariables } from './providers/vobiz/vobiz.variables.js';
import { VonageVariables } from './providers/vonage/vonage.variables.js';

/** The carriers' sections: a new carrier adds a line here. */
const CARRIERS = {
  twilio: TwilioVariables,
  asterisk: AsteriskVariables,
  signalWire: SignalWireVariables,
  plivo: PlivoVariables,
  vobiz: VobizVariables,
  telnyx: TelnyxVariables,
  texml: TexmlVariables,
  exotel: ExotelVariables,
  cloudonix: CloudonixVariables,
  vonage: VonageVariables,
};

/**
 * The one list of sections, in the order of `.env.example`. Parsing, injection,
 * the generated pages and the search for misspelt names all use it.
 */
export const SECTIONS = {
  http: HttpSettings,
  urls: UrlSettings,
  store: StoreSettings,
  access: AccessSettings,
  credentials: CredentialsSettings,
  cluster: ClusterSettings,
  ...CARRIERS,
  simulatedCarrier: SimulatedCarrierSettings,
  limits: LimitSettings,
  streams: StreamSettings,
  voice: VoiceSettings,
  reconcile: ReconcileSettings,
  events: EventSettings,
  retention: RetentionSettings,
  recordings: RecordingSettings,
  transcription: TranscriptionSettings,
  agents: AgentSettings,
  relay: RelaySettings,
  openAi: OpenAiSettings,
  alerts: AlertSettings,
  tracing: TracingSettings,
};

/**
 * Variables that `docker-compose.yml` reads and the service does not;
 * `.env.example` lists them too.
 */
export const COMPOSE_VARIABLES: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD:
    "Password of Compose's own PostgreSQL; required there. It is set when the database is first created, and a new value here does not change it.",
};

/** Everything that was configured, parsed once at the start. */
export interface Settings extends Omit<InstancesOf<typeof SECTIONS>, 'twilio'> {
  /** Null while no Twilio account is configured. */
  twilio: TwilioSettings | null;
  /** The variables for agents outside the source. */
  agentVariables: AgentVariables;
  /** Warnings to log at the start; they never prevent it. */
  warnings: readonly SettingsWarning[];
  /** Every setting with its value, secrets without. */
  inForce: readonly SettingInForce[];
}

/**
 * Reads all settings from a record of environment variables. Pure.
 *
 * @throws SettingsError naming every variable that cannot be used.
 */
export function parseSettings(env: Environment): Settings {
  const others = Object.keys(COMPOSE_VARIABLES);
  const { settings, warnings } = parseSections(SECTIONS, env, { conflicts, others });
  const twilio = settings.twilio.account();
  const names = Object.keys(CARRIERS) as Array<keyof typeof CARRIERS>;
  const configured = names.some((name) => settings[name].account() !== null);
  const simulatedCarrier = new SimulatedCarrierSettings(settings.simulatedCarrier, configured);
  const agentVariables = new AgentVariables(foreignVariables(env));
  const inForce = settingsInForce(SECTIONS, env);
  return { ...settings, twilio, simulatedCarrier, agentVariables, warnings, inForce };
}

/** The variables that are set and are not ours alone: an agent may use AWS with the same key. */
function foreignVariables(env: Environment): Record<string, string> {
  const ours = new Set(settingsOf(SECTIONS).map(({ name }) => name));
  for (const name of Object.keys(COMPOSE_VARIABLES)) ours.add(name);
  const isTheirs = (name: string, value: string): boolean =>
    !ours.has(name) || (name.startsWith('AWS_') && value.trim() !== '');
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && isTheirs(name, value) ? [[name, value]] : [],
    ),
  );
}

function conflicts(look: Look): SettingsProblem[] {
  const { publicUrl } = look.of(UrlSettings);
  const why = publicUrl === null ? null : whyUnreachable(new URL(publicUrl).hostname);
  if (why === null || carriersAreHere(look)) return [];
  return [
    problem(
      UrlSettings.fields.publicUrl,
      `must be an address that carriers can reach (${why}): the public name of a proxy or tunnel in front, such as https://calls.example.com; or leave it out and start a tunnel, whose name is found by itself`,
    ),
  ];
}

/** Whether every carrier runs on this machine, as the simulated one does. */
function carriersAreHere(look: Look): boolean {
  const named = Object.values(CARRIERS).filter((carrier) => carrier.isNamed(look));
  if (named.length > 0) return named.every((carrier) => carrier.isLocal(look));
  return look.of(SimulatedCarrierSettings).mode !== 'off';
}
