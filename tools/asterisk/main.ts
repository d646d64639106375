import { install } from './install.js';
import { CannotInstall, defaultRoot } from './layout.js';

/** "Temporary failure" of sysexits.h: it cannot be had here, which is no fault of what wants it. */
const EXIT_CANNOT = 75;

/** `npm run asterisk`: installs Asterisk and two SIP phones for tests and the demo. */
async function main(): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const { versions } = await install(defaultRoot(), say);
    say(`Asterisk ${versions['asterisk']} is in ${defaultRoot()}`);
  } catch (error) {
    if (!(error instanceof CannotInstall)) throw error;
    say(`There is no Asterisk here: ${error.message}`);
    process.exitCode = EXIT_CANNOT;
  }
}

await main();
