// One resource group with everything in it. What the parameters mean: docs/deployment.md.
targetScope = 'subscription'

@minLength(1)
@maxLength(64)
param environmentName string

@metadata({ azd: { type: 'location' } })
param location string

@description('Where the models are. Of these the first that is given counts: settings.AZURE_OPENAI_ENDPOINT; this id of an account, in any resource group of the tenant; a new account.')
param openAiResourceId string = ''
@description('Whoever deploys may not give roles there: then the line that does is printed instead.')
param assignOpenAiRole bool = true
param createOpenAi bool = false
param newDeployments array = ['gpt-5.4', 'gpt-5.4-mini']
@description('Thousands of tokens a minute, for each new deployment.')
param newDeploymentCapacity int = 100

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40
@description('Instances that are paid for and warm at any time.')
param alwaysReady int = 0

@description('Application settings, as in local.settings.sample.json. Blank means: not set.')
param settings object
@secure()
param secretSettings object

@description('Who is written to when something is wrong. Blank: no alert rules.')
param alertEmail string = ''

var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    location: location
    tags: tags
    suffix: toLower(uniqueString(subscription().id, environmentName, location))
    openAiResourceId: openAiResourceId
    assignOpenAiRole: assignOpenAiRole
    createOpenAi: createOpenAi
    newDeployments: newDeployments
    newDeploymentCapacity: newDeploymentCapacity
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    settings: settings
    secretSettings: secretSettings
    alertEmail: alertEmail
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = app.outputs.name
output PROXY_URL string = app.outputs.url
output PROXY_PRINCIPAL_ID string = app.outputs.principalId
