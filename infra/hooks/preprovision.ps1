# Before anything is made: is there something to ask, and a token that clients must send?
# Only azd's own environment counts: a shell may hold an address, a key or a token for something
# else, and azd would take them. A pipeline's variables are meant.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$pipeline = $env:CI -or $env:TF_BUILD

function Get-Value([string] $Name) {
    $value = azd env get-value $Name 2>$null
    if ($LASTEXITCODE -eq 0) { "$value".Trim() }
    elseif ($pipeline) { "$([Environment]::GetEnvironmentVariable($Name))" }
    else { '' }
}

function Stop-Here([string] $Message) {
    [Console]::Error.WriteLine($Message)
    exit 1
}

foreach ($name in 'AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_RESOURCE_ID',
    'AZURE_OPENAI_FALLBACK_ENDPOINT', 'AZURE_OPENAI_FALLBACK_API_KEY') {
    if (-not (Get-Value $name) -and [Environment]::GetEnvironmentVariable($name)) {
        Stop-Here @"
$name is set in this shell, but not in azd's environment. Either is easily meant:
  azd env set $name `$env:$name    or    Remove-Item Env:$name
"@
    }
}

$known = (Get-Value AZURE_OPENAI_RESOURCE_ID) + (Get-Value AZURE_OPENAI_ENDPOINT)
if (-not $known -and (Get-Value CREATE_OPENAI) -ne 'true') {
    Stop-Here @'
Which models shall the proxy use? Say one of these, then start again:
  azd env set AZURE_OPENAI_RESOURCE_ID /subscriptions/.../accounts/NAME  (an account of yours, by Entra ID)
  azd env set AZURE_OPENAI_ENDPOINT https://NAME.openai.azure.com        (and AZURE_OPENAI_API_KEY, or a role)
  azd env set CREATE_OPENAI true                                         (a new account)
'@
}

if (Get-Value ANTHROPIC_AUTH_TOKEN) { exit 0 }
if ($pipeline) {
    Stop-Here 'A pipeline forgets: give it ANTHROPIC_AUTH_TOKEN as a secret, or each run makes another one.'
}
$bytes = [byte[]]::new(24)
[Security.Cryptography.RandomNumberGenerator]::Fill($bytes)
azd env set ANTHROPIC_AUTH_TOKEN ([Convert]::ToHexString($bytes).ToLowerInvariant()) | Out-Null
if ($LASTEXITCODE -ne 0) { exit 1 }
Write-Output 'ANTHROPIC_AUTH_TOKEN: made a new one. It is shown once the app is deployed.'
exit 0
