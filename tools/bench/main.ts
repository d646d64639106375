import 'reflect-metadata';
import { cpus } from 'node:os';
import { writeFile } from 'node:fs/promises';
import type { LoadResult } from './load.js';
import { AGAINST_HELP, againstCommand } from './against/against-command.js';
import { CLUSTER_HELP, clusterCommand } from './cluster/cluster-command.js';
import { benchHearing, HEARING_HELP } from './hearing.js';
import { LISTS_HELP, listsCommand } from './lists.js';
import { MEDIA_HELP, mediaCommand } from './media/media-command.js';
import type { MediaResult } from './media/bench-media.js';
import { whole } from './media/whole.js';
import { PROFILE_HELP, printProfile } from './profile.js';
import { benchResampling, RESAMPLING_HELP } from './resampling.js';
import { benchWebhooks, type WebhookBench } from './webhooks.js';

const HELP = `Usage: npm run bench -- [webhooks] [media] [--json FILE] [options]
       npm run bench -- media --working [--against DIR] [--json FILE] [options]
       npm run bench -- cluster [--rounds N] [--json FILE]
       npm run bench -- --against COMMIT [--pairs N] [--json FILE]
       npm run bench -- lists [--json FILE]
       npm run bench -- resampling [--json FILE]
       npm run bench -- hearing [--json FILE]
       npm run bench -- profile FILE [--last N]

  webhooks      signed status callbacks a second, beside a bare Express handler
${MEDIA_HELP}${CLUSTER_HELP}${LISTS_HELP}${AGAINST_HELP}${RESAMPLING_HELP}${HEARING_HELP}${PROFILE_HELP}  --json FILE   the figures as JSON too

Without a name: webhooks and media. Webhooks run on SQLite always, on PostgreSQL too
when BENCH_DATABASE_URL names an empty database.
`;

const SECTIONS = ['webhooks', 'media'];

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
  const [section, file] = args;
  if (section === 'profile' && file !== undefined) {
    const last = option(args, '--last');
    printProfile(file, last === undefined ? undefined : whole(last, 'last'));
    return;
  }
  const json = option(args, '--json');
  // Of the media's working calls it is an option of their own.
  const against = args.includes('--working') ? undefined : option(args, '--against');
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
  };
  process.stdout.write(`Node ${machine.node}, ${machine.cores} × ${machine.cpu}\n`);
  const results = await run(args, against);
  if (json !== undefined) await writeFile(json, JSON.stringify({ machine, ...results }, null, 2));
}

async function run(args: string[], against: string | undefined): Promise<object> {
  if (against !== undefined) return againstCommand(against, args);
  const [section, ...rest] = args;
  if (section === 'resampling') return { resampling: benchResampling() };
  if (section === 'hearing') return { hearing: benchHearing() };
  if (section === 'lists') return { lists: await listsCommand() };
  return section === 'cluster' ? { cluster: await clusterCommand(rest) } : runSections(args);
}

async function runSections(
  args: readonly string[],
): Promise<{ webhooks: WebhookBench[]; media: MediaResult[] }> {
  const names = SECTIONS.filter((name) => args.includes(name));
  const sections = names.length > 0 ? names : SECTIONS;
  const rest = args.filter((arg) => !SECTIONS.includes(arg));
  const webhooks = sections.includes('webhooks') ? await runWebhooks() : [];
  const media = sections.includes('media') ? await mediaCommand(rest) : [];
  return { webhooks, media };
}

async function runWebhooks(): Promise<WebhookBench[]> {
  const databaseUrl = process.env['BENCH_DATABASE_URL'] ?? null;
  const results: WebhookBench[] = [];
  for (const url of databaseUrl === null ? [null] : [null, databaseUrl]) {
    const result = await benchWebhooks(url);
    print(result);
    results.push(result);
  }
  if (results.some(({ patchbay, baseline }) => patchbay.failed + baseline.failed > 0)) {
    process.exitCode = 1;
  }
  return results;
}

/** Takes an option and its value out of the arguments. */
function option(args: string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
}

await main();
