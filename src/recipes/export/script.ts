// The scripts of a launch folder, one per stage. Pure. Leaves out: the reward server's part of GRPO's (script-server.ts).
import type { Engine, Launch, Stage } from './engine.ts';
import { serverPart } from './script-server.ts';
import { originOf, type Setting } from './settings.ts';

/** As a word of bash. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const exported = (settings: readonly Setting[]): string =>
  settings.map((setting) => `export ${setting.key}=${setting.value} # ${originOf(setting)}\n`).join('');

const may: Readonly<Record<Stage, string>> = {
  sft: 'MODEL, GPUS',
  grpo: 'MODEL, GPUS, VIDEORFT (the command), REWARD_PORT, REWARD_KEY, REWARD_WAIT (seconds until the server answers)',
};

const head = (engine: Engine, stage: Stage, { at, gpus }: Launch): string => `#!/usr/bin/env bash
# ${stage.toUpperCase()} with ${engine.title}, on one machine. Written by videorft export; README.md beside it says what to do, in order.
# What may be set: ${may[stage]}.
set -euo pipefail
here=$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)
at=${quoted(at)}
if ! [ "$here" -ef "$at" ]; then
  echo "this folder was written for $at, and its files name that place: export again with --at $here" >&2
  exit 1
fi
config="$here/${stage}.${engine.stages[stage]?.form}"
: "\${GPUS:=${gpus}}"
`;

const modelLine = (model: string): string => `if [ -z "\${MODEL:-}" ]; then MODEL=${quoted(model)}; fi\n`;

const afterSft = (expression: string, model: string): string => `if [ -z "\${MODEL:-}" ]; then
  MODEL="${expression}"
  if [ ! -e "$MODEL/config.json" ]; then
    echo "there is no model after SFT: run sft.sh first, or name one:" "MODEL="${quoted(model)} "$0" >&2
    exit 1
  fi
fi
`;

/** Where SFT is part of the launch, GRPO goes on from its model. */
function modelPart(engine: Engine, stage: Stage, launch: Launch): string {
  const expression =
    stage === 'grpo' && launch.stages.includes('sft') ? engine.stages.grpo?.afterSft?.(launch) : undefined;
  return expression === undefined ? modelLine(launch.model) : afterSft(expression, launch.model);
}

const argumentsPart = `
# Lines that begin with '#' say where a value comes from.
mapfile -t args < <(grep -v '^#' "$config")
`;

/** sft.sh or grpo.sh. */
export function launchScript(engine: Engine, stage: Stage, launch: Launch): string {
  const spec = engine.stages[stage];
  if (!spec) throw new Error(`${engine.name} has no ${stage}`);
  const command = spec.command(launch);
  return [
    head(engine, stage, launch),
    modelPart(engine, stage, launch),
    exported(spec.environment(launch)),
    ...(spec.form === 'args' ? [argumentsPart] : []),
    stage === 'grpo' ? serverPart(engine, command) : `\n${command}\n`,
  ].join('');
}
