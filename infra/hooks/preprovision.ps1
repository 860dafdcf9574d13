# Before anything is made: is there something to ask, and a token that clients must send?
# Only azd's own environment counts. A shell may hold a token that is another service's.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

function Get-Value([string] $Name) {
    $value = azd env get-value $Name 2>$null
    if ($LASTEXITCODE -eq 0) { "$value".Trim() } else { '' }
}

$known = (Get-Value AZURE_OPENAI_RESOURCE_ID) + (Get-Value AZURE_OPENAI_ENDPOINT)
if (-not $known -and (Get-Value CREATE_OPENAI) -ne 'true') {
    [Console]::Error.WriteLine(@'
Which models shall the proxy use? Say one of these, then start again:
  azd env set AZURE_OPENAI_RESOURCE_ID /subscriptions/.../accounts/NAME  (an account of yours, by Entra ID)
  azd env set AZURE_OPENAI_ENDPOINT https://NAME.openai.azure.com        (and AZURE_OPENAI_API_KEY, or a role)
  azd env set CREATE_OPENAI true                                         (a new account)
'@)
    exit 1
}

if (-not (Get-Value ANTHROPIC_AUTH_TOKEN)) {
    $bytes = [byte[]]::new(24)
    [Security.Cryptography.RandomNumberGenerator]::Fill($bytes)
    azd env set ANTHROPIC_AUTH_TOKEN ([Convert]::ToHexString($bytes).ToLowerInvariant()) | Out-Null
    if ($LASTEXITCODE -ne 0) { exit 1 }
    Write-Output 'ANTHROPIC_AUTH_TOKEN: made a new one. It is shown once the app is deployed.'
}
exit 0
