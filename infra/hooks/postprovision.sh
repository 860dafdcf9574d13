#!/bin/sh
# What is left to do by hand, and what to expect of a first deployment.
set -eu

value() { # what azd says of a name it does not know can be on its stdout
  if found=$(azd env get-value "$1" 2>/dev/null); then printf '%s' "$found"; fi
}

account=$(value AZURE_OPENAI_RESOURCE_ID)
if [ -n "$account" ] && [ "$(value ASSIGN_OPENAI_ROLE)" = false ]; then
  cat <<END
Whoever may give roles on the Azure OpenAI account has to run this:
  az role assignment create --assignee-object-id $(value PROXY_PRINCIPAL_ID) --assignee-principal-type ServicePrincipal \\
    --role 'Cognitive Services OpenAI User' --scope '$account'
END
fi
echo "If the first deployment ends with 403 (InaccessibleStorageException), the app's role has not spread yet:"
echo "run \`azd deploy\` again in a minute."
