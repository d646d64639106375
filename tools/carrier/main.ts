import { readFileSync } from 'node:fs';
import { HELP, readCommandLine, UsageError } from './cli-options.js';
import { masked } from './masked.js';
import { SimulatedCarrier } from './simulated-carrier.js';

/** JSON lines on standard output are for programs, plain lines on standard error for people. */
function say(line: string): void {
  process.stderr.write(`${masked(line)}\n`);
}

function report(carrier: SimulatedCarrier): void {
  carrier.on('status', (call, status) => say(`${call.sid} ${status}`));
  carrier.on('call', (call) => {
    say(`${call.sid} ${call.direction} ${call.from} -> ${call.to}`);
    void call.settled.then(() => {
      const { echoedFrames, fraction } = call.compareEcho();
      const echo = echoedFrames > 0 ? `, echo ${(fraction * 100).toFixed(1)} %` : '';
      return say(`${call.sid} over after ${call.durationSeconds} s${echo}`);
    });
  });
  carrier.on('stream', (stream, call) => say(`${call.sid} media stream ${stream.sid}`));
  carrier.on('webhook', ({ kind, status, latencyMs, dropped, callSid }) => {
    const outcome = dropped ? 'dropped' : `${status ?? 'no reply'} in ${Math.round(latencyMs)} ms`;
    say(`${callSid} ${kind} webhook: ${outcome}`);
  });
  carrier.on('alert', ({ code, level, message, callSid }) =>
    say(`${callSid ?? '-'} ${level} ${code} ${message}`),
  );
}

async function main(): Promise<void> {
  const options = readCommandLine(process.argv.slice(2), process.env, readFileSync);
  if (options === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const carrier = await SimulatedCarrier.start(options);
  report(carrier);
  const stop = () => {
    void carrier.stop().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // A process that was started with an IPC channel does not outlive its parent.
  process.once('disconnect', stop);
  const { baseUrl, accountSid } = carrier;
  // A token that was generated here is printed once; one that was given is not repeated.
  const token = options.authToken === undefined ? { authToken: carrier.authToken } : {};
  const ready = { event: 'listening', baseUrl, accountSid, ...token };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  process.send?.(ready);
}

main().catch((error: unknown) => {
  const usage = error instanceof UsageError;
  say(error instanceof Error ? error.message : String(error));
  if (usage) say('--help lists the options.');
  process.exit(usage ? 2 : 1);
});
