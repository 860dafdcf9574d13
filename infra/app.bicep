// The function app and what it needs: an identity with its roles first, so that they have spread
// when the site asks for its package.
param location string
param tags object
param suffix string
param openAiResourceId string
param assignOpenAiRole bool
param createOpenAi bool
param newDeployments array
param newDeploymentCapacity int
param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReady int
param settings object
@secure()
param secretSettings object
param alertEmail string

var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var cognitiveServicesOpenAIUser = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
var newModels = createOpenAi ? union(newDeployments, newDeployments) : [] // each name once
// Where no account is named, its place is never used but must still be one.
var openAiPlace = split(empty(openAiResourceId) ? resourceGroup().id : openAiResourceId, '/')

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${suffix}'
  location: location
  tags: tags
}

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: 'st${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: storage
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobs
  name: 'app-package'
}

resource storageRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, storageBlobDataOwner)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataOwner)
  }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${suffix}'
  location: location
  tags: tags
  properties: {
    retentionInDays: 30
    sku: { name: 'PerGB2018' }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource insightsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

module openAiAccess 'openai-access.bicep' = if (!empty(openAiResourceId)) {
  name: 'openai-access-${suffix}'
  scope: resourceGroup(openAiPlace[2], openAiPlace[4])
  params: {
    accountName: last(openAiPlace)
    principalId: identity.properties.principalId
    roleId: cognitiveServicesOpenAIUser
    assignRole: assignOpenAiRole
  }
}

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = if (createOpenAi) {
  name: 'oai-${suffix}'
  location: location
  tags: tags
  kind: 'OpenAI'
  sku: { name: 'S0' }
  properties: {
    customSubDomainName: 'oai-${suffix}'
    disableLocalAuth: true
  }
}

@batchSize(1)
resource deployments 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = [for model in newModels: {
  parent: account
  name: model
  sku: { name: 'GlobalStandard', capacity: newDeploymentCapacity }
  properties: {
    model: { format: 'OpenAI', name: model }
  }
}]

resource accountRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (createOpenAi) {
  name: guid(account.id, identity.id, cognitiveServicesOpenAIUser)
  scope: account
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cognitiveServicesOpenAIUser)
  }
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-${suffix}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    functionAppConfig: {
      runtime: { name: 'python', version: '3.13' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packages.name}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady > 0 ? [{ name: 'http', instanceCount: alwaysReady }] : []
        // Python's own default is 1: each stream would be a cold start on an instance of its own.
        triggers: { http: { perInstanceConcurrency: 100 } }
      }
      // Streams that run may end; the other strategy cuts them at every change of a setting.
      siteUpdateStrategy: { type: 'RollingUpdate' }
    }
  }
  dependsOn: [storageRole, insightsRole, openAiAccess, accountRole, deployments]
}

var accountEndpoint = createOpenAi ? account!.properties.endpoint : ''
var knownEndpoint = empty(openAiResourceId) ? accountEndpoint : openAiAccess!.outputs.endpoint

// They replace all settings of the site at every deployment; the last of two wins.
resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(settings, secretSettings, {
    AZURE_OPENAI_ENDPOINT: empty(settings.AZURE_OPENAI_ENDPOINT) ? knownEndpoint : settings.AZURE_OPENAI_ENDPOINT
    CURSOR_AZURE_DEPLOYMENT: empty(settings.CURSOR_AZURE_DEPLOYMENT) ? settings.BIG_MODEL : settings.CURSOR_AZURE_DEPLOYMENT
    AZURE_CLIENT_ID: identity.properties.clientId
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identity.properties.clientId
    AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
    AzureWebJobsDisableHomepage: 'true'
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  })
}

module watching 'watching.bicep' = {
  name: 'watching-${suffix}'
  params: {
    location: location
    tags: tags
    suffix: suffix
    insightsId: insights.id
    alertEmail: alertEmail
  }
}

output name string = site.name
output url string = 'https://${site.properties.defaultHostName}'
output principalId string = identity.properties.principalId
