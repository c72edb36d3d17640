/**
 * The installation, step by step. `active` is written last: before that the old version is the one that starts, after that the new one
 * is, and it has everything it needs. Whatever ends it in between, running ksinstall again finishes it.
 */
import type { Step } from '../../cli/checklist.js';
import { failure } from '../../core/contract/index.js';
import { endTrialByHand, type SlotName } from '../../core/update/index.js';
import type { Layout } from '../layout.js';
import { occupantsOf, othersIn } from '../occupants.js';
import { fillSlot, type Payload } from '../payload.js';
import { ksocketService, serviceStatus } from '../service.js';
import { nextSlot } from '../slots.js';
import { makeCredentialFolders } from './credential-folders.js';
import type { Earlier } from './earlier.js';
import { writeLaunchers } from './launchers.js';
import { setPermissions } from './permissions.js';
import { checkPlatform, checkPrivilege, checkSpace } from './platform.js';
import { writeSchemas, writeSettings } from './settings-file.js';
import { takeOverWindowsHome } from './windows-acl.js';
import type { Wishes } from './wishes.js';

export interface Work {
  readonly layout: Layout;
  readonly payload: Payload;
  readonly earlier: Earlier;
  readonly wishes: Wishes;
  /** What is taken over from another installation; nothing without --from. */
  readonly takeOver: Step | undefined;
}

export function installSteps({ layout, payload, earlier, wishes, takeOver }: Work): Step[] {
  const slot = nextSlot(earlier.active);
  return [
    { title: 'Check the platform', run: () => ({ detail: checkPlatform(payload) }) },
    { title: 'Check the privileges', run: () => void checkPrivilege(wishes.service) },
    { title: 'Check the free space', run: async () => ({ detail: await checkSpace(payload, layout.home) }) },
    { title: 'Free the place for the new version', run: () => freeSlot(layout, slot, earlier, wishes.service) },
    {
      title: 'Write the new version',
      run: async () => {
        await endTrialByHand(layout.place);
        await fillSlot(layout, slot, payload);
        return { detail: layout.place.slot(slot) };
      },
    },
    {
      title: 'Write the commands',
      run: () => writeLaunchers(layout, payload).then(() => ({ detail: layout.launcher })),
    },
    ...(takeOver === undefined ? [] : [takeOver]),
    {
      title: 'Write the settings',
      run: async () => {
        await writeSchemas(layout, payload);
        const { file, changed } = await writeSettings(layout, payload, earlier.settingsFile, wishes.settings);
        return { skipped: !changed, detail: file };
      },
    },
    {
      title: 'Prepare the credential folders',
      run: () => makeCredentialFolders(layout, payload).then(() => ({ detail: layout.credentials })),
    },
    { title: 'Set the permissions', run: async () => ({ detail: await setPermissions(layout, wishes.user) }) },
    {
      title: 'Switch to the new version',
      run: () => layout.place.point('active', slot).then(() => ({ detail: payload.version })),
    },
  ];
}

/** Where nothing is installed yet; else it was done then, and doing it anew would leave the folder open for a moment. */
export function closeStep({ layout: { home }, earlier: { active } }: Work): Step[] {
  if (process.platform !== 'win32' || active !== undefined) return [];
  return [
    { title: 'Close the folder for others', run: () => takeOverWindowsHome(home).then(() => ({ detail: home })) },
  ];
}

/**
 * The version that runs keeps its slot, so a running service is no obstacle, unless it still runs from the other slot: it was not
 * restarted since the last installation.
 */
async function freeSlot(layout: Layout, slot: SlotName, { active }: Earlier, service: boolean) {
  const folder = layout.place.slot(slot);
  const occupants = await occupantsOf(folder);
  if (active === undefined || (typeof occupants === 'object' && occupants.length === 0)) return { skipped: true };
  if (service && (await serviceStatus(layout, active)) === 'running') {
    await ksocketService({ layout, slot: active, arguments: ['stop'], show: false });
  } else if (occupants === undefined) return { skipped: true };
  const left = await othersIn([folder]);
  if (left === undefined) return { detail: 'service stopped' };
  throw failure('E_INPUT', `${folder} is still in use by ${left}`, {
    remedy: 'restart the service (ksocket service restart), or end that process, then run it again',
  });
}
