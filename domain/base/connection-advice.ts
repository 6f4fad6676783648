import type { ConnectionFault } from '../../std/connection-faults.js';
import type { ErrorCode } from './errors.js';

/** The words for one engine and its settings, in messages. */
export interface EngineWords {
  /** `the graph store` */
  readonly name: string;
  /** The code for an engine that does not answer. */
  readonly away: ErrorCode;
  readonly settings: {
    readonly address: string;
    /** What turns TLS on. */
    readonly tls: string;
    readonly ca: string;
    readonly clientCertificate: string;
    readonly serverName: string;
  };
}

/** What to say of a connection that failed. */
export interface ConnectionAdvice {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint: string;
}

type Advise = (engine: EngineWords) => readonly [says: string, hint: string];

type PassingFault = 'unknown-host' | 'refused' | 'unreachable' | 'closed' | 'silent';

/** What an operator has to correct. */
const settings: Readonly<Record<Exclude<ConnectionFault, PassingFault>, Advise>> = {
  'certificate-expired': ({ name }) => [
    `the certificate of ${name} has expired`,
    'renew it on the server; if it is valid, correct the clock of this machine',
  ],
  'certificate-not-yet-valid': ({ name }) => [
    `the certificate of ${name} is not valid yet`,
    'correct the clock of this machine, or that of the machine that issued it',
  ],
  'wrong-name': ({ name, settings: { address, serverName } }) => [
    `the certificate of ${name} is for another name`,
    `use a name of the certificate in ${address}${serverName === '' ? '' : `, or set ${serverName}`}; or issue one for this name`,
  ],
  'unknown-authority': ({ name, settings: { ca } }) => [
    `the certificate of ${name} is from an authority that is not trusted`,
    `give the certificate of its authority with ${ca}`,
  ],
  'client-certificate': ({ name, settings: { clientCertificate } }) => [
    `${name} does not accept the certificate of this client, or requires one`,
    clientCertificate === ''
      ? 'let the server accept clients without certificates'
      : `check ${clientCertificate}, and which authority the server trusts`,
  ],
  'tls-version': ({ name }) => [
    `${name} speaks no version of TLS, or no cipher, that this client does`,
    'let the server speak TLS 1.2 or 1.3',
  ],
  'tls-to-plaintext': ({ name, settings: { tls } }) => [
    `${name} does not speak TLS at this address`,
    `turn it on at the server, use its port for TLS, or turn off ${tls}`,
  ],
  'plaintext-to-tls': ({ name, settings: { tls } }) => [
    `${name} requires TLS at this address`,
    `set ${tls}, or use its port without TLS`,
  ],
  'wrong-protocol': ({ name, settings: { address } }) => [
    `what answers is not ${name}, or of another version`,
    `check the port of ${address}`,
  ],
};

/** An engine that is away: the same request may succeed later. */
const passing: Readonly<Record<PassingFault, Advise>> = {
  'unknown-host': ({ name, settings: { address } }) => [
    `the name of the host of ${name} is not known`,
    `check ${address} and the name service of this machine`,
  ],
  refused: ({ name, settings: { address } }) => [
    `${name} refuses connections`,
    `check that it runs and listens at ${address}`,
  ],
  unreachable: ({ name, settings: { address } }) => [
    `there is no way to the host of ${name}`,
    `check ${address}, the network and its firewalls`,
  ],
  closed: ({ name, settings: { address, tls } }) => [
    `${name} closed the connection`,
    `check that it runs, and that ${tls} and the port of ${address} are as the server expects`,
  ],
  silent: ({ name, settings: { address } }) => [
    `${name} does not answer`,
    `check that it runs, that ${address} is right, and the firewalls on the way`,
  ],
};

/** Code, message and hint for a fault of a connection. */
export function connectionAdvice(fault: ConnectionFault, engine: EngineWords): ConnectionAdvice {
  const [says, hint] = { ...settings, ...passing }[fault](engine);
  return { code: fault in passing ? engine.away : 'E_CONFIG', says, hint };
}
