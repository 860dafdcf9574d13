# What is left to do by hand, and what to expect of a first deployment.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

function Get-Value([string] $Name) {
    $value = azd env get-value $Name 2>$null
    if ($LASTEXITCODE -eq 0) { "$value".Trim() } else { '' }
}

$account = Get-Value AZURE_OPENAI_RESOURCE_ID
if ($account -and (Get-Value ASSIGN_OPENAI_ROLE) -eq 'false') {
    Write-Output 'Whoever may give roles on the Azure OpenAI account has to run this:'
    Write-Output "  az role assignment create --assignee-object-id $(Get-Value PROXY_PRINCIPAL_ID) --assignee-principal-type ServicePrincipal ``"
    Write-Output "    --role 'Cognitive Services OpenAI User' --scope '$account'"
}
Write-Output "If the first deployment ends with 403 (InaccessibleStorageException), the app's role has not spread yet:"
Write-Output 'run `azd deploy` again in a minute.'
exit 0
