#!/bin/sh
# What to paste where. A log keeps no secrets: in a pipeline the token is left out.
set -eu

value() { # what azd says of a name it does not know can be on its stdout
  if found=$(azd env get-value "$1" 2>/dev/null); then printf '%s' "$found"; fi
}

url=$(value PROXY_URL)
if [ -n "${CI:-}${TF_BUILD:-}" ]; then
  token="<azd env get-value ANTHROPIC_AUTH_TOKEN>"
else
  token=$(value ANTHROPIC_AUTH_TOKEN)
  token=${token%%,*} # several may be set; each opens the app
fi
quoted=$(printf '%s' "$token" | sed "s/'/'\\\\''/g")
cat <<END

The proxy is at $url

Claude Code: paste this into a terminal, then run \`claude\` there.

  export ANTHROPIC_BASE_URL='$url'
  export ANTHROPIC_AUTH_TOKEN='$quoted'

Cursor, Settings, Models, API Keys:

  Override OpenAI Base URL: $url/cursor
  OpenAI API Key: $token
  Custom models: gpt-high, gpt-medium, gpt-low, gpt-minimal

Other clients, Claude Code's settings.json, and a check of the whole way: $url/setup

END
