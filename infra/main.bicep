// One resource group with everything in it. What the parameters mean: docs/deployment.md.
targetScope = 'subscription'

param environmentName string
@metadata({ azd: { type: 'location' } })
param location string
param openAiResourceId string = ''
param assignOpenAiRole bool = true
param createOpenAi bool = false
param newDeploymentCapacity int = 100 // thousands of tokens a minute
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048
param maximumInstanceCount int = 40
param alwaysReady int = 0
param alertEmail string = ''
param settings object // application settings, as in local.settings.sample.json
@secure()
param secretSettings object

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: { 'azd-env-name': environmentName }
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    location: location
    openAiResourceId: openAiResourceId
    assignOpenAiRole: assignOpenAiRole
    createOpenAi: createOpenAi
    newDeploymentCapacity: newDeploymentCapacity
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    alertEmail: alertEmail
    settings: settings
    secretSettings: secretSettings
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = app.outputs.name
output PROXY_URL string = app.outputs.url
output PROXY_PRINCIPAL_ID string = app.outputs.principalId
