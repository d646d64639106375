import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { settingsOf } from '../../src/config/parse-sections.js';
import { COMPOSE_VARIABLES, SECTIONS } from '../../src/parse-settings.js';
import { manifestFaults, type Manifest } from '../support/manifest-faults.js';

const FOLDER = resolve('deploy', 'kubernetes');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const known = [...settingsOf(SECTIONS).map(({ name }) => name), ...Object.keys(COMPOSE_VARIABLES)];

interface Compose {
  services: Record<string, Record<string, unknown> & { image: string }>;
}

describe('docker-compose.cluster.yml', () => {
  const text = readFileSync('docker-compose.cluster.yml', 'utf8');
  const { services } = parse(text, { merge: true }) as Compose;

  it('asks for variables that .env.example lists', () => {
    const used = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name);
    expect(known).toEqual(expect.arrayContaining(used));
  });

  it.each(['API_KEY', 'CREDENTIALS_KEY', 'PUBLIC_URL', 'POSTGRES_PASSWORD'])(
    'does not start without %s, which the instances must have in common',
    (name) => {
      const uses = text.match(new RegExp(`\\$\\{${name}[^}]*\\}`, 'g')) ?? [];
      expect(uses).not.toEqual([]);
      for (const use of uses) expect(use).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
    },
  );

  it('migrates once, before three instances start', () => {
    const { migrate, api } = services;
    expect(migrate).toMatchObject({
      command: ['node', '--enable-source-maps', 'dist/tools/migrate/main.js'],
      restart: 'no',
    });
    expect(api).toMatchObject({
      deploy: { replicas: 3 },
      depends_on: { migrate: { condition: 'service_completed_successfully' } },
    });
    expect(api?.['environment']).toEqual(migrate?.['environment']);
  });

  it('lets an instance drain and move its calls before it is killed', () => {
    const [, drain] = /DRAIN_TIMEOUT_SECONDS: '(\d+)'/.exec(text) ?? [];
    expect(services['api']?.['stop_grace_period']).toBe('90s');
    expect(graceFor(Number(drain))).toBeLessThanOrEqual(90);
  });

  it('has a NATS server for those who ask for it, which only the instances reach', () => {
    const { nats, api } = services;
    expect(nats).toMatchObject({ profiles: ['nats'] });
    expect(nats).not.toHaveProperty('ports');
    // They start and go on without it.
    expect(api?.['depends_on']).not.toHaveProperty('nats');
    const [, url = ''] = /(NATS_URL=\S+) in \.env/.exec(text) ?? [];
    expect(url).toBe('NATS_URL=nats://nats:4222');
  });

  it('pins every image, and has the service in this version', () => {
    const images = Object.values(services).map(({ image }) => image);
    expect(images.filter((image) => image.startsWith('patchbay:'))).toEqual([
      `patchbay:${version}`,
      `patchbay:${version}`,
    ]);
    for (const image of images) expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-dev)?$/);
  });
});

describe('deploy/haproxy/haproxy.cfg', () => {
  const { error, status, stdout, stderr } = spawnSync(
    'haproxy',
    ['-c', '-f', join('deploy', 'haproxy', 'haproxy.cfg')],
    { encoding: 'utf8' },
  );
  if (error) process.stderr.write('\nHAProxy is not installed: its configuration is not checked\n');

  (error ? it.skip : it)('is one that HAProxy takes', () => {
    expect(`${stdout}${stderr}`).not.toMatch(/ALERT|WARNING/);
    expect(status).toBe(0);
  });
});

describe('deploy/kubernetes', () => {
  const files = readdirSync(FOLDER);
  const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
  const manifests = new Map(
    files
      .filter((name) => name !== 'kustomization.yaml')
      .map((name) => [name, parse(read(name)) as Manifest]),
  );
  const manifest = (name: string) => manifests.get(name) ?? { apiVersion: '', kind: '' };
  const wrong = (name: string, path: string[], value: unknown): Manifest => {
    const copy = structuredClone(manifest(name));
    let at = copy as unknown as Record<string, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
    at[path.at(-1) ?? ''] = value;
    return copy;
  };
  const pod = ['spec', 'template', 'spec'];
  const mistakes: Array<[string, Manifest]> = [
    ['misspelt', wrong('deployment.yaml', [...pod, 'terminationGracePeriod'], 90)],
    ['of another type', wrong('deployment.yaml', ['spec', 'minReadySeconds'], '10')],
    [
      'too deep',
      wrong('deployment.yaml', [...pod, 'containers', '0', 'readinessProbe', 'path'], '/'),
    ],
    ['missing', wrong('horizontal-pod-autoscaler.yaml', ['spec', 'maxReplicas'], undefined)],
    ['of another version', wrong('pod-disruption-budget.yaml', ['apiVersion'], 'policy/v2')],
  ];
  const faults = manifestFaults([...manifests.values(), ...mistakes.map(([, each]) => each)]);

  it.each([...manifests.keys()])('%s has the fields that Kubernetes publishes', (name) => {
    expect(faults[[...manifests.keys()].indexOf(name)]).toEqual([]);
    expect(parseAllDocuments(read(name))).toHaveLength(1);
  });

  it.each(mistakes.map(([what], index) => ({ what, index })))(
    'a field that is $what is noticed',
    ({ index }) => {
      expect(faults[manifests.size + index]).not.toEqual([]);
    },
  );

  it('kustomization.yaml names every file but the example, and the version', () => {
    const kustomization = parse(read('kustomization.yaml')) as Record<string, unknown>;
    expect([...(kustomization['resources'] as string[])].sort()).toEqual(
      [...manifests.keys()].filter((name) => name !== 'secret.example.yaml').sort(),
    );
    expect(kustomization['images']).toEqual([{ name: 'patchbay', newTag: version }]);
  });

  it('sets what the service knows', () => {
    const { data } = manifest('settings.yaml') as unknown as { data: Record<string, string> };
    const { stringData } = manifest('secret.example.yaml') as unknown as {
      stringData: Record<string, string>;
    };
    expect(known).toEqual(
      expect.arrayContaining([...Object.keys(data), ...Object.keys(stringData)]),
    );
  });

  it('gives a pod the time to drain and to move its calls', () => {
    const { data } = manifest('settings.yaml') as unknown as { data: Record<string, string> };
    const deployment = manifest('deployment.yaml') as unknown as {
      spec: { template: { spec: { terminationGracePeriodSeconds: number } } };
    };
    const { terminationGracePeriodSeconds: grace } = deployment.spec.template.spec;
    const preStop = 5;
    expect(grace).toBeGreaterThanOrEqual(preStop + graceFor(Number(data['DRAIN_TIMEOUT_SECONDS'])));
  });
});

/** Drain, the longest patience of a move, and 500 moves at 20 a second, in seconds. */
function graceFor(drainSeconds: number): number {
  return drainSeconds + 10 + 500 / 20;
}
