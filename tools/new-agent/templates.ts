/** The text of each file of a new agent, by its name. Formatted as `npm run format` leaves it. */
export function filesOf(name: string): Record<string, string> {
  return {
    [`${name}.agent.js`]: agentFile(name),
    [`${name}.agent.test.js`]: testFile(name),
    [`${name}.workflow.json`]: workflowFile(name),
  };
}

/** `front-desk` is the class `FrontDeskAgent`. */
export function classOf(name: string): string {
  const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Agent`;
}

function agentFile(name: string): string {
  return `import { Agent } from 'patchbay/agent';

const RATE = 8_000;

/** Greets with a tone, counts the keys that are pressed, and hangs up at #. */
export default class ${classOf(name)} extends Agent {
  name = '${name}';
  description = 'Greets with a tone, counts keys, and hangs up at #.';
  optionsSchema = {
    type: 'object',
    properties: {
      frequency_hz: {
        type: 'integer',
        minimum: 100,
        maximum: 3000,
        default: 440,
        description: 'Pitch of the greeting',
      },
    },
    additionalProperties: false,
  };
  audioFormat = 'pcm_8000';

  answer(call) {
    const greeting = call.speak();
    greeting.write(tone(call.options.frequency_hz ?? 440, 0.5));
    greeting.end();
    let keys = 0;
    return {
      onAudio: () => undefined,
      onDtmf: (digit) => {
        if (digit !== '#') {
          keys += 1;
          return;
        }
        call.setFacts({ keys });
        call.hangUp();
      },
    };
  }
}

/** A sine of so many seconds, 16 bits. */
function tone(frequencyHz, seconds) {
  const samples = Int16Array.from({ length: seconds * RATE }, (_, index) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * frequencyHz * index) / RATE)),
  );
  return Buffer.from(samples.buffer);
}
`;
}

function testFile(name: string): string {
  const type = classOf(name);
  return `import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { acceptanceTests } from 'patchbay/agent/acceptance';
import { ScriptedCaller } from 'patchbay/agent/scripted-caller';
import ${type} from './${name}.agent.js';

const create = () => new ${type}({ log: console, env: {} });

describe('as every agent', () => {
  const agent = { create, options: {}, badOptions: [{ frequency_hz: 0 }] };
  for (const { title, run } of acceptanceTests(agent)) test(title, run);
});

test('greets, counts keys, and hangs up at #', async () => {
  const caller = new ScriptedCaller(create());
  await caller.connect();
  await caller.hearOut();
  // Half a second of 16-bit samples.
  assert.equal(Buffer.concat(caller.heard).length >= 8_000, true);
  await caller.press('12#');
  await caller.listen(100);
  assert.equal(caller.ended, 'agent');
  assert.deepEqual(caller.facts, { keys: 2 });
});
`;
}

function workflowFile(name: string): string {
  const title = name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
  const body = { name: title, agent: name, agent_options: { frequency_hz: 440 } };
  return `${JSON.stringify(body, null, 2).replace(
    /\{\n\s+"frequency_hz": 440\n\s+\}/,
    '{ "frequency_hz": 440 }',
  )}\n`;
}
