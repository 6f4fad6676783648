import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../config/load.js';
import { kafkaProgram, kafkaProperties } from '../../devstack/supervisor/kafka-server.js';
import { neo4jProgram } from '../../devstack/supervisor/neo4j-server.js';
import { devServerArguments } from '../../devstack/temporal/server.js';
import { closeMs } from '../../std/node/close-server.js';
import { composeSchema, type Manifest, manifestSchema } from './container-schemas.js';

// No container engine is available to the tests: the files are parsed and checked, but not started.

const read = (name: string): string => readFileSync(join('deploy', name), 'utf8');
const compose = composeSchema.parse(parse(read('compose.yaml'), { merge: true }));
const services = Object.entries(compose.services);
const dockerfile = read('Dockerfile');
const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, from = '', name = '']) => ({
  from,
  name,
}));
const manifests = readdirSync('deploy/kubernetes').flatMap((name) =>
  parseAllDocuments(read(join('kubernetes', name))).map((document) => {
    if (document.errors.length > 0) throw new Error(`${name}: ${document.errors.join('; ')}`);
    return manifestSchema.parse(document.toJS());
  }),
);

function ofKind<K extends Manifest['kind']>(kind: K): Extract<Manifest, { kind: K }>[] {
  return manifests.filter((manifest): manifest is Extract<Manifest, { kind: K }> => manifest.kind === kind);
}

describe('the Dockerfile', () => {
  test('each stage of the Dockerfile starts from a pinned image or an earlier stage', () => {
    for (const [index, { from }] of stages.entries()) {
      const known = stages.slice(0, index).map(({ name }) => name);
      expect(known.includes(from) || /^node:24\.21-bookworm-slim$/.test(from), from).toBe(true);
    }
    const copied = [...dockerfile.matchAll(/--from=(\S+)/g)].map(([, name]) => name);
    expect(copied.length).toBeGreaterThan(0);
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(copied));
  });

  test.each(['worker', 'api', 'codec-server'])(
    'the image of %s does not run as root and has a health check',
    (target) => {
      expect(stages).toContainEqual({ from: 'runtime', name: target });
      const stage = dockerfile.split(` AS ${target}\n`)[1]?.split(/^FROM /m)[0] ?? '';
      expect(stage).toMatch(/^HEALTHCHECK /m);
      expect(stage).toContain(`CMD ["${target}", "--config", "/etc/qmtl/qmtl.yaml"]`);
      expect(dockerfile.split(' AS runtime\n')[1]?.split(/^FROM /m)[0]).toMatch(/^USER 1000:1000$/m);
    },
  );
});

