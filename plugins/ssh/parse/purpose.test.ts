import assert from 'node:assert/strict';
import { test } from 'node:test';
import { purposeOf } from './purpose.js';

const ssh = { name: 'ssh', startup: 'enabled' };

test('a Linux at whose screen nobody logs in is a server', () => {
  assert.equal(purposeOf({ id: 'ubuntu', services: [ssh] }), 'server');
  assert.equal(purposeOf({ id: 'rhel', services: [ssh, { name: 'gdm', startup: 'disabled' }] }), 'server');
  assert.equal(purposeOf({ id: 'alpine', services: [] }), 'server');
});

test('one with a login at its screen is a workstation', () => {
  assert.equal(purposeOf({ id: 'debian', services: [ssh, { name: 'lightdm', startup: 'enabled' }] }), 'workstation');
  assert.equal(purposeOf({ id: 'fedora', services: [{ name: 'display-manager', startup: 'alias' }] }), 'workstation');
});

test('a switch whose system is a Debian is a switch', () => {
  assert.equal(purposeOf({ id: 'debian', services: [ssh, { name: 'swss', startup: 'enabled' }] }), 'switch');
});

test('nothing is said of a box with a system of its maker, or of one whose services nobody could read', () => {
  assert.equal(purposeOf({ id: 'openwrt', services: [ssh] }), undefined);
  assert.equal(purposeOf({ id: 'vyos', services: [ssh] }), undefined);
  assert.equal(purposeOf({ id: undefined, services: [ssh] }), undefined);
  assert.equal(purposeOf({ id: 'debian', services: undefined }), undefined);
});
