# What to paste where. A log keeps no secrets: in a pipeline the token is left out.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

function Get-Value([string] $Name) {
    $value = azd env get-value $Name 2>$null
    if ($LASTEXITCODE -eq 0) { "$value".Trim() } else { '' }
}

$url = Get-Value PROXY_URL
$token = if ($env:CI -or $env:TF_BUILD) { '<azd env get-value ANTHROPIC_AUTH_TOKEN>' }
    else { (Get-Value ANTHROPIC_AUTH_TOKEN).Split(',')[0].Trim() }
$quoted = $token.Replace("'", "''")
Write-Output @"

The proxy is at $url

Claude Code: paste this into PowerShell, then run ``claude`` there.

  `$env:ANTHROPIC_BASE_URL = '$url'
  `$env:ANTHROPIC_AUTH_TOKEN = '$quoted'

Cursor, Settings, Models, API Keys:

  Override OpenAI Base URL: $url/cursor
  OpenAI API Key: $token
  Custom models: gpt-high, gpt-medium, gpt-low, gpt-minimal

Other clients, Claude Code's settings.json, and a check of the whole way: $url/setup

"@
exit 0
