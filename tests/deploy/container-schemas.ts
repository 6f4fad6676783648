import { z } from 'zod';

/** An image with at least a minor version, and without a moving tag. */
const pinnedImage = z.string().regex(/^[\w./-]+:\d+\.\d+[\w.-]*$/, 'an image pinned by version');
const loopbackPort = z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, 'a port of the loopback interface');

const serviceSchema = z
  .object({
    image: pinnedImage.optional(),
    build: z
      .strictObject({
        context: z.literal('..'),
        dockerfile: z.literal('deploy/Dockerfile'),
        target: z.string(),
      })
      .optional(),
    depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).default({}),
    ports: z.array(loopbackPort).default([]),
    volumes: z.array(z.string().regex(/^[\w-]+:\/[\w/.-]+$/)).default([]),
    secrets: z.array(z.string()).default([]),
    configs: z
      .array(z.strictObject({ source: z.string(), target: z.string().startsWith('/etc/') }))
      .default([]),
    environment: z.record(z.string(), z.string()).default({}),
    healthcheck: z.object({ test: z.array(z.string()), retries: z.number() }).optional(),
    user: z.string().optional(),
    read_only: z.boolean().optional(),
    cap_drop: z.array(z.string()).default([]),
    restart: z.literal('unless-stopped'),
  })
  .refine(({ image, build }) => (image === undefined) !== (build === undefined), 'an image or a build');

const file = z.record(z.string(), z.strictObject({ file: z.string() }));

export const composeSchema = z.strictObject({
  name: z.literal('qmtl'),
  services: z.record(z.string(), serviceSchema),
  configs: file,
  secrets: file,
  volumes: z.record(z.string(), z.null()),
});

const metadata = z.object({ name: z.string().regex(/^[a-z0-9-]{1,63}$/), namespace: z.literal('qmtl') });
const labels = z.record(z.string(), z.string());
const selector = z.object({ matchLabels: labels });

const probe = z
  .object({
    httpGet: z.strictObject({ path: z.enum(['/healthz', '/readyz']), port: z.string() }).optional(),
    tcpSocket: z.strictObject({ port: z.string() }).optional(),
    periodSeconds: z.number(),
  })
  .refine(
    ({ httpGet, tcpSocket }) => (httpGet === undefined) !== (tcpSocket === undefined),
    'one kind of probe',
  );

const quantity = z.string().regex(/^\d+(m|Mi|Gi)$/);
const containerSchema = z.object({
  name: z.string(),
  image: pinnedImage,
  args: z.array(z.string()),
  envFrom: z
    .array(
      z
        .object({ configMapRef: z.object({ name: z.string() }), secretRef: z.object({ name: z.string() }) })
        .partial(),
    )
    .default([]),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })).default([]),
  ports: z.array(z.strictObject({ name: z.string().max(15), containerPort: z.int() })).min(1),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.strictObject({
    requests: z.strictObject({ cpu: quantity, memory: quantity }),
    limits: z.strictObject({ memory: quantity }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string().startsWith('/') })),
});

const volumeSchema = z.union([
  z.strictObject({ name: z.string(), configMap: z.strictObject({ name: z.string() }) }),
  z.strictObject({ name: z.string(), emptyDir: z.strictObject({ sizeLimit: quantity }) }),
]);

const deploymentSchema = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: metadata.extend({ labels }),
  spec: z.strictObject({
    replicas: z.int().min(1),
    selector,
    template: z.strictObject({
      metadata: z.strictObject({ labels }),
      spec: z.object({
        automountServiceAccountToken: z.literal(false),
        enableServiceLinks: z.literal(false),
        terminationGracePeriodSeconds: z.int().min(1),
        securityContext: z.strictObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().min(1),
          runAsGroup: z.int().min(1),
          seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
        }),
        containers: z.array(containerSchema).length(1),
        volumes: z.array(volumeSchema),
      }),
    }),
  }),
});

const peers = z.array(z.object({ namespaceSelector: selector }));
const policyPorts = z.array(z.strictObject({ protocol: z.enum(['TCP', 'UDP']), port: z.int() }));

export const manifestSchema = z.discriminatedUnion('kind', [
  z.object({
    apiVersion: z.literal('v1'),
    kind: z.literal('Namespace'),
    metadata: z.object({ name: z.literal('qmtl') }),
  }),
  z.strictObject({ apiVersion: z.literal('v1'), kind: z.literal('ConfigMap'), metadata, data: labels }),
  z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Secret'),
    metadata,
    type: z.literal('Opaque'),
    // A template: a value here is a mistake.
    stringData: z.record(z.string(), z.literal('')),
  }),
  deploymentSchema,
  z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Service'),
    metadata: metadata.extend({ labels }),
    spec: z.strictObject({
      selector: labels,
      ports: z.array(z.strictObject({ name: z.string(), port: z.int(), targetPort: z.string() })).min(1),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal('policy/v1'),
    kind: z.literal('PodDisruptionBudget'),
    metadata,
    spec: z.strictObject({ maxUnavailable: z.literal(1), selector }),
  }),
  z.strictObject({
    apiVersion: z.literal('networking.k8s.io/v1'),
    kind: z.literal('NetworkPolicy'),
    metadata,
    spec: z.strictObject({
      podSelector: z.strictObject({
        matchExpressions: z
          .array(z.strictObject({ key: z.string(), operator: z.literal('In'), values: z.array(z.string()) }))
          .optional(),
      }),
      policyTypes: z.array(z.enum(['Ingress', 'Egress'])).min(1),
      ingress: z.array(z.strictObject({ from: peers, ports: policyPorts })).optional(),
      egress: z.array(z.strictObject({ to: peers, ports: policyPorts })).optional(),
    }),
  }),
]);
export type Manifest = z.output<typeof manifestSchema>;
