// Runs the service and restarts it whenever a source or an agent of AGENTS_DIR has
// changed: npm run dev. Calls in progress are ended at once. A source that does not
// compile and an agent that cannot be loaded are reported, and the service waits
// for the next change. Settings are read once: after a change of `.env` it must be
// restarted by hand.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';
import { endCalls } from './dev/end-calls.mjs';
import { ServiceProcess } from './dev/service-process.mjs';
import { watchFolder } from './dev/watch-folder.mjs';
import { watchSources } from './dev/watch-sources.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (text) => process.stderr.write(`dev: ${text}\n`);

buildIfStale();
const settings = await readSettings();
const service = new ServiceProcess({
  args: ['--enable-source-maps', join(root, 'dist', 'src', 'main.js')],
  // Calls that are hung up have a second to finish.
  env: { ...process.env, DRAIN_TIMEOUT_SECONDS: '1' },
  endCalls: () => endCalls(settings),
  say,
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => void service.end().then(() => process.exit(0)));
}

watchSources(join(root, 'tsconfig.build.json'), {
  onCompiled: () => {
    say('starting the service');
    service.restart();
  },
  onFailed: () => say('this does not compile; it goes on after the next change'),
});
const { agentsDir } = settings.agents;
if (agentsDir !== null) {
  watchFolder(resolve(agentsDir), () => {
    say(`a change in ${agentsDir}`);
    service.restart();
  });
}

async function readSettings() {
  const { loadSettings } = await import(
    pathToFileURL(join(root, 'dist', 'src', 'load-settings.js')).href
  );
  try {
    return loadSettings();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
