import { expect, it } from '@jest/globals';
import { agentEnvironment } from './agent-environment.js';
import { timelineOf } from './timeline.js';

it('a timeline counts from the beginning, and says who reported what', () => {
  const event = { type: 'status', status: null, source: 'media', outcome: 'applied', detail: {} };
  expect(
    timelineOf('2026-11-24T10:00:00.000Z', [
      { ...event, status: 'answered', received_at: '2026-11-24T10:00:00.120Z' },
      {
        ...event,
        type: 'stream',
        detail: { step: 'ended' },
        outcome: 'late',
        received_at: '2026-11-24T10:00:12.000Z',
      },
    ]),
  ).toEqual(['   0.120 s  answered          media', '  12.000 s  stream ended      media, late']);
});

it('of the environment only what is the agents’ is taken', () => {
  const env = {
    AGENTS_DIR: './agents',
    OPENAI_API_KEY: 'sk-x',
    WEATHER_KEY: 'w',
    DATABASE_URL: 'postgres://production',
    TWILIO_ACCOUNT_SID: 'AC1',
    PORT: '80',
  };
  expect(agentEnvironment(env)).toEqual({
    AGENTS_DIR: './agents',
    OPENAI_API_KEY: 'sk-x',
    WEATHER_KEY: 'w',
  });
});
