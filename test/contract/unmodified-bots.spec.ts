import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { RelayAgent } from '../../src/agents/relay/relay.agent.js';
import { RelaySettings } from '../../src/agents/relay/relay.variables.js';
import { ScriptedCaller } from '../../src/agents/test-kit/scripted-caller.js';
import { LONG, until } from '../support/patience.js';

/** Installed apart: `npm ci --prefix tools/bench/media/openai-agents`. */
const FOLDER = fileURLToPath(new URL('../../tools/bench/media/openai-agents/', import.meta.url));
const isThere = existsSync(`${FOLDER}node_modules/@openai/agents`);
const PIECES = 7_500;

(LONG && isThere ? describe : describe.skip)('a bot of the SDK @openai/agents, unmodified', () => {
  it('says two and a half minutes at once behind relay, with a mark after each piece', async () => {
    const bot = spawn(process.execPath, ['long-reply.mjs'], {
      cwd: FOLDER,
      env: { ...process.env, PIECES: String(PIECES) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [port] = (await once(bot.stdout, 'data')) as [Buffer];
      const url = `ws://127.0.0.1:${port.toString().trim()}/`;
      const agent = new RelayAgent(new RelaySettings({ allowedHosts: ['127.0.0.1'] }));
      const caller = new ScriptedCaller(agent, { options: { url } });
      await caller.connect();
      await caller.say(100);
      await until(() => caller.waitingMs >= PIECES * 20 - 1_000);
      await caller.hearOut(PIECES * 20 + 10_000);
      const pieces = Array.from({ length: PIECES }, (_, n) => Buffer.alloc(160, n % 120));
      expect(Buffer.concat(caller.heard).equals(Buffer.concat(pieces))).toBe(true);
      expect([caller.ended, caller.facts, caller.notes]).toEqual([null, {}, []]);
      await caller.hangUp();
    } finally {
      bot.kill();
    }
  });
});