describe('compose.yaml', () => {
  test('compose waits only for services with a health check', () => {
    const waited = services.flatMap(([, service]) => Object.keys(service.depends_on));
    expect(waited.length).toBeGreaterThan(0);
    for (const name of waited) expect(compose.services[name]?.healthcheck, name).toBeDefined();
  });

  test('stages, volumes, secrets and files named in compose exist', () => {
    const all = services.map(([, service]) => service);
    const used = {
      stages: all.flatMap(({ build }) => (build === undefined ? [] : [build.target])),
      volumes: all.flatMap(({ volumes }) => volumes.map((volume) => volume.split(':')[0])),
      secrets: all.flatMap(({ secrets }) => secrets),
      configs: all.flatMap(({ configs }) => configs.map(({ source }) => source)),
    };
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(used.stages));
    expect(new Set(Object.keys(compose.volumes))).toEqual(new Set(used.volumes));
    expect(new Set(Object.keys(compose.secrets))).toEqual(new Set(used.secrets));
    expect(new Set(Object.keys(compose.configs))).toEqual(new Set(used.configs));
    const files = Object.values(compose.configs).map(({ file }) => join('deploy', file));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  test('compose contains no password, only files that git ignores', () => {
    const values = services.flatMap(([, { environment }]) => Object.entries(environment));
    const passwords = values.filter(([name]) => /PASSWORD|PWD|AUTH/.test(name));
    expect(new Map(passwords)).toEqual(
      new Map([
        ['POSTGRES_PASSWORD_FILE', '/run/secrets/postgres-password'],
        ['QMTL_NEO4J_PASSWORD_FILE', '/run/secrets/neo4j-password'],
      ]),
    );
    expect(readFileSync('.gitignore', 'utf8')).toContain('deploy/secrets/');
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//);
  });

  test('the processes of QMTL run read-only and without privileges', () => {
    const own = services.filter(([, { build }]) => build !== undefined);
    expect(own.map(([name]) => name)).toEqual(['worker', 'api', 'codec-server']);
    for (const [, service] of own) {
      expect(service).toMatchObject({ user: '1000:1000', read_only: true, cap_drop: ['ALL'] });
    }
  });

  test('each port belongs to one service', () => {
    const ports = services.flatMap(([, service]) => service.ports.map((port) => port.split(':')[1]));
    expect(ports.length).toBe(new Set(ports).size);
  });

  test('compose runs the engines of the local stack with its settings', () => {
    expect(compose.services.kafka?.image).toBe(`apache/kafka:${kafkaProgram.version}`);
    expect(compose.services.neo4j?.image).toBe(`neo4j:${neo4jProgram.version}-community`);
    const ours = kafkaProperties({
      path: '/stack',
      state: {
        version: 1,
        clusterId: '',
        ports: { neo4j: 1, kafka: 2, kafkaController: 3, temporal: 4, temporalUi: 5 },
      },
      passwordFile: '',
      password: '',
      lost: new AbortController().signal,
      close: () => Promise.resolve(),
    });
    const places = /listeners|voters|log\.dirs/;
    for (const [key, value] of Object.entries(ours).filter(([name]) => !places.test(name))) {
      const variable = `KAFKA_${key.replaceAll('.', '_').toUpperCase()}`;
      expect([key, compose.services.kafka?.environment[variable]]).toEqual([key, value]);
    }
  });

  test('Temporal in compose has the settings of the local server', () => {
    const dynamic: unknown = parse(read('temporal-dynamic.yaml'));
    const options = { need: 'visibility', env: {}, searchAttributes: {}, report: () => undefined } as const;
    const given = devServerArguments({ port: 1, uiPort: undefined }, options).filter((word) =>
      /^\w+\.\w+=/.test(word),
    );
    expect(given.length).toBe(5);
    for (const [key = '', value] of given.map((word) => word.split('='))) {
      expect(dynamic).toHaveProperty([key], [{ value: JSON.parse(value ?? '') }]);
    }
  });
});

describe('the Kubernetes manifests', () => {
  const deployments = ofKind('Deployment');
  const names = (found: readonly { metadata: { name: string } }[]) =>
    found.map(({ metadata }) => metadata.name);

  test('each process has a deployment, a service and a disruption budget', () => {
    const processes = ['qmtl-api', 'qmtl-codec-server', 'qmtl-worker'];
    for (const found of [deployments, ofKind('Service'), ofKind('PodDisruptionBudget')]) {
      expect(names(found).sort()).toEqual(processes);
    }
    expect(names(ofKind('Namespace'))).toEqual(['qmtl']);
  });

  test('services and deployments select their pods', () => {
    for (const { metadata, spec } of deployments) {
      expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
      expect(spec.template.metadata.labels).toEqual({ 'app.kubernetes.io/name': metadata.name });
    }
    const selected = [
      ...ofKind('Service').map(({ metadata, spec }) => [metadata.name, spec.selector] as const),
      ...ofKind('PodDisruptionBudget').map(
        ({ metadata, spec }) => [metadata.name, spec.selector.matchLabels] as const,
      ),
    ];
    for (const [name, selector] of selected) expect(selector).toEqual({ 'app.kubernetes.io/name': name });
    const expressions = ofKind('NetworkPolicy').flatMap(
      ({ spec }) => spec.podSelector.matchExpressions ?? [],
    );
    for (const { values } of expressions) expect(names(deployments)).toEqual(expect.arrayContaining(values));
  });

  test('config maps and secrets named in manifests exist', () => {
    const pods = deployments.map(({ spec }) => spec.template.spec);
    const sources = pods.flatMap(({ containers }) => containers.flatMap(({ envFrom }) => envFrom));
    const mounted = pods.flatMap(({ volumes }) =>
      volumes.flatMap((volume) => ('configMap' in volume ? [volume.configMap.name] : [])),
    );
    const maps = [...mounted, ...sources.flatMap(({ configMapRef }) => configMapRef?.name ?? [])];
    const secrets = sources.flatMap(({ secretRef }) => secretRef?.name ?? []);
    expect([...new Set(maps)].sort()).toEqual(names(ofKind('ConfigMap')).sort());
    expect([...new Set(secrets)]).toEqual(names(ofKind('Secret')));
  });

  test.each(deployments.map(({ metadata, spec }) => [metadata.name, spec.template.spec] as const))(
    '%s mounts its volumes and is probed on its ports',
    (name, { containers: [container], volumes }) => {
      const mounts = container?.volumeMounts.map((mount) => mount.name).sort();
      expect(mounts).toEqual(volumes.map((volume) => volume.name).sort());
      const ports = container?.ports.map((port) => port.name) ?? [];
      const probes = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe];
      const asked = probes.map((probe) => probe?.httpGet?.port ?? probe?.tcpSocket?.port);
      // Probes have a port of their own where a process has one: that of its work may be limited or busy.
      expect([...new Set(asked)]).toEqual([ports.includes('operations') ? 'operations' : 'http']);
      expect(ports.includes('operations')).toBe(name !== 'qmtl-codec-server');
      const service = ofKind('Service').find(({ metadata }) => metadata.name === name);
      expect(service?.spec.ports.map(({ targetPort }) => targetPort)).toEqual(ports);
    },
  );

  test('manifests run images of the Dockerfile with its commands', () => {
    const targets = stages.filter(({ from }) => from === 'runtime').map(({ name }) => name);
    for (const { spec } of deployments) {
      const [container] = spec.template.spec.containers;
      expect(targets).toContain(container?.name);
      expect(container?.image).toMatch(new RegExp(`/qmtl-${container?.name}:`));
      expect(container?.args).toEqual([container?.name, '--config', '/etc/qmtl/qmtl.yaml']);
    }
  });
});

