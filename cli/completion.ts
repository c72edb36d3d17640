/**
 * `ksocket completion`: prints a script for bash or zsh and leaves it to the operator where it goes. The scripts are those of yargs,
 * with the shell named instead of guessed from the environment; at each Tab they ask `ksocket --get-yargs-completions` (complete.ts).
 */
import { settingFields, settingsOf } from '../config-schema/index.js';
import { importPlugins } from '../core/container/plugins.js';
import { type CommonOptions, type Context, UsageError } from './context.js';

const scripts = {
  bash: `# ksocket completion for bash: ksocket completion bash > /etc/bash_completion.d/ksocket
_ksocket_completions() {
  local IFS=$'\\n'
  local current="\${COMP_WORDS[COMP_CWORD]}"
  # bash takes a colon for the end of a word; addresses and names have some.
  mapfile -t COMPREPLY < <(compgen -W "$(SHELL=bash ksocket --get-yargs-completions "\${COMP_WORDS[@]}" 2>/dev/null)" -- "$current")
}
complete -o bashdefault -o default -F _ksocket_completions ksocket
`,
  zsh: `#compdef ksocket
# ksocket completion for zsh: ksocket completion zsh > /usr/local/share/zsh/site-functions/_ksocket
_ksocket() {
  local -a reply
  reply=("\${(@f)$(SHELL=zsh ksocket --get-yargs-completions "\${words[@]}" 2>/dev/null)}")
  if [[ -n "\${reply[1]}" ]]; then
    _describe 'ksocket' reply
  else
    _default
  fi
}
if [[ "$funcstack[1]" = _ksocket ]]; then
  _ksocket "$@"
else
  compdef _ksocket ksocket
fi
`,
} as const;

export async function completion(
  context: Context,
  argv: CommonOptions & { shell?: keyof typeof scripts | undefined },
): Promise<number> {
  const shell = argv.shell ?? shellOf(context.env);
  if (shell === undefined) throw new UsageError('name a shell: ksocket completion bash, or zsh');
  const script = scripts[shell];
  context.stdout.write(argv.json ? `${JSON.stringify({ shell, script })}\n` : script);
  return 0;
}

function shellOf({ SHELL = '' }: NodeJS.ProcessEnv): keyof typeof scripts | undefined {
  return (['bash', 'zsh'] as const).find((it) => SHELL.endsWith(it));
}

/** Names of settings, for `ksocket config`, those of plug-ins too. */
export async function settingNames(): Promise<string[]> {
  return settingFields(settingsOf(await importPlugins())).map(({ name }) => name);
}

/** What a setting may be, where that is a choice. */
export async function settingValues(name: string): Promise<string[]> {
  const field = settingFields(settingsOf(await importPlugins())).find((it) => it.name === name);
  let schema: unknown = field?.schema;
  while (schema !== undefined && typeof (schema as { unwrap?: unknown }).unwrap === 'function')
    schema = (schema as { unwrap(): unknown }).unwrap();
  const options = (schema as { options?: unknown } | undefined)?.options;
  return Array.isArray(options) ? options.filter((it): it is string => typeof it === 'string') : [];
}
