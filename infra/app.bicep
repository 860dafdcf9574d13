// The function app and what it needs: its identity and roles first, so that they spread meanwhile.
param location string
param openAiResourceId string
param assignOpenAiRole bool
param createOpenAi bool
param newDeploymentCapacity int
param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReady int
param alertEmail string
param settings object
@secure()
param secretSettings object

var suffix = uniqueString(resourceGroup().id)
var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${suffix}'
  location: location
}

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: 'st${suffix}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
  resource blobs 'blobServices' = {
    name: 'default'
    resource packages 'containers' = { name: 'app-package' }
  }
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
  properties: { retentionInDays: 30, sku: { name: 'PerGB2018' } }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${suffix}'
  location: location
  kind: 'web'
  properties: { Application_Type: 'web', WorkspaceResourceId: workspace.id, DisableLocalAuth: true }
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

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = if (createOpenAi) {
  name: 'oai-${suffix}'
  location: location
  kind: 'OpenAI'
  sku: { name: 'S0' }
  properties: { customSubDomainName: 'oai-${suffix}', disableLocalAuth: true }
}

var models = createOpenAi ? union([settings.BIG_MODEL], [settings.SMALL_MODEL]) : [] // each once
@batchSize(1)
resource deployments 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = [for model in models: {
  parent: account
  name: model
  sku: { name: 'GlobalStandard', capacity: newDeploymentCapacity }
  properties: { model: { format: 'OpenAI', name: model } }
}]

var openAiPlace = split(empty(openAiResourceId) ? account.id : openAiResourceId, '/')
var hasAccount = createOpenAi || !empty(openAiResourceId)
module openAiAccess 'openai-access.bicep' = if (hasAccount) {
  name: 'openai-access'
  scope: resourceGroup(openAiPlace[2], openAiPlace[4])
  params: {
    accountName: last(openAiPlace)
    principalId: identity.properties.principalId
    assignRole: assignOpenAiRole || empty(openAiResourceId)
  }
  dependsOn: [deployments]
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${suffix}'
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-${suffix}'
  location: location
  tags: { 'azd-service-name': 'api' }
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    functionAppConfig: {
      runtime: { name: 'python', version: '3.13' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${storage::blobs::packages.name}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady > 0 ? [{ name: 'http', instanceCount: alwaysReady }] : []
        triggers: { http: { perInstanceConcurrency: 100 } } // Python's own is 1: each stream a cold start
      }
      siteUpdateStrategy: { type: 'RollingUpdate' } // the other cuts streams at every change of a setting
    }
  }
  dependsOn: [storageRole, insightsRole, openAiAccess]
}

var knownEndpoint = hasAccount ? openAiAccess!.outputs.endpoint : ''
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

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'azure-gpt-proxy')
  location: location
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: 'AzureGptProxy'
    serializedData: loadTextContent('workbook.json')
    sourceId: insights.id
    version: '1.0'
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-${suffix}'
  location: 'Global'
  properties: {
    enabled: true
    groupShortName: 'gptproxy'
    emailReceivers: [{ name: 'owner', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

var alerts = empty(alertEmail) ? [] : [
  { name: 'failures', severity: 1, query: loadTextContent('queries/alerts/failures.kql') }
  { name: 'quota', severity: 2, query: loadTextContent('queries/alerts/quota.kql') }
  { name: 'access', severity: 1, query: loadTextContent('queries/alerts/access.kql') }
  { name: 'worker', severity: 2, query: loadTextContent('queries/alerts/worker.kql') }
]
resource rules 'Microsoft.Insights/scheduledQueryRules@2025-01-01-preview' = [for alert in alerts: {
  name: 'alert-${alert.name}-${suffix}'
  location: location
  kind: 'LogAlert'
  properties: {
    displayName: 'AzureGptProxy: ${alert.name}'
    enabled: true
    severity: alert.severity
    scopes: [insights.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: { // any row that the query returns is an alert
      allOf: [{ query: alert.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }]
    }
    actions: { actionGroups: [people.id] }
  }
}]

output name string = site.name
output url string = 'https://${site.properties.defaultHostName}'
output principalId string = identity.properties.principalId
