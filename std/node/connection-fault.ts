import type { ConnectionFault } from '../connection-faults.js';
import { findErrno } from './errno.js';

/** What Node, OpenSSL, rustls and the drivers call a fault, in codes and messages. The first match counts. */
const signs: readonly (readonly [ConnectionFault, RegExp])[] = [
  ['certificate-expired', /CERT_HAS_EXPIRED|certificate has expired|InvalidCertificate\(Expired/],
  [
    'certificate-not-yet-valid',
    /CERT_NOT_YET_VALID|certificate is not yet valid|InvalidCertificate\(NotValidYet/,
  ],
  [
    'wrong-name',
    /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate|InvalidCertificate\(NotValidForName/,
  ],
  [
    'unknown-authority',
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|CERT_SIGNATURE_FAILURE|self[- ]signed certificate|unable to (?:verify the first|get local issuer) certificate|InvalidCertificate\((?:UnknownIssuer|BadSignature|CaUsedAsEndEntity)/,
  ],
  [
    'client-certificate',
    /alert (?:certificate required|bad certificate|unknown ca|certificate unknown|certificate expired)|ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA)|AlertReceived\((?:CertificateRequired|BadCertificate|UnknownCA|CertificateUnknown|CertificateExpired)/,
  ],
  [
    'tls-version',
    /UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|alert protocol version|ALERT_HANDSHAKE_FAILURE|alert handshake failure|AlertReceived\((?:ProtocolVersion|HandshakeFailure)|PeerIncompatible/,
  ],
  ['tls-to-plaintext', /WRONG_VERSION_NUMBER|wrong version number|PACKET_LENGTH_TOO_LONG|InvalidMessage\(/],
  [
    'wrong-protocol',
    /Server responded HTTP|unknown protocol version|NO_APPLICATION_PROTOCOL|Invalid HTTP|FRAME_SIZE_ERROR/i,
  ],
  ['unknown-host', /ENOTFOUND|EAI_AGAIN|Name resolution failed|failed to lookup address/],
  ['refused', /ECONNREFUSED|ConnectionRefused/],
  ['unreachable', /EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/],
  [
    'closed',
    /ECONNRESET|EPIPE|BrokenPipe|ConnectionReset|[Cc]onnection was closed|Closed connection|socket hang up|before secure TLS connection/,
  ],
  [
    'silent',
    /ETIMEDOUT|Connection timeout|acquisition timed out|before the deadline|establish connection in/,
  ],
];

const depthMax = 10;

/**
 * The fault that an error of a driver, or of one of its causes, stands for; undefined for any other error. The innermost cause says
 * most, and drivers repeat its text.
 */
export function connectionFault(error: unknown): ConnectionFault | undefined {
  const texts = textsOf(error, depthMax);
  return signs.find(([, sign]) => texts.some((text) => sign.test(text)))?.[0];
}

/** Code and message of an error and its causes; of a connection that tried several addresses, those of each. */
function textsOf(error: unknown, depth: number): readonly string[] {
  if (!(error instanceof Error) || depth === 0) return [];
  const tried = error instanceof AggregateError ? error.errors : [];
  return [
    `${findErrno(error) ?? ''} ${error.message}`,
    ...textsOf(error.cause, depth - 1),
    ...tried.flatMap((one: unknown) => textsOf(one, depth - 1)),
  ];
}
