import { QmtlError } from '../../domain/base/errors.js';

/** Refuses a process whose functions cannot be looked at: Node denies its inspector where permissions are restricted. */
export function refuseWithoutInspector(): void {
  if (!('permission' in process) || process.permission === undefined) return;
  throw new QmtlError('E_CONFIG', 'this process of Node has restricted permissions, so it has no inspector', {
    hint: 'start Node without --experimental-permission and --permission: the source of compute functions is found by the inspector',
  });
}
