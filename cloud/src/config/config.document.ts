import { type ConfigKey, configKeys } from './config.keys.ts';

/** The reference of all keys, generated so that it cannot fall behind the schema. */
export function emitConfigurationDoc(): string {
  const groups = [...new Set(configKeys.map((key) => (key.path.length > 1 ? (key.path[0] ?? '') : '')))];
  const sections = groups.map((group) => {
    const keys = configKeys.filter((key) => (key.path.length > 1 ? key.path[0] : '') === group);
    const rows = keys.map(
      (key) => `| \`${key.name}\` | ${valueText(key)} | ${defaultText(key)} | ${description(key)} |`,
    );
    const title = group === '' ? 'general' : group;
    return [`## ${title}`, '', '| key | value | default | meaning |', '|---|---|---|---|', ...rows].join(
      '\n',
    );
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

const HEAD = `# Configuration

Generated from the schema by \`make gen\`; do not edit.

The hub reads one YAML file (\`--config FILE\` or \`METERLINE_CONFIG\`) and the environment, which wins over the file.
A variable is called \`METERLINE_\` and the key, with \`__\` for the dot and \`_\` before a capital letter:
\`database.appUrl\` is \`METERLINE_DATABASE__APP_URL\`. With \`_FILE\` behind it the value is read from the file it names
(\`METERLINE_KEYS__MASTER_FILE=/run/secrets/master\`); that works for every key. An empty variable counts as not set.
An unknown key or variable stops the start. \`meterline hub --check-config\` prints what is in effect, secrets masked.
Secrets are marked ●. A commented file to begin with: [hub.example.yaml](hub.example.yaml).

\`queue\`, \`files\` and \`mqtt\` have a \`backend\`, and each backend its own keys: those of the backend that is not chosen must not be set.`;

export function valueText(key: ConfigKey): string {
  if (key.choices.length > 0) return key.choices.map((choice) => `\`${choice}\``).join(' ');
  if (key.kind === 'number') return 'whole number';
  if (key.kind === 'boolean') return '`true` `false`';
  if (key.kind === 'network-list') return '`false` or list';
  return key.secret ? 'text ●' : 'text';
}

export function defaultText(key: ConfigKey): string {
  if (key.required) return key.backends.length > 0 ? `**required** with ${backendsOf(key)}` : '**required**';
  return key.defaultValue === undefined ? '–' : `\`${String(key.defaultValue)}\``;
}

function description(key: ConfigKey): string {
  const scope = key.backends.length > 0 ? `Only with ${backendsOf(key)}: ` : '';
  return `${scope}${key.description}`.replaceAll('|', '\\|');
}

const backendsOf = (key: ConfigKey): string => key.backends.map((backend) => `\`${backend}\``).join(', ');
