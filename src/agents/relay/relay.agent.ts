import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ClientOptions } from 'ws';
import { guardedLookup, outboundProblem, type OutboundRules } from '../../shared/outbound-guard.js';
import {
  Agent,
  type AgentCall,
  type AgentNeed,
  type AgentServer,
  type AgentSession,
} from '../agent.js';
import { askBot } from './ask-bot.js';
import { RelaySession } from './relay-session.js';
import { RelaySettings } from './relay.variables.js';

/** The length of name and value together, as on Twilio. */
const PARAMETER_MAX = 499;

interface RelayOptions {
  url: string;
  auth_token?: string;
  parameters?: Record<string, string>;
}

/** Hands the call to a bot that was written for Twilio, whatever the carrier. */
@Injectable()
export class RelayAgent extends Agent {
  readonly name = 'relay';
  readonly description = "Hands the call on to your own bot, in Twilio's Media Streams protocol.";
  readonly optionsSchema = {
    type: 'object',
    properties: {
      url: {
        type: 'string',
        title: 'Address of the bot',
        maxLength: 2_000,
        description:
          'Where the bot listens: wss://, or ws:// to a host that AGENT_ALLOWED_HOSTS lists.',
      },
      auth_token: {
        type: 'string',
        title: 'Token that signs',
        minLength: 1,
        maxLength: 500,
        writeOnly: true,
        description:
          'Signs the handshake as Twilio does (X-Twilio-Signature); the token the bot checks with.',
      },
      parameters: {
        type: 'object',
        title: 'Parameters',
        maxProperties: 50,
        additionalProperties: { type: 'string', maxLength: PARAMETER_MAX },
        description: 'Custom parameters of the `start` message.',
      },
    },
    required: ['url'],
    additionalProperties: false,
  };
  override readonly resumes = true;

  constructor(private readonly settings: RelaySettings) {
    super();
  }

  override needs(): AgentNeed[] {
    return [
      {
        setting: 'AGENT_ALLOWED_HOSTS',
        required: false,
        met: this.settings.allowedHosts.length > 0,
        purpose:
          'Only for bots that are private, such as one next door, or that speak plain ws://.',
        steps: [
          'Put the names or addresses of their hosts into `.env` or the environment: `AGENT_ALLOWED_HOSTS=bot.internal,127.0.0.1`.',
          'Restart Patchbay.',
        ],
      },
    ];
  }

  override problemsWith(options: Readonly<Record<string, unknown>>): string[] {
    const { url } = optionsOf(options);
    if (!URL.canParse(url)) return ['url must be a URL'];
    if (url.includes('#')) return ['url must not have a fragment'];
    const problem = outboundProblem(new URL(url), this.rules());
    return problem === null ? [] : [`url ${problem}`];
  }

  async answer(call: AgentCall): Promise<AgentSession> {
    // The check is repeated, because settings or addresses may have changed since the options were saved.
    const [problem] = this.problemsWith(call.options);
    if (problem !== undefined) throw new Error(`the bot is not called: ${problem}`);
    const { url, parameters = {} } = optionsOf(call.options);
    const session = new RelaySession(call, {
      url,
      options: this.handshakeOf(optionsOf(call.options)),
      parameters: {
        ...parametersOf(call, parameters),
        ...(call.resumed ? { patchbay_resumed: call.resumed.reason } : {}),
      },
    });
    await session.begin();
    return session;
  }

  /** The bot sees a WebSocket that is closed again without a message. */
  override serversOf(options: Readonly<Record<string, unknown>>): readonly AgentServer[] {
    const { url, auth_token: token = '' } = optionsOf(options);
    return [
      {
        name: `the bot at ${new URL(url).host}`,
        id: JSON.stringify([url, token]),
        ask: async (signal) => {
          const problem = await askBot(url, this.handshakeOf(optionsOf(options)), signal);
          const fix =
            'Start the bot, and correct the workflow’s `url` and `auth_token`; its log says why it refuses.';
          return problem === null ? null : { problem, fix };
        },
      },
    ];
  }

  private handshakeOf({ url, auth_token: token }: RelayOptions): ClientOptions {
    const lookup = guardedLookup(new URL(url), this.rules());
    return {
      ...(lookup ? { lookup } : {}),
      headers: token === undefined ? {} : { 'X-Twilio-Signature': signature(token, url) },
    };
  }

  private rules(): OutboundRules {
    return {
      schemes: ['wss', 'ws'],
      trustedHosts: this.settings.allowedHosts,
      setting: 'AGENT_ALLOWED_HOSTS',
    };
  }
}

/** Base64 of HMAC-SHA1 over the URL (Twilio docs, "Security"). An upgrade has no fields. */
function signature(token: string, url: string): string {
  return createHmac('sha1', token).update(url, 'utf8').digest('base64');
}

/** The parameters that a bot on Twilio would get from its TwiML: the workflow's, the stream's, and the parties of the call. */
function parametersOf(
  { facts, simulated }: AgentCall,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const context = Object.entries(facts.context).filter(
    ([, value]) => typeof value !== 'object' && value !== undefined,
  );
  const all = [
    ...context.map(([name, value]) => [name, String(value)] as const),
    ...Object.entries(facts.parameters),
    ['from', facts.from],
    ['to', facts.to],
    ['direction', facts.direction],
    ['workflow_run_id', String(facts.workflowRunId)],
    ...(simulated ? [['simulated', 'true'] as const] : []),
    ...Object.entries(own),
  ] as const;
  return Object.fromEntries(
    all.filter(([name, value]) => name.length + value.length <= PARAMETER_MAX),
  );
}

function optionsOf(options: Readonly<Record<string, unknown>>): RelayOptions {
  return options as unknown as RelayOptions;
}
