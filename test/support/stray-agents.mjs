// Loaded before the compiled service: registers an agent that throws where nothing catches the
// error.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from '../../dist/src/agents/agent.js';
import { AgentRegistry } from '../../dist/src/agents/agent-registry.js';

const fail = () => {
  throw new Error('broken where nobody looks');
};

const WAYS = {
  'in a timer': () => void setTimeout(fail, 300),
  'in a promise': () => void sleep(300).then(fail),
  'on a connection': () => void sleep(300).then(() => connect(1, '127.0.0.1')),
  'after an utterance': (call) => {
    const utterance = call.speak();
    utterance.write(Buffer.alloc(1_600));
    utterance.end();
    void utterance.finished.then(fail);
  },
};

class StrayAgent extends Agent {
  name = 'stray';
  description = 'Breaks where nobody catches it.';
  optionsSchema = {
    type: 'object',
    properties: { way: { enum: Object.keys(WAYS) }, listening: { type: 'boolean' } },
  };

  answer(call) {
    const { way, listening } = call.options;
    if (!listening) WAYS[way](call);
    let heard = 0;
    const onAudio = () => {
      heard += 1;
      if (heard === 10 && listening) WAYS[way](call);
    };
    return { onAudio };
  }
}

/**
 * Declares no background work, but starts some, so that the error cannot be
 * attributed to any agent.
 */
class FoundlingAgent extends StrayAgent {
  name = 'foundling';
  worksInBackground = false;
}

const register = Reflect.get(AgentRegistry.prototype, 'register');
Reflect.set(AgentRegistry.prototype, 'register', function registerWithStray(agent) {
  register.call(this, agent);
  if (agent.name !== 'echo') return;
  register.call(this, new StrayAgent());
  register.call(this, new FoundlingAgent());
});
