/** What will be done, said before anything is. */
import { type Language, say, type Text } from '../../cli/language.js';
import { serviceManagerRuns } from '../../cli/service/index.js';
import type { Payload } from '../payload.js';
import type { Earlier } from './earlier.js';
import { serviceUser } from './permissions.js';
import { type Asked, asked, defaultOf, type Value, type Wishes } from './wishes.js';

export async function summaryOf(
  language: Language,
  payload: Payload,
  earlier: Earlier,
  wishes: Wishes,
  /** Every setting as it will be. */
  after: ReadonlyMap<string, Value>,
): Promise<string> {
  const t = (text: Text): string => say(language, text);
  const value = (which: Asked) => after.get(asked[which]) ?? defaultOf(which);
  const version =
    earlier.active === undefined
      ? `${payload.version} (${t(['new', '新規'])})`
      : `${earlier.version ?? '?'} → ${payload.version} (${t(['settings and credential files stay', '設定と接続情報は維持'])})`;
  const token = wishes.settings.has(asked.token) ? t(['as given', '指定された値']) : t(['stays', '維持']);
  const rows: (readonly [Text, string])[] = [
    [['Directory', 'インストール先'], wishes.directory],
    [['Version', 'バージョン'], version],
    [['Space', 'スペース'], `${value('protocol')}://${value('host')}:${value('port')}`],
    [['Token', 'トークン'], token],
    [['Scan mode', 'スキャンモード'], String(value('mode'))],
    [['Service', 'サービス'], t(await serviceText(wishes))],
  ];
  return rows.map(([name, text]) => `${t(name)}: ${text}`).join('\n');
}

async function serviceText({ service, user }: Wishes): Promise<Text> {
  if (!service) return ['left alone', '変更しない'];
  if (!(await serviceManagerRuns()))
    return ['none: no service manager runs here', 'なし (サービス管理機構が動いていません)'];
  const name = user ?? (process.platform === 'win32' ? 'LocalSystem' : serviceUser);
  return [`installed and started, as ${name}`, `インストールして開始 (ユーザー: ${name})`];
}
