#!/bin/sh
# Before anything is made: is there something to ask, and a token that clients must send?
# Only azd's own environment counts. A shell may hold a token that is another service's.
set -eu

value() { # what azd says of a name it does not know can be on its stdout
  if found=$(azd env get-value "$1" 2>/dev/null); then printf '%s' "$found"; fi
}

if [ -z "$(value AZURE_OPENAI_RESOURCE_ID)$(value AZURE_OPENAI_ENDPOINT)" ] &&
  [ "$(value CREATE_OPENAI)" != true ]; then
  cat >&2 <<'END'
Which models shall the proxy use? Say one of these, then start again:
  azd env set AZURE_OPENAI_RESOURCE_ID /subscriptions/…/accounts/NAME    (an account of yours, by Entra ID)
  azd env set AZURE_OPENAI_ENDPOINT https://NAME.openai.azure.com        (and AZURE_OPENAI_API_KEY, or a role)
  azd env set CREATE_OPENAI true                                         (a new account)
END
  exit 1
fi

if [ -z "$(value ANTHROPIC_AUTH_TOKEN)" ]; then
  azd env set ANTHROPIC_AUTH_TOKEN "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" >/dev/null
  echo "ANTHROPIC_AUTH_TOKEN: made a new one. It is shown once the app is deployed."
fi
