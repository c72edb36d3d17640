/** What each refusal of a space means for an operator; the manual's 4.2.4 and the rest. */
import type { ProbeFault } from '../../core/container/probe.js';
import { closeCodes } from '../../core/wire/index.js';
import { Trouble } from '../checklist.js';
import type { Text } from '../language.js';

const refusals: Readonly<Record<number, { readonly what: Text; readonly remedy: Text }>> = {
  [closeCodes.auth]: {
    what: ['the space does not accept connect.token', 'スペースが connect.token を受け付けません'],
    remedy: [
      'issue a token for the slot in the space and set it: ksocket config connect.token TOKEN',
      'スペースでスロットのトークンを発行し、設定してください: ksocket config connect.token トークン',
    ],
  },
  [closeCodes.disabled]: {
    what: ['the slot is disabled', 'スロットが無効になっています'],
    remedy: [
      'enable it in the space, or take a token of another slot',
      'スペースで有効にするか、別のスロットのトークンを設定してください',
    ],
  },
  [closeCodes.busy]: {
    what: [
      'an agent is connected to this slot, or was a moment ago',
      '別の Ksocket がこのスロットに接続しています (または直前まで接続していました)',
    ],
    remedy: [
      'if it is the service of this machine, the token works; else stop that agent (ksocket service stop) and ask again, or check with a token of a new slot',
      'このマシンのサービスならトークンは有効です。そうでなければその Ksocket を停止して (ksocket service stop) やり直すか、新規スロットのトークンで診断してください',
    ],
  },
  [closeCodes.version]: {
    what: ['the space speaks another version of the protocol', 'スペースのプロトコルのバージョンが異なります'],
    remedy: [
      'install the version of Ksocket that the space offers',
      'スペースが提供するバージョンの Ksocket をインストールしてください',
    ],
  },
  [closeCodes.rate]: {
    what: [
      'the space has had too many wrong tokens from this address',
      'このアドレスから誤ったトークンが多数送られました',
    ],
    remedy: ['wait a minute and ask again', '1 分待ってからやり直してください'],
  },
  [closeCodes.maintenance]: {
    what: ['the space is not ready to work', 'スペースが稼働していません'],
    remedy: ['ask again later, or see the log of the space', '後でやり直すか、スペースのログを確認してください'],
  },
};

/** The refusal in both languages, with the space's own word for it; any other fault as it is. */
export function told(fault: ProbeFault): Error {
  const known = fault.refusal === undefined ? undefined : refusals[fault.refusal.code];
  if (fault.refusal === undefined || known === undefined) return fault;
  const said = fault.refusal.said === '' ? '' : ` (${fault.refusal.said})`;
  return new Trouble([known.what[0] + said, known.what[1] + said], known.remedy);
}
