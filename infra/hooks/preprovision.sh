#!/bin/sh
# Before anything is made: is there something to ask, and a token that clients must send?
# Only azd's own environment counts: a shell may hold an address, a key or a token for something
# else, and azd would take them. A pipeline's variables are meant.
set -eu
pipeline=${CI:-}${TF_BUILD:-}

value() { # what azd says of a name it does not know can be on its stdout
  if found=$(azd env get-value "$1" 2>/dev/null); then
    printf '%s' "$found"
  elif [ -n "$pipeline" ]; then
    printenv "$1" || true
  fi
}

for name in AZURE_OPENAI_ENDPOINT AZURE_OPENAI_API_KEY AZURE_OPENAI_RESOURCE_ID \
  AZURE_OPENAI_FALLBACK_ENDPOINT AZURE_OPENAI_FALLBACK_API_KEY; do
  if [ -z "$(value "$name")" ] && [ -n "$(printenv "$name" || true)" ]; then
    echo "$name is set in this shell, but not in azd's environment. Either is easily meant:" >&2
    echo "  azd env set $name \"\$$name\"    or    unset $name" >&2
    exit 1
  fi
done

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

if [ -n "$(value ANTHROPIC_AUTH_TOKEN)" ]; then
  exit 0
fi
if [ -n "$pipeline" ]; then
  echo "A pipeline forgets: give it ANTHROPIC_AUTH_TOKEN as a secret, or each run makes another one." >&2
  exit 1
fi
azd env set ANTHROPIC_AUTH_TOKEN "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" >/dev/null
echo "ANTHROPIC_AUTH_TOKEN: made a new one. It is shown once the app is deployed."
