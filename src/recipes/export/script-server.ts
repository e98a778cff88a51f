// GRPO's script from the reward server on: it is started, waited for, asked for one reward with the token and without, and ended whatever happens,
// together with the trainer. Pure. Leaves out: the lines above (script.ts).
import type { Engine } from './engine.ts';

const address = `
# 1. The reward server, on this machine only. Each part is a process group of its own, which is ended as a whole.
set -m
: "\${VIDEORFT:=npx videorft}"
: "\${REWARD_PORT:=8001}"
: "\${REWARD_WAIT:=900}"
export VIDEORFT_REWARDS_URL="http://127.0.0.1:$REWARD_PORT"
if curl -s --max-time 5 -o /dev/null "$VIDEORFT_REWARDS_URL/health"; then
  echo "something answers at $VIDEORFT_REWARDS_URL already: end it, or choose another REWARD_PORT" >&2
  exit 1
fi
`;

const token = `if [ -z "\${REWARD_KEY:-}" ]; then REWARD_KEY=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \\n'); fi
export REWARD_KEY
export VIDEORFT_REWARDS_TOKEN="$REWARD_KEY"
`;

const start = (flags: string): string => `mkdir -p "$here/output"
log="$here/output/rewards.log"
server='' trainer=''
ended() { # of a process group: asked to end, and made to after a minute
  kill "-$1" -- "-$2" 2>/dev/null || return 0
  for _ in $(seq 60); do kill -0 -- "-$2" 2>/dev/null || return 0; sleep 1; done
  kill -KILL -- "-$2" 2>/dev/null || true
}
finish() {
  trap - INT TERM
  if [ -n "$trainer" ]; then ended TERM "$trainer"; fi
  if [ -n "$server" ]; then ended INT "$server"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
(cd "$here" && exec $VIDEORFT serve rewards --config rewards.yaml --port "$REWARD_PORT"${flags}) > "$log" 2>&1 &
server=$!

# 2. Until it answers.
until curl -fsS --max-time 5 -o /dev/null "$VIDEORFT_REWARDS_URL/health" 2>/dev/null; do
  if ! kill -0 "$server" 2>/dev/null; then
    echo "the reward server has ended:" >&2
    tail -n 20 "$log" >&2
    exit 1
  fi
  if [ "$SECONDS" -ge "$REWARD_WAIT" ]; then
    echo "the reward server does not answer after $REWARD_WAIT s; its log is $log" >&2
    exit 1
  fi
  sleep 1
done

# 3. One reward, about the first sample: media root and embedder are what they should be.
answer="$here/output/probe-answer.json"
ask() {
  curl -sS --max-time 170 -o "$answer" -w '%{http_code}' -H 'Content-Type: application/json' "$@" \\
    --data-binary "@$here/probe.json" "$VIDEORFT_REWARDS_URL/v1/rewards"
}
`;

const refused = `if [ "$(ask)" != 401 ]; then
  echo "the reward server answers without its token" >&2
  exit 1
fi
`;

const scored = (header: string): string => `status=$(ask${header})
if [ "$status" != 200 ] || ! grep -q '"scores"' "$answer"; then
  echo "the reward server does not score the first sample (status $status):" >&2
  cat "$answer" >&2
  exit 1
fi
echo "rewards: $VIDEORFT_REWARDS_URL, log: $log"
`;

/** `command`: what starts the trainer. */
export function serverPart({ title, token: hasToken }: Engine, command: string): string {
  const trainer = `
# 4. The trainer.
${command} &
trainer=$!
wait "$trainer"
`;
  const parts = hasToken
    ? [address, token, start(' --api-key-env REWARD_KEY'), refused, scored(' -H "Authorization: Bearer $REWARD_KEY"')]
    : [address, `# ${title} sends no token, so none is asked for.\n`, start(''), scored('')];
  return [...parts, trainer].join('');
}
