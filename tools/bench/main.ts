import 'reflect-metadata';
import { cpus } from 'node:os';
import { writeFile } from 'node:fs/promises';
import type { LoadResult } from './load.js';
import { benchWebhooks, type WebhookBench } from './webhooks.js';

const HELP = `Usage: npm run bench -- [webhooks] [--json FILE]

  webhooks      signed status callbacks a second, beside a bare Express handler
  --json FILE   the figures as JSON too

SQLite always; PostgreSQL too when BENCH_DATABASE_URL names an empty database.
`;

function row(name: string, result: LoadResult): string {
  const figures = [
    result.perSecond.toFixed(0),
    result.p50.toFixed(1),
    result.p99.toFixed(1),
    result.max.toFixed(1),
    String(result.failed),
  ];
  return `  ${name.padEnd(12)}${figures.map((figure) => figure.padStart(10)).join('')}`;
}

function print(bench: WebhookBench): void {
  process.stdout.write(
    [
      `\nwebhooks on ${bench.store}: ${bench.patchbay.requests} signed status callbacks, 64 at a time`,
      `  ${''.padEnd(12)}${['per s', 'p50 ms', 'p99 ms', 'max ms', 'failed'].map((name) => name.padStart(10)).join('')}`,
      row('Patchbay', bench.patchbay),
      row('bare Express', bench.baseline),
      `  ratio ${bench.ratio.toFixed(2)} (target: at least 0.70)\n`,
    ].join('\n'),
  );
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const json = args.includes('--json') ? args[args.indexOf('--json') + 1] : undefined;
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
  };
  process.stdout.write(`Node ${machine.node}, ${machine.cores} × ${machine.cpu}\n`);
  const databaseUrl = process.env['BENCH_DATABASE_URL'] ?? null;
  const results: WebhookBench[] = [];
  for (const url of databaseUrl === null ? [null] : [null, databaseUrl]) {
    const result = await benchWebhooks(url);
    print(result);
    results.push(result);
  }
  if (json !== undefined) await writeFile(json, JSON.stringify({ machine, results }, null, 2));
  if (results.some(({ patchbay, baseline }) => patchbay.failed + baseline.failed > 0)) {
    process.exitCode = 1;
  }
}

await main();
