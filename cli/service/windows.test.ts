import assert from 'node:assert/strict';
import test from 'node:test';
import { readState } from './windows.js';

const said = (stdout: string, code = 0) => ({ code, stdout, stderr: '' });

test('the words of Windows’ service manager are those of the manual', () => {
  for (const [state, words] of [
    ['running', ['SERVICE_RUNNING']],
    ['stopped', ['SERVICE_STOPPED']],
    // NSSM pauses a service while it waits before the next start.
    ['processing', ['SERVICE_START_PENDING', 'SERVICE_STOP_PENDING', 'SERVICE_PAUSED', 'SERVICE_CONTINUE_PENDING']],
  ] as const) {
    for (const word of words) assert.equal(readState(said(`${word}\r\n`)), state, word);
  }
});

test('a service that the manager does not know is missing, and any other failure is none of the words', () => {
  assert.equal(readState(said('', 3)), 'missing');
  assert.throws(() => readState(said('', 2)), /nssm status: ended with 2/);
  assert.throws(() => readState({ code: 127, stdout: '', stderr: '' }), /nssm status: ended with 127/);
});
