const ECHO_ID = 1;

/** How often, and for how many seconds, a key is waited for. */
const PATIENCE = { attempts: 2, timeout_seconds: 6 };
const KEYS = { 1: 'echo', 2: 'question', 3: 'kept', 0: 'goodbye' };

/** What Welcome does; its sounds come with Patchbay. A spec checks it by the agent's own rules. */
export const WELCOME_OPTIONS = {
  start: 'welcome',
  steps: {
    welcome: {
      prompt: ['patchbay:welcome.wav', 'patchbay:choices.wav'],
      keys: KEYS,
      ...PATIENCE,
      attempts: 1,
      next: 'choices',
    },
    choices: { prompt: ['patchbay:choices.wav'], keys: KEYS, ...PATIENCE, next: 'goodbye' },
    echo: { prompt: ['patchbay:echo.wav'], workflow: ECHO_ID, next: 'no-echo' },
    'no-echo': { prompt: ['patchbay:no-echo.wav'], next: 'choices' },
    question: {
      prompt: ['patchbay:question.wav'],
      keys: { 1: 'menu', 2: 'voice-agent', 3: 'both' },
      ...PATIENCE,
      next: 'choices',
    },
    menu: { prompt: ['patchbay:noted.wav'], facts: { wants: 'a menu' }, next: 'choices' },
    'voice-agent': {
      prompt: ['patchbay:noted.wav'],
      facts: { wants: 'a voice agent' },
      next: 'choices',
    },
    both: {
      prompt: ['patchbay:noted.wav'],
      facts: { wants: 'a menu and a voice agent' },
      next: 'choices',
    },
    kept: { prompt: ['patchbay:kept.wav'], next: 'choices' },
    goodbye: { prompt: ['patchbay:goodbye.wav'] },
  },
};

/** The workflows of an empty store, in the order of their ids, which are counted from 1. */
export const FIRST_WORKFLOWS = [
  { workflow_id: ECHO_ID, name: 'Echo', agent: 'echo', agent_options: '{}', recording: 0 },
  {
    workflow_id: 2,
    name: 'Welcome',
    agent: 'menu',
    agent_options: JSON.stringify(WELCOME_OPTIONS),
    recording: 1,
  },
];
