/** `ksocket diagnostics connect`: the way to the space, stage by stage, up to its end point; no slot is occupied. */
import { type Probe, ProbeFault, probeSpace } from '../../core/container/probe.js';
import { linkOf, type SpaceRoute } from '../../core/container/route.js';
import { type Step, type Told, Trouble } from '../checklist.js';
import { version } from '../version.js';
import type { Examination } from './examination.js';
import { type SpaceSettings, spaceFor, statesSpace } from './space.js';
import { isOfVendor, vendor } from './vendor.js';

/** A certificate of the usual ninety days should have been renewed by now. */
const renewalDays = 14;

/** @param lookup for tests, which ask no name server */
export async function connect(examination: Examination, lookup?: SpaceRoute['lookup']): Promise<void> {
  const space = await spaceFor(examination);
  if (space === undefined) return;
  const route = { ...space.route, lookup };
  // Without a name server the space's own name has no address either: that would be the same cause once more.
  if (isOfVendor(route.url) && !(await vendor(examination, route, space.settings.connect.resumeTimeout))) return;
  statesSpace(examination, space);
  let probe: Probe | undefined;
  try {
    const start = () => (probe ??= probeSpace(route, { settings: space.settings, version: version() }));
    await examination.block(steps(start, space, examination.insecure));
  } finally {
    await probe?.end();
  }
}

/** Through a proxy, name and connection are the proxy's, and say so. */
function steps(probe: () => Probe, space: SpaceSettings, insecure: boolean): Step[] {
  const { proxy, url } = space.route;
  const [host, place] = proxy === undefined ? ['', ''] : [` (${proxy.host})`, ` (${proxy.host}:${proxy.port})`];
  let addresses: readonly string[] = [];
  const name: Step = {
    title: `Resolve DNS forward lookup${host}`,
    async run() {
      ({ addresses } = await probe().reached('resolved'));
      return { detail: addresses.join(', ') };
    },
  };
  const tcp: Step = {
    title: `Establish TCP connection${place}`,
    async run() {
      const { address, localAddress } = await probe().reached('connected');
      return { data: { address, localAddress }, notes: otherAddress(address, addresses) };
    },
  };
  const tunnel: Step = {
    title: 'Establish tunnel through the proxy',
    async run() {
      await probe().reached('tunnelled');
      return undefined;
    },
  };
  const websocket: Step = {
    title: 'Establish websocket',
    async run() {
      const tls = url.protocol === 'wss:' ? await probe().reached('secured') : undefined;
      const answered = await probe().answered();
      const notes = [...linkNotes(space, insecure), ...(tls === undefined ? [] : renewal(tls.validTo))];
      return {
        ...(answered === 'websocket' ? {} : { detail: 'HTTP 401, it asks for the token' }),
        ...(tls === undefined ? {} : { data: { tls: tls.protocol, issuer: tls.issuer, validTo: tls.validTo } }),
        notes,
      };
    },
  };
  return [
    inJapanese(name, 'ホスト名とこのマシンのネームサーバーを確認してください'),
    inJapanese(tcp, '接続先、ポート、ファイアウォールを確認してください'),
    ...(proxy === undefined
      ? []
      : [inJapanese(tunnel, 'プロキシの設定、ログイン、許可されている接続先を確認してください')]),
    inJapanese(websocket, '接続先、証明書、途中のプロキシを確認してください'),
  ];
}

/** What the link itself says to do is English, as in the log; where it belongs is said before it. */
function inJapanese({ title, run }: Step, where: string): Step {
  return {
    title,
    async run() {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof ProbeFault)) throw error;
        const { message, remedy } = error;
        throw new Trouble(message, remedy === undefined ? undefined : [remedy, `${where} (${remedy})`]);
      }
    },
  };
}

/** Each new connection waits for the dead address first. */
function otherAddress(address: string, addresses: readonly string[]): Told[] {
  const [first] = addresses;
  if (first === undefined || first === address || !addresses.includes(address)) return [];
  return [
    [
      `${address} answers, ${first} does not; have its DNS record or the route to it corrected`,
      `${address} は応答しますが ${first} は応答しません。DNS レコードまたは経路を確認してください`,
    ],
  ];
}

function linkNotes({ settings }: SpaceSettings, insecure: boolean): Told[] {
  const { trusted, why } = linkOf({ settings, insecure });
  if (trusted) return [];
  return [
    [
      `${why}; scans that this space orders log in nowhere, unless policy.toml says loginsOverInsecureLink`,
      `${why}。policy.toml の loginsOverInsecureLink を設定しない限り、スペースからのスキャンではログインしません`,
    ],
  ];
}

function renewal(validTo: string): Told[] {
  const days = Math.floor((Date.parse(validTo) - Date.now()) / 86_400_000);
  if (!(days < renewalDays)) return [];
  return [
    [
      `the certificate of the space expires in ${days} days (${validTo}); have it renewed`,
      `スペースの証明書はあと ${days} 日で失効します (${validTo})。更新してください`,
    ],
  ];
}
