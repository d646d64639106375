import { Injectable } from '@nestjs/common';
import { Agent, type AgentCall, type AgentSession, type WorkflowMention } from '../agent.js';
import { isCarrierSound } from '../../shared/sound-name.js';
import { SOUND_NAME, Sounds } from '../sounds.js';
import { MenuSession, type MenuOptions, type MenuStep } from './menu-session.js';

const STEP_NAME = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,50}$' } as const;

/** A minimal IVR: sounds, and keys that lead from one step to another. */
@Injectable()
export class MenuAgent extends Agent {
  readonly name = 'menu';
  readonly description = 'Plays prompts and follows the keys the caller presses.';
  readonly optionsSchema = {
    type: 'object',
    properties: {
      start: { ...STEP_NAME, title: 'First step', description: 'The first step.' },
      steps: {
        type: 'object',
        title: 'Steps',
        minProperties: 1,
        maxProperties: 100,
        propertyNames: { pattern: STEP_NAME.pattern },
        additionalProperties: {
          type: 'object',
          properties: {
            prompt: {
              type: 'array',
              title: 'Sounds',
              items: SOUND_NAME,
              maxItems: 20,
              description: 'Sounds, one after another.',
            },
            keys: {
              type: 'object',
              title: 'Keys',
              propertyNames: { pattern: '^[0-9A-D*#]$' },
              additionalProperties: STEP_NAME,
              description: 'The step that each key leads to.',
            },
            timeout_seconds: {
              type: 'number',
              title: 'Seconds to wait for a key',
              minimum: 0.5,
              maximum: 60,
              default: 5,
            },
            attempts: {
              type: 'integer',
              title: 'Times the sounds are played',
              minimum: 1,
              maximum: 10,
              default: 3,
              description: 'How often the prompt is played without a key that leads anywhere.',
            },
            next: {
              ...STEP_NAME,
              title: 'Next step',
              description:
                'Where it goes on without keys, or after the last attempt; absent: hang up.',
            },
            transfer: {
              type: 'object',
              title: 'Connected with a person',
              properties: {
                target: {
                  type: 'string',
                  title: 'Person',
                  minLength: 1,
                  maxLength: 50,
                  description: "The name of one of the workflow's transfer targets.",
                },
                announce: {
                  title: 'What the person hears first',
                  description:
                    'What the person hears before the caller: a text, or, where the carrier can say none (Asterisk), a sound: `{"sound": "a-caller.wav"}`.',
                  // Not `anyOf`: what is wrong is told of the kind that was meant, and not of the other.
                  allOf: [
                    {
                      if: { type: 'object' },
                      else: { type: 'string', minLength: 1, maxLength: 500 },
                    },
                    {
                      if: { type: 'string' },
                      else: {
                        type: 'object',
                        properties: { sound: SOUND_NAME },
                        required: ['sound'],
                        additionalProperties: false,
                      },
                    },
                  ],
                },
              },
              required: ['target'],
              additionalProperties: false,
              description:
                'After the prompt, the caller is connected with a person. `next` is where it goes on if that person is not reached.',
            },
            workflow: {
              type: 'integer',
              title: 'Workflow that goes on',
              minimum: 1,
              maximum: Number.MAX_SAFE_INTEGER,
              description:
                'After the prompt, this workflow of yours, by its id, goes on with the call. `next` is where it goes on if that one cannot.',
            },
            facts: {
              type: 'object',
              title: 'Facts',
              additionalProperties: { type: 'string', maxLength: 500 },
              description: 'Stored on the call when the step is reached.',
            },
          },
          additionalProperties: false,
        },
      },
    },
    required: ['start', 'steps'],
    additionalProperties: false,
  };
  override readonly resumes = true;

  constructor(private readonly sounds: Sounds) {
    super();
  }

  override async problemsWith(
    options: Readonly<Record<string, unknown>>,
    userId: number,
  ): Promise<string[]> {
    const { start, steps } = optionsOf(options);
    const known = new Set(Object.keys(steps));
    const named = [
      ['start', start],
      ...Object.entries(steps).flatMap(([name, { keys = {}, next }]) => [
        ...Object.entries(keys).map(([key, step]) => [`steps.${name}.keys.${key}`, step]),
        ...(next === undefined ? [] : [[`steps.${name}.next`, next]]),
      ]),
    ] as Array<[string, string]>;
    const both = Object.entries(steps)
      .map(([name, step]) => [name, waysOutOf(step)] as const)
      .filter(([, ways]) => ways.length > 1);
    const sounds = Object.values(steps).flatMap((step) => [
      ...(step.prompt ?? []),
      ...announcedSounds(step),
    ]);
    return [
      ...named
        .filter(([, step]) => !known.has(step))
        .map(([where, step]) => `${where} leads to "${step}", which is not a step`),
      ...both.map(
        ([name, ways]) => `steps.${name} has ${ways.join(' and ')}, and can have but one of them`,
      ),
      ...(await this.sounds.problemsWith(sounds, userId)),
    ];
  }

  override targetsIn(options: Readonly<Record<string, unknown>>): Record<string, string> {
    const steps = Object.entries(optionsOf(options).steps);
    return Object.fromEntries(
      steps.flatMap(([name, { transfer }]) =>
        transfer ? [[`steps.${name}.transfer.target`, transfer.target]] : [],
      ),
    );
  }

  override workflowsIn(options: Readonly<Record<string, unknown>>): WorkflowMention[] {
    return Object.entries(optionsOf(options).steps).flatMap(([name, { workflow }]) =>
      workflow === undefined ? [] : [{ option: `steps.${name}.workflow`, workflowId: workflow }],
    );
  }

  async answer(call: AgentCall): Promise<AgentSession> {
    const options = optionsOf(call.options);
    call.resumed?.interrupted?.dropTail();
    const names = Object.values(options.steps).flatMap(({ prompt = [] }) => prompt);
    const sounds = new Map(
      await Promise.all(
        [...new Set(names)].map(
          async (name) => [name, await this.sounds.load(name, call.facts.userId)] as const,
        ),
      ),
    );
    const session = new MenuSession(call, options, sounds);
    if (!call.signal.aborted) session.begin();
    return session;
  }
}

/** The sound that a step's person hears first, unless the carrier may have one of that name. */
function announcedSounds({ transfer }: MenuStep): string[] {
  const announce = transfer?.announce;
  return typeof announce === 'object' && !isCarrierSound(announce.sound) ? [announce.sound] : [];
}

/** What may follow a prompt, of which a step has one at most. */
function waysOutOf({ keys, transfer, workflow }: MenuStep): string[] {
  return [
    ...(keys ? ['keys'] : []),
    ...(transfer ? ['a transfer'] : []),
    ...(workflow === undefined ? [] : ['a workflow']),
  ];
}

function optionsOf(options: Readonly<Record<string, unknown>>): MenuOptions {
  return options as unknown as MenuOptions;
}
