/** Why a connection to a server does not come about, or ends at once. */
export const connectionFaults = [
  'certificate-expired',
  'certificate-not-yet-valid',
  'wrong-name',
  'unknown-authority',
  'client-certificate',
  'tls-version',
  'tls-to-plaintext',
  'plaintext-to-tls',
  'wrong-protocol',
  'unknown-host',
  'refused',
  'unreachable',
  'closed',
  'silent',
] as const;
export type ConnectionFault = (typeof connectionFaults)[number];