describe('the configuration of the containers', () => {
  const connections =
    ofKind('ConfigMap').find(({ metadata }) => metadata.name === 'qmtl-connections')?.data ?? {};
  const mapped =
    ofKind('ConfigMap').find(({ metadata }) => metadata.name === 'qmtl-config')?.data['qmtl.yaml'] ?? '';

  test.each([
    ['compose.yaml', read('qmtl.yaml'), compose.services.worker?.environment ?? {}],
    ['kubernetes', mapped, connections],
  ])('the configuration of %s is valid in prod with its variables', (_, text, env) => {
    expect(loadConfig({ file: 'qmtl.yaml', text }, env)).toMatchObject({
      profile: 'prod',
      api: { host: '0.0.0.0' },
    });
  });

  test('the codec server of Kubernetes serves the pages of a UI that is named', () => {
    const found = ofKind('Deployment').find(({ metadata }) => metadata.name === 'qmtl-codec-server');
    const env = Object.fromEntries(
      found?.spec.template.spec.containers[0]?.env.map(({ name, value }) => [name, value]) ?? [],
    );
    const { codec_server } = loadConfig({ file: 'qmtl.yaml', text: mapped }, env);
    expect(codec_server.allowed_origins).toEqual(['https://temporal.example.com']);
  });

  test('the API has drained and closed before it is killed', () => {
    const { api } = loadConfig({ file: 'qmtl.yaml', text: mapped }, connections);
    const pod = ofKind('Deployment').find(({ metadata }) => metadata.name === 'qmtl-api')?.spec.template.spec;
    expect(api.drain_seconds).toBeGreaterThan(0);
    expect(api.drain_seconds + closeMs / 1_000).toBeLessThan(pod?.terminationGracePeriodSeconds ?? 0);
  });

  test('compose and Kubernetes have the same configuration', () => {
    expect(parse(mapped)).toEqual(parse(read('qmtl.yaml')));
  });
});
